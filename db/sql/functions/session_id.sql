-- What: the session of the bundled issuer that private.enter found alive in this transaction, or NULL.
-- Who: what removes or shows a person's account.
create or replace function private.session_id() returns uuid
  language sql stable parallel safe
  set search_path = pg_catalog, public, pg_temp
as $$
  select nullif(current_setting('fleetflow.session', true), '')::uuid
$$;

comment on function private.session_id() is 'The acting session of the bundled issuer, or NULL.';
revoke all on function private.session_id() from public;
grant execute on function private.session_id() to fleetflow_sys;
