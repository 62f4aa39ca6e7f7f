-- What: whether a user is nobody who could sign in: the system user of a fleet, or one by which an API key acts.
-- Who: functions about members. Runs as fleetflow_sys: people do not see each other.
create or replace function private.is_service(user_id uuid) returns boolean
  language sql stable security definer
  set search_path = pg_catalog, public, pg_temp
as $$
  select exists (select from public.fleets as f where f.system_user_id = is_service.user_id)
    or exists (select from public.api_keys as k where k.user_id = is_service.user_id)
$$;

comment on function private.is_service(uuid) is 'Whether a user is no person.';
alter function private.is_service(uuid) owner to fleetflow_sys;
revoke all on function private.is_service(uuid) from public;
grant execute on function private.is_service(uuid) to fleetflow_fn;
