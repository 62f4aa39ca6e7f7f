-- What: takes somebody out of a fleet. The last owner stays: the trigger on fleet_members.
-- Who: perform, for remove_member_rpc. Input: fleet, userId.
-- Raises: NOT_FOUND (fleet, userId), FORBIDDEN, BAD_INPUT (userId with reason API_KEY: a key that lives is revoked instead). Locks: the fleet.
create or replace function private.remove_member(actor uuid, input jsonb) returns jsonb
  language plpgsql volatile
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  v_fleet uuid := private.take_fleet(input ->> 'fleet');
  v_user uuid := (input ->> 'userId')::uuid;
begin
  if private.service_user_lives(v_user) then
    raise exception using errcode = 'FF400', message = 'BAD_INPUT', detail = jsonb_build_object('field', 'userId', 'reason', 'API_KEY');
  end if;
  delete from public.fleet_members as m where m.fleet_id = v_fleet and m.user_id = v_user;
  if not found then
    raise exception using errcode = 'FF404', message = 'NOT_FOUND', detail = jsonb_build_object('field', 'userId');
  end if;
  return jsonb_build_object('fleetId', v_fleet, 'userId', v_user);
end
$$;

comment on function private.remove_member(uuid, jsonb) is 'Takes somebody out of a fleet.';
revoke all on function private.remove_member(uuid, jsonb) from public;
grant execute on function private.remove_member(uuid, jsonb) to fleetflow_fn;
