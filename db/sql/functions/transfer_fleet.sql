-- What: hands a fleet to another member, who becomes an owner as the caller becomes a manager.
-- Who: perform, for transfer_fleet_rpc. Input: fleet, userId.
-- Raises: NOT_FOUND (fleet; userId: no member, or suspended), FORBIDDEN, BAD_INPUT (userId with reason SERVICE_USER or ONESELF).
-- Locks: the fleet.
create or replace function private.transfer_fleet(actor uuid, input jsonb) returns jsonb
  language plpgsql volatile
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  v_fleet uuid := private.take_fleet(input ->> 'fleet');
  v_user uuid := private.member_of(v_fleet, (input ->> 'userId')::uuid, 'owner');
begin
  if v_user = transfer_fleet.actor then
    raise exception using errcode = 'FF400', message = 'BAD_INPUT', detail = jsonb_build_object('field', 'userId', 'reason', 'ONESELF');
  end if;
  if not private.user_is_active(v_user) then
    raise exception using errcode = 'FF404', message = 'NOT_FOUND', detail = jsonb_build_object('field', 'userId');
  end if;
  update public.fleet_members as m set role = 'owner' where m.fleet_id = v_fleet and m.user_id = v_user;
  update public.fleet_members as m set role = 'manager' where m.fleet_id = v_fleet and m.user_id = transfer_fleet.actor;
  return private.fleet_json(v_fleet);
end
$$;

comment on function private.transfer_fleet(uuid, jsonb) is 'Hands a fleet to another member.';
revoke all on function private.transfer_fleet(uuid, jsonb) from public;
grant execute on function private.transfer_fleet(uuid, jsonb) to fleetflow_fn;
