-- What: the caller leaves a fleet. The last owner stays: the trigger on fleet_members.
-- Who: perform, for leave_fleet_rpc. Input: fleet.
-- Raises: NOT_FOUND (fleet: absent, hidden, or the caller is no member), FORBIDDEN (API keys). Locks: the fleet.
create or replace function private.leave_fleet(actor uuid, input jsonb) returns jsonb
  language plpgsql volatile
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  v_fleet uuid := private.find_fleet(input ->> 'fleet');
begin
  perform private.refuse_key();
  if v_fleet in (select private.my_fleets()) then
    perform private.lock_fleet(v_fleet);
  end if;
  delete from public.fleet_members as m where m.fleet_id = v_fleet and m.user_id = leave_fleet.actor;
  if not found then
    raise exception using errcode = 'FF404', message = 'NOT_FOUND', detail = jsonb_build_object('field', 'fleet');
  end if;
  return jsonb_build_object('fleetId', v_fleet, 'userId', leave_fleet.actor);
end
$$;

comment on function private.leave_fleet(uuid, jsonb) is 'The caller leaves a fleet.';
revoke all on function private.leave_fleet(uuid, jsonb) from public;
grant execute on function private.leave_fleet(uuid, jsonb) to fleetflow_fn;
