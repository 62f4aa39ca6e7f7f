-- What: stores a fleet with its system user and the acting user as its owner; NULL where the slug is taken, also by somebody just now.
-- Who: create_fleet, with an input that fleet_fault accepts. Runs as fleetflow_sys: nobody owns a fleet before it is there.
create or replace function private.open_fleet(input jsonb) returns uuid
  language plpgsql volatile security definer
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  v_system uuid := private.uuid_v7();
  v_fleet uuid := private.uuid_v7();
begin
  insert into public.users (id, name) values (v_system, left(input ->> 'slug', 190) || ' (system)');
  insert into public.fleets (id, slug, name, currency, time_zone, visibility, system_user_id)
  values (v_fleet, input ->> 'slug', btrim(input ->> 'name', E' \t\n\r'), input ->> 'currency', input ->> 'timeZone', input ->> 'visibility', v_system)
  on conflict (slug) do nothing;
  if not found then
    delete from public.users as u where u.id = v_system;
    return null;
  end if;
  insert into public.fleet_members (fleet_id, user_id, role) values (v_fleet, private.uid(), 'owner');
  return v_fleet;
end
$$;

comment on function private.open_fleet(jsonb) is 'Stores a fleet that the acting user owns.';
alter function private.open_fleet(jsonb) owner to fleetflow_sys;
revoke all on function private.open_fleet(jsonb) from public;
grant execute on function private.open_fleet(jsonb) to fleetflow_fn;
