-- What: a member of a fleet as the API shows them; the e-mail address only to owners of the fleet and administrators.
-- Who: functions about members, with a row they have read under the caller's policies. Runs as fleetflow_sys to read the name.
create or replace function private.member_json(member public.fleet_members) returns jsonb
  language sql stable security definer
  set search_path = pg_catalog, public, pg_temp
as $$
  select jsonb_build_object(
    'fleetId', (member_json.member).fleet_id,
    'userId', u.id,
    'name', u.name,
    'email', case when (member_json.member).fleet_id in (select private.my_fleets('{owner}')) or private.is_admin() then u.email end,
    'role', (member_json.member).role,
    'service', private.is_service(u.id),
    'createdAt', private.iso((member_json.member).created_at))
    from public.users as u
   where u.id = (member_json.member).user_id
$$;

comment on function private.member_json(public.fleet_members) is 'A member as the API shows them.';
alter function private.member_json(public.fleet_members) owner to fleetflow_sys;
revoke all on function private.member_json(public.fleet_members) from public;
grant execute on function private.member_json(public.fleet_members) to fleetflow_fn;
