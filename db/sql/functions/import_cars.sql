-- What: makes the cars that a batch of an import names and the fleet does not have yet, and the class they go into.
-- Who: private.import_trips. Locks: the fleet, but only when a car is missing, so that two imports never make the same car twice.
create or replace function private.import_cars(fleet_id uuid, vehicles text[], car_class text, back_to_back boolean) returns void
  language plpgsql volatile
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  v_fleet public.fleets;
  v_class_id uuid;
  v_missing text[];
begin
  if not exists (
    select from unnest(import_cars.vehicles) as v (vehicle)
     where not exists (select from public.cars as c where c.fleet_id = import_cars.fleet_id and c.external_id = v.vehicle))
  then
    return;
  end if;

  select f.* into v_fleet from public.fleets as f where f.id = import_cars.fleet_id for no key update;
  v_missing := array(
    select distinct v.vehicle from unnest(import_cars.vehicles) as v (vehicle)
     where not exists (select from public.cars as c where c.fleet_id = v_fleet.id and c.external_id = v.vehicle));

  insert into public.car_classes (id, fleet_id, slug, name)
  values (private.uuid_v7(), v_fleet.id, import_cars.car_class, import_cars.car_class)
  on conflict on constraint car_classes_fleet_id_slug_key do nothing;
  select k.id into v_class_id from public.car_classes as k where k.fleet_id = v_fleet.id and k.slug = import_cars.car_class;

  insert into public.cars (id, fleet_id, car_class_id, name, external_id, time_zone, back_to_back)
  select private.uuid_v7(), v_fleet.id, v_class_id, m.vehicle, m.vehicle, v_fleet.time_zone, import_cars.back_to_back
    from unnest(v_missing) as m (vehicle);
end
$$;

comment on function private.import_cars(uuid, text[], text, boolean) is 'Makes the cars that an import names for the first time.';
alter function private.import_cars(uuid, text[], text, boolean) owner to fleetflow_sys;
revoke all on function private.import_cars(uuid, text[], text, boolean) from public;
