-- What: the fleet of an API key, also for members who do not see the fleet's keys; NULL where there is no such key.
-- Who: revoke_api_key, to tell a member without the role from a stranger. Runs as fleetflow_sys.
create or replace function private.api_key_fleet(key_id uuid) returns uuid
  language sql stable security definer
  set search_path = pg_catalog, public, pg_temp
as $$
  select k.fleet_id from public.api_keys as k where k.id = api_key_fleet.key_id
$$;

comment on function private.api_key_fleet(uuid) is 'The fleet of an API key.';
alter function private.api_key_fleet(uuid) owner to fleetflow_sys;
revoke all on function private.api_key_fleet(uuid) from public;
grant execute on function private.api_key_fleet(uuid) to fleetflow_fn;
