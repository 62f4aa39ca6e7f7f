-- What: what all cars of a class in one zone have in common for a search: {"fits": the caller may see them and the fleet's rules allow the
--   period, "priced": the class or the fleet has a rate plan}. Who manages a fleet is not bound by its rules.
-- Who: near_cars, as fleetflow_sys.
create or replace function private.class_fits(car public.cars, starts timestamptz, ends timestamptz) returns jsonb
  language plpgsql stable
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  v_fleet public.fleets;
begin
  select f.* into v_fleet
    from public.fleets as f
   where f.id = (class_fits.car).fleet_id and f.id = coalesce(private.key_fleet(), f.id)
     and ((f.visibility = 'public' and private.uid() is not null) or private.is_admin() or f.id in (select private.my_fleets()));
  if not found then
    return '{"fits": false}';
  end if;
  return jsonb_build_object(
    'fits', v_fleet.id in (select private.my_fleets('{owner,manager}'))
      or (private.start_fault(v_fleet, (class_fits.car).time_zone, class_fits.starts, null) is null
        and private.end_fault(v_fleet, (class_fits.car).time_zone, class_fits.starts, class_fits.ends, null) is null),
    'priced', coalesce(v_fleet.rate_plan_id,
      (select cc.rate_plan_id from public.car_classes as cc where cc.id = (class_fits.car).car_class_id)) is not null);
end
$$;

comment on function private.class_fits(public.cars, timestamptz, timestamptz) is 'What all cars of a class have in common for a search.';
revoke all on function private.class_fits(public.cars, timestamptz, timestamptz) from public;
grant execute on function private.class_fits(public.cars, timestamptz, timestamptz) to fleetflow_sys;
