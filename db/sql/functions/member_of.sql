-- What: a member of a fleet who may get this role: a person, unless they are not to own it.
-- Who: set_member_role, transfer_fleet, for an owner who holds the fleet's lock.
-- Raises: NOT_FOUND (userId), BAD_INPUT (userId with reason SERVICE_USER).
create or replace function private.member_of(fleet_id uuid, user_id uuid, role text) returns uuid
  language plpgsql stable
  set search_path = pg_catalog, public, pg_temp
as $$
begin
  if not exists (select from public.fleet_members as m where m.fleet_id = member_of.fleet_id and m.user_id = member_of.user_id) then
    raise exception using errcode = 'FF404', message = 'NOT_FOUND', detail = jsonb_build_object('field', 'userId');
  end if;
  if member_of.role = 'owner' and private.is_service(member_of.user_id) then
    raise exception using errcode = 'FF400', message = 'BAD_INPUT', detail = jsonb_build_object('field', 'userId', 'reason', 'SERVICE_USER');
  end if;
  return member_of.user_id;
end
$$;

comment on function private.member_of(uuid, uuid, text) is 'A member who may get a role.';
revoke all on function private.member_of(uuid, uuid, text) from public;
grant execute on function private.member_of(uuid, uuid, text) to fleetflow_fn;
