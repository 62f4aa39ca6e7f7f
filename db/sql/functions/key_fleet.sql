-- What: the one fleet that there is for the API key with which private.enter recognised the caller; NULL for people.
-- Who: policies and helpers that see across people. A setting that was never set is NULL, one that was set locally before is ''.
create or replace function private.key_fleet() returns uuid
  language plpgsql stable parallel safe
  set search_path = pg_catalog, public, pg_temp
as $$
begin
  return nullif(current_setting('fleetflow.fleet', true), '')::uuid;
end
$$;

comment on function private.key_fleet() is 'The fleet of the acting API key, or NULL.';
revoke all on function private.key_fleet() from public;
grant execute on function private.key_fleet() to fleetflow_fn, fleetflow_sys;
