-- What: books the occurrences of a recurrence on one car, the earliest first: all of them or none, or with onConflict `skip` those that can
--   be booked. Each is priced, judged and stored as a booking of its own; they share a series.
-- Who: perform, for create_trip_series_rpc. Input: carId, userId, localStarts, minutes, purpose, onConflict, extras, maxTotal (of all together).
-- Raises: BAD_INPUT, NOT_FOUND (field carId or userId), FORBIDDEN, TOO_SOON, TOO_LONG, TOO_SHORT, TOO_FAR, OUTSIDE_HOURS, QUOTA_EXCEEDED and
--   TRIP_OVERLAP (each as for the first occurrence refused, with occurrences), NOT_PRICED, PRICE_CHANGED (totalCost, currency); of what
--   book_period raises QUOTE_EXPIRED, QUOTE_USED and DRIVER_BUSY never, because a series names no quote and no driver.
-- Locks: the car, the renter.
create or replace function private.create_trip_series(actor uuid, input jsonb) returns jsonb
  language plpgsql volatile
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  v_starts timestamp[] := private.local_starts(input -> 'localStarts');
  v_minutes integer := (input ->> 'minutes')::integer;
  v_renter uuid := coalesce((input ->> 'userId')::uuid, create_trip_series.actor);
  v_series uuid := private.uuid_v7();
  v_car public.cars;
  v_manages boolean;
  v_period record;
  v_booked jsonb;
  v_currency text;
  v_trips jsonb := '[]';
  v_faults jsonb := '[]';
  v_total bigint := 0;
begin
  if coalesce(v_minutes not between 1 and 527040, true) then
    raise exception using errcode = 'FF400', message = 'BAD_INPUT', detail = jsonb_build_object('field', 'localEnd', 'reason', 'PERIOD_INVALID');
  elsif coalesce(input ->> 'onConflict' not in ('refuse', 'skip'), true) then
    raise exception using errcode = 'FF400', message = 'BAD_INPUT', detail = jsonb_build_object('field', 'onConflict');
  end if;
  v_car := private.bookable_car(create_trip_series.actor, input || jsonb_build_object('startDate', v_starts[1] at time zone 'UTC',
    'endDate', (v_starts[1] + make_interval(mins => v_minutes)) at time zone 'UTC'));
  v_manages := v_car.fleet_id in (select private.my_fleets('{owner,manager}'));
  v_car := private.take_car(v_car.id);
  perform private.lock_users(array[v_renter]);
  v_currency := (select f.currency from public.fleets as f where f.id = v_car.fleet_id);

  for v_period in select p.starts, p.ends from private.series_periods(v_car, v_starts, v_minutes) as p loop
    v_booked := private.book_occurrence(v_car, v_renter, v_period.starts, v_period.ends, v_manages, input, v_series);
    if v_booked ? 'code' then
      v_faults := v_faults || v_booked;
    else
      v_trips := v_trips || v_booked;
      v_total := v_total + (v_booked ->> 'totalCost')::bigint;
    end if;
  end loop;

  if v_faults <> '[]' and input ->> 'onConflict' = 'refuse' then
    perform private.refuse_occurrences(v_faults);
  elsif v_total > (input ->> 'maxTotal')::bigint then
    raise exception using errcode = 'FF004', message = 'PRICE_CHANGED', detail = jsonb_build_object('totalCost', v_total, 'currency', v_currency);
  end if;
  return jsonb_build_object(
    'seriesId', case when v_trips <> '[]' then v_series end, 'trips', v_trips, 'totalCost', v_total,
    'currency', v_currency,
    'skipped', (select coalesce(jsonb_agg(f.fault - 'detail' order by f.place), '[]') from jsonb_array_elements(v_faults) with ordinality as f (fault, place)));
end
$$;

comment on function private.create_trip_series(uuid, jsonb) is 'Books the occurrences of a recurrence on one car.';
revoke all on function private.create_trip_series(uuid, jsonb) from public;
grant execute on function private.create_trip_series(uuid, jsonb) to fleetflow_fn;
