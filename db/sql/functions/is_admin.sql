-- What: whether private.enter found the acting user to be an administrator.
-- Who: policies and entry functions. Admins read everything; they write nothing that is not theirs.
create or replace function private.is_admin() returns boolean
  language plpgsql stable parallel safe
  set search_path = pg_catalog, public, pg_temp
as $$
begin
  return coalesce(current_setting('fleetflow.admin', true), '') = 'on';
end
$$;

comment on function private.is_admin() is 'Whether the acting user is an administrator.';
revoke all on function private.is_admin() from public;
grant execute on function private.is_admin() to fleetflow_fn, fleetflow_sys;
