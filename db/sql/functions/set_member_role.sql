-- What: changes the role of a member. The last owner stays one: the trigger on fleet_members.
-- Who: perform, for set_member_role_rpc. Input: fleet, userId, role.
-- Raises: NOT_FOUND (fleet, userId), FORBIDDEN, BAD_INPUT (role; userId with reason SERVICE_USER). Locks: the fleet.
create or replace function private.set_member_role(actor uuid, input jsonb) returns jsonb
  language plpgsql volatile
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  v_fleet uuid := private.take_fleet(input ->> 'fleet');
  v_user uuid := private.member_of(v_fleet, (input ->> 'userId')::uuid, input ->> 'role');
  v_member public.fleet_members;
begin
  if input ->> 'role' is null or input ->> 'role' not in ('owner', 'manager', 'driver') then
    raise exception using errcode = 'FF400', message = 'BAD_INPUT', detail = jsonb_build_object('field', 'role');
  end if;
  update public.fleet_members as m set role = input ->> 'role' where m.fleet_id = v_fleet and m.user_id = v_user returning m.* into v_member;
  return private.member_json(v_member);
end
$$;

comment on function private.set_member_role(uuid, jsonb) is 'Changes the role of a member.';
revoke all on function private.set_member_role(uuid, jsonb) from public;
grant execute on function private.set_member_role(uuid, jsonb) to fleetflow_fn;
