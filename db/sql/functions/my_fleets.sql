-- What: the fleets in which the acting user has one of the roles; by an API key at most the key's fleet.
-- Who: policies and entry functions. Runs as fleetflow_sys because a policy on fleet_members that reads fleet_members recurses.
create or replace function private.my_fleets(roles text[] default '{owner,manager,driver}') returns setof uuid
  language sql stable security definer
  set search_path = pg_catalog, public, pg_temp
as $$
  select m.fleet_id
    from public.fleet_members as m
   where m.user_id = private.uid() and m.fleet_id = coalesce(private.key_fleet(), m.fleet_id) and m.role = any (my_fleets.roles)
$$;

comment on function private.my_fleets(text[]) is 'Fleets in which the acting user has one of the given roles.';
alter function private.my_fleets(text[]) owner to fleetflow_sys;
revoke all on function private.my_fleets(text[]) from public;
grant execute on function private.my_fleets(text[]) to fleetflow_fn;
