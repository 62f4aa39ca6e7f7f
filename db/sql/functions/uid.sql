-- What: the user that private.enter recognised in this transaction, or NULL.
-- Who: policies and entry functions. A setting that was never set is NULL, one that was set locally before is ''.
create or replace function private.uid() returns uuid
  language plpgsql stable parallel safe
  set search_path = pg_catalog, public, pg_temp
as $$
begin
  return nullif(current_setting('fleetflow.uid', true), '')::uuid;
end
$$;

comment on function private.uid() is 'The acting user of this transaction, or NULL.';
revoke all on function private.uid() from public;
grant execute on function private.uid() to fleetflow_fn, fleetflow_sys;
