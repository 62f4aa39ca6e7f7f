-- What: what a trip costs with other times, another car or other extras: {"ratePlanId", "planVersion", "currency", "total", "delta",
--   "lines", "extras", "pricing", "asOf"}, where `lines` are the ones to add and `pricing` is what the trip remembers from then on.
--   Without another car by the rates of the booking. A car that is priced by a plan of the same name is, too; one that is priced by
--   another plan is another offer: everything is priced by that plan as of now.
--   `car` may be NULL (the trip's own), `extras` too (as they are). What is no rental, or was imported, changes by nothing.
-- Who: functions that change a trip, for one that the caller may change. Runs as fleetflow_sys: the renter may no longer see the car.
-- Raises: NOT_PRICED (the other car), BAD_INPUT (field extras, endDate).
create or replace function private.reprice_lines(
  trip public.trips, car public.cars, starts timestamptz, ends timestamptz, extras jsonb default null
) returns jsonb
  language plpgsql stable security definer
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  v_plan public.rate_plans;
  v_same boolean;
begin
  if (reprice_lines.trip).purpose <> 'rental' or (reprice_lines.trip).rate_plan_id is null
     or coalesce((reprice_lines.car).id, (reprice_lines.trip).car_id) = (reprice_lines.trip).car_id then
    return private.reprice_booked(reprice_lines.trip, reprice_lines.starts, reprice_lines.ends, reprice_lines.extras);
  end if;
  v_plan := private.rate_plan_of(reprice_lines.car);
  if v_plan.id is null then
    raise exception using errcode = 'FF103', message = 'NOT_PRICED';
  end if;
  select (p.fleet_id, p.name) = (v_plan.fleet_id, v_plan.name) into v_same
    from public.rate_plans as p where p.id = (reprice_lines.trip).rate_plan_id;
  if v_same then
    return private.reprice_booked(reprice_lines.trip, reprice_lines.starts, reprice_lines.ends, reprice_lines.extras, (reprice_lines.car).time_zone);
  end if;
  return private.price_delta(reprice_lines.trip, private.price_plan(v_plan, (reprice_lines.car).time_zone, reprice_lines.starts, reprice_lines.ends,
    coalesce(nullif(reprice_lines.extras, 'null'), (reprice_lines.trip).extras), now()));
end
$$;

comment on function private.reprice_lines(public.trips, public.cars, timestamptz, timestamptz, jsonb) is 'What a trip costs when it is changed.';
alter function private.reprice_lines(public.trips, public.cars, timestamptz, timestamptz, jsonb) owner to fleetflow_sys;
revoke all on function private.reprice_lines(public.trips, public.cars, timestamptz, timestamptz, jsonb) from public;
grant execute on function private.reprice_lines(public.trips, public.cars, timestamptz, timestamptz, jsonb) to fleetflow_fn;
