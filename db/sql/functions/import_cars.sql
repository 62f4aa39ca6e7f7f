-- What: the cars of a fleet by their external ids, in the order of `vehicles`; those that the fleet does not have yet are made, and their class.
-- Who: private.import_trips. Locks: the fleet, but only when a car is missing, so that two imports never make the same car twice.
create or replace function private.import_cars(fleet_id uuid, vehicles text[], car_class text, back_to_back boolean) returns uuid[]
  language plpgsql volatile
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  v_fleet public.fleets;
  v_class_id uuid;
  v_found uuid[];
begin
  -- The second look is taken under the fleet's lock, the third after the insert.
  for i in 1 .. 3 loop
    v_found := array(
      select (array_agg(c.id order by c.id))[1]
        from unnest(import_cars.vehicles) with ordinality as v (vehicle, n)
        left join public.cars as c on c.fleet_id = import_cars.fleet_id and c.external_id = v.vehicle
       group by v.n
       order by v.n);
    exit when array_position(v_found, null) is null;
    if i = 1 then
      select f.* into v_fleet from public.fleets as f where f.id = import_cars.fleet_id for no key update;
    elsif i = 2 then
      insert into public.car_classes (id, fleet_id, slug, name)
      values (private.uuid_v7(), v_fleet.id, import_cars.car_class, import_cars.car_class)
      on conflict on constraint car_classes_fleet_id_slug_key do nothing;
      select k.id into v_class_id from public.car_classes as k where k.fleet_id = v_fleet.id and k.slug = import_cars.car_class;

      insert into public.cars (id, fleet_id, car_class_id, name, external_id, time_zone, back_to_back)
      select private.uuid_v7(), v_fleet.id, v_class_id, v.vehicle, v.vehicle, v_fleet.time_zone, import_cars.back_to_back
        from unnest(import_cars.vehicles, v_found) as v (vehicle, id)
       where v.id is null;
    end if;
  end loop;
  return v_found;
end
$$;

comment on function private.import_cars(uuid, text[], text, boolean) is 'Finds or makes the cars that an import names.';
alter function private.import_cars(uuid, text[], text, boolean) owner to fleetflow_sys;
revoke all on function private.import_cars(uuid, text[], text, boolean) from public;
