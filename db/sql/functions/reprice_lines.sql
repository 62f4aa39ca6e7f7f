-- What: what a trip costs with other times, another car or other extras, by the rates of its booking: {"ratePlanId", "planVersion",
--   "currency", "total", "delta", "lines", "extras", "pricing", "asOf"}, where `lines` are the ones to add and `pricing` is what the trip
--   remembers from then on. A day that stays keeps its rate and its length factor; a new one gets the tier of the new length.
--   A car whose plan has another name is another offer: everything is priced by that plan as of now.
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
  v_other public.rate_plans;
  v_car public.cars := reprice_lines.car;
  v_kept jsonb := (reprice_lines.trip).pricing;
  v_zone text := v_kept ->> 'timeZone';
  v_as_of timestamptz := coalesce((v_kept ->> 'asOf')::timestamptz, (reprice_lines.trip).created_at);
  v_extras jsonb := coalesce(reprice_lines.extras, (reprice_lines.trip).extras);
  v_price jsonb;
  v_so_far jsonb;
  v_sum bigint;
begin
  select p.* into v_plan from public.rate_plans as p where p.id = (reprice_lines.trip).rate_plan_id;
  if (reprice_lines.trip).purpose <> 'rental' or not found then
    return jsonb_build_object('ratePlanId', (reprice_lines.trip).rate_plan_id, 'currency', (reprice_lines.trip).currency, 'total', 0, 'delta', 0,
      'lines', '[]'::jsonb, 'extras', v_extras, 'pricing', v_kept);
  end if;
  if v_car.id is null then
    select c.* into v_car from public.cars as c where c.id = (reprice_lines.trip).car_id;
  end if;
  if v_kept is null then
    v_zone := v_car.time_zone;
    v_kept := private.price_plan(v_plan, v_zone, (reprice_lines.trip).trip_start_date, (reprice_lines.trip).trip_end_date, '[]', v_as_of) -> 'pricing';
  end if;
  if v_car.id <> (reprice_lines.trip).car_id then
    v_zone := v_car.time_zone;
    v_other := private.rate_plan_of(v_car);
    if v_other.id is null then
      raise exception using errcode = 'FF103', message = 'NOT_PRICED';
    end if;
    if (v_other.fleet_id, v_other.name) <> (v_plan.fleet_id, v_plan.name) then
      v_plan := v_other;
      v_kept := null;
      v_as_of := now();
    end if;
  end if;

  v_price := private.price_plan(v_plan, v_zone, reprice_lines.starts, reprice_lines.ends, v_extras, v_as_of, v_kept);
  select coalesce(jsonb_agg(private.line(l.kind, l.description, l.quantity, l.unit_amount)), '[]'), coalesce(sum(l.amount), 0)
    into v_so_far, v_sum
    from public.trip_lines as l
   where l.car_id = (reprice_lines.trip).car_id and l.trip_id = (reprice_lines.trip).id
     and (l.kind in ('day', 'hour', 'best_price', 'minimum', 'extra', 'fee', 'discount', 'tax')
       or l.kind = 'adjustment' and l.description = 'Change of times');
  return v_price || jsonb_build_object('delta', (v_price ->> 'total')::bigint - v_sum, 'lines', private.delta_lines(v_so_far, v_price -> 'lines'));
end
$$;

comment on function private.reprice_lines(public.trips, public.cars, timestamptz, timestamptz, jsonb) is 'What a trip costs when it is changed.';
alter function private.reprice_lines(public.trips, public.cars, timestamptz, timestamptz, jsonb) owner to fleetflow_sys;
revoke all on function private.reprice_lines(public.trips, public.cars, timestamptz, timestamptz, jsonb) from public;
grant execute on function private.reprice_lines(public.trips, public.cars, timestamptz, timestamptz, jsonb) to fleetflow_fn;
