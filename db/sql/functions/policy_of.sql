-- What: the cancellation policy that a fleet has now, as a rental that is booked now will remember it.
-- Who: functions that book. Runs as fleetflow_sys: a renter may have a trip in a fleet that shows itself to its members only.
create or replace function private.policy_of(fleet_id uuid) returns jsonb
  language plpgsql stable security definer
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  v_chosen jsonb;
begin
  select f.cancellation_policy into v_chosen from public.fleets as f where f.id = policy_of.fleet_id;
  return private.cancellation_policy(v_chosen);
end
$$;

comment on function private.policy_of(uuid) is 'The cancellation policy of a fleet.';
alter function private.policy_of(uuid) owner to fleetflow_sys;
revoke all on function private.policy_of(uuid) from public;
grant execute on function private.policy_of(uuid) to fleetflow_fn;
