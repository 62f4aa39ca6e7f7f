-- What: whether a user is one by which an API key acts, living or ended: no person, so never an owner, never invited anywhere else.
-- Who: functions that change memberships. Runs as fleetflow_sys: people do not see each other, nor drivers and managers the keys.
create or replace function private.is_service_user(user_id uuid) returns boolean
  language sql stable security definer
  set search_path = pg_catalog, public, pg_temp
as $$
  select exists (select from public.api_keys as k where k.user_id = is_service_user.user_id)
$$;

comment on function private.is_service_user(uuid) is 'Whether a user is one by which an API key acts.';
alter function private.is_service_user(uuid) owner to fleetflow_sys;
revoke all on function private.is_service_user(uuid) from public;
grant execute on function private.is_service_user(uuid) to fleetflow_fn;
