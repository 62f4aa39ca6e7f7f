-- What: the caller's role in a fleet; NULL for who is no member, and by an API key in every fleet but the key's.
-- Who: functions that ask about one fleet; for several there is my_fleets. Runs as fleetflow_sys, as my_fleets does.
create or replace function private.my_role(fleet_id uuid) returns text
  language plpgsql stable security definer
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  v_role text;
begin
  select m.role into v_role
    from public.fleet_members as m
   where m.fleet_id = my_role.fleet_id and m.user_id = private.uid() and m.fleet_id = coalesce(private.key_fleet(), m.fleet_id);
  return v_role;
end
$$;

comment on function private.my_role(uuid) is 'The caller''s role in a fleet.';
alter function private.my_role(uuid) owner to fleetflow_sys;
revoke all on function private.my_role(uuid) from public;
grant execute on function private.my_role(uuid) to fleetflow_fn;
