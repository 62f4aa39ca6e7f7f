-- What: whether an API key acts by this user now: one that is neither revoked nor expired.
-- Who: functions that take members out of a fleet: a living key is revoked instead. Runs as fleetflow_sys: members do not see the keys.
create or replace function private.service_user_lives(user_id uuid) returns boolean
  language sql stable security definer
  set search_path = pg_catalog, public, pg_temp
as $$
  select exists (select from public.api_keys as k where k.user_id = service_user_lives.user_id and k.revoked_at is null and k.expires_at > now())
$$;

comment on function private.service_user_lives(uuid) is 'Whether an API key acts by this user now.';
alter function private.service_user_lives(uuid) owner to fleetflow_sys;
revoke all on function private.service_user_lives(uuid) from public;
grant execute on function private.service_user_lives(uuid) to fleetflow_fn;
