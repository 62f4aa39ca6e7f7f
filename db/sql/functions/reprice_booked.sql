-- What: what a trip costs with other times or other extras by the rates of its booking, in the shape of private.reprice_lines.
--   A day that stays keeps its rate and its length factor; a new one gets the tier of the new length. Discounts count from the booking.
-- Who: reprice_lines, adjustment_lines, as fleetflow_sys. Raises: BAD_INPUT (field extras, endDate).
create or replace function private.reprice_booked(
  trip public.trips, starts timestamptz, ends timestamptz, extras jsonb default null, time_zone text default null
) returns jsonb
  language plpgsql stable
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  v_plan public.rate_plans;
  v_kept jsonb := (reprice_booked.trip).pricing;
  v_as_of timestamptz := coalesce((v_kept ->> 'asOf')::timestamptz, (reprice_booked.trip).created_at);
  v_extras jsonb := coalesce(nullif(reprice_booked.extras, 'null'), (reprice_booked.trip).extras);
  v_zone text;
begin
  select p.* into v_plan from public.rate_plans as p
   where p.id = (reprice_booked.trip).rate_plan_id and (reprice_booked.trip).purpose = 'rental';
  if not found then
    return jsonb_build_object('ratePlanId', (reprice_booked.trip).rate_plan_id, 'currency', (reprice_booked.trip).currency, 'total', 0, 'delta', 0,
      'lines', '[]'::jsonb, 'extras', v_extras, 'pricing', v_kept);
  end if;
  v_zone := coalesce(reprice_booked.time_zone, v_kept ->> 'timeZone',
    (select c.time_zone from public.cars as c where c.id = (reprice_booked.trip).car_id));
  if v_kept is null then
    v_kept := private.price_plan(v_plan, v_zone, (reprice_booked.trip).trip_start_date, (reprice_booked.trip).trip_end_date, '[]', v_as_of) -> 'pricing';
  end if;
  return private.price_delta(reprice_booked.trip,
    private.price_plan(v_plan, v_zone, reprice_booked.starts, reprice_booked.ends, v_extras, v_as_of, v_kept));
end
$$;

comment on function private.reprice_booked(public.trips, timestamptz, timestamptz, jsonb, text) is 'What a changed trip costs by the rates of its booking.';
revoke all on function private.reprice_booked(public.trips, timestamptz, timestamptz, jsonb, text) from public;
grant execute on function private.reprice_booked(public.trips, timestamptz, timestamptz, jsonb, text) to fleetflow_sys;
