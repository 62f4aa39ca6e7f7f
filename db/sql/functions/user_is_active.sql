-- What: whether a user exists and is neither suspended nor erased.
-- Who: create_trip_rpc, when a fleet's member books for a renter. Runs as fleetflow_sys: people do not see each other.
create or replace function private.user_is_active(user_id uuid) returns boolean
  language sql stable security definer
  set search_path = pg_catalog, public, pg_temp
as $$
  select exists (select from public.users as u where u.id = user_is_active.user_id and u.suspended_at is null and u.erased_at is null)
$$;

comment on function private.user_is_active(uuid) is 'Whether a user exists and is not suspended.';
alter function private.user_is_active(uuid) owner to fleetflow_sys;
revoke all on function private.user_is_active(uuid) from public;
grant execute on function private.user_is_active(uuid) to fleetflow_fn;
