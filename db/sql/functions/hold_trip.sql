-- What: keeps a car for somebody who is about to book it, at today's price, for some minutes; then it is free again, whoever notices first.
-- Who: perform, for hold_trip_rpc. Input: carId, userId, startDate, endDate, minutes, quoteId, extras, driverId.
-- Raises: BAD_INPUT, NOT_FOUND (field carId, userId, driverId or quoteId), FORBIDDEN, TOO_SOON (earliest), TOO_LONG (limit, nearest),
--   TOO_SHORT (limit, nearest), TOO_FAR (latest), OUTSIDE_HOURS (nearest), QUOTA_EXCEEDED (limit), NOT_PRICED, PRICE_CHANGED, QUOTE_EXPIRED,
--   QUOTE_USED (each with totalCost, currency or a fresh quote), TRIP_OVERLAP (conflicts, nextFree), DRIVER_BUSY (windows).
-- Locks: the car, the renter and the driver, the quote.
create or replace function private.hold_trip(actor uuid, input jsonb) returns jsonb
  language plpgsql volatile
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  v_car public.cars := private.bookable_car(hold_trip.actor, input);
  v_renter uuid := coalesce((input ->> 'userId')::uuid, hold_trip.actor);
  v_start timestamptz := (input ->> 'startDate')::timestamptz;
  v_end timestamptz := (input ->> 'endDate')::timestamptz;
  v_minutes integer := (input ->> 'minutes')::integer;
  v_manages boolean := v_car.fleet_id in (select private.my_fleets('{owner,manager}'));
  v_id uuid := private.uuid_v7();
  v_priced jsonb;
  v_trip public.trips;
begin
  if v_minutes not between 1 and 30 then
    raise exception using errcode = 'FF400', message = 'BAD_INPUT', detail = jsonb_build_object('field', 'minutes');
  end if;
  v_car := private.take_car(v_car.id);
  if not v_manages and not v_car.instant_booking then
    perform private.respond_by(v_start);
  end if;
  perform private.lock_users(array[v_renter, (input ->> 'driverId')::uuid]);
  perform private.check_rules(v_car, v_renter, 'rental', v_start, v_end, v_manages);
  if not v_manages then
    perform private.check_holds(v_renter);
  end if;
  v_priced := private.agree_price(v_car, v_renter, v_start, v_end, input, v_id);
  v_trip := private.book_trip(v_car, v_renter, 'rental', 'held', v_start, v_end, v_priced, jsonb_build_object(
    'id', v_id, 'extras', v_priced -> 'extras', 'driverId', input -> 'driverId', 'holdExpiresAt', now() + make_interval(mins => v_minutes)));
  if v_trip.id is null then
    perform private.refuse_overlap(v_car.id, v_start, v_end, v_car.prep_minutes, v_car.turnaround_minutes, v_car.back_to_back);
  end if;
  return private.trip_json(v_trip);
end
$$;

comment on function private.hold_trip(uuid, jsonb) is 'Keeps a car for somebody who is about to book it.';
revoke all on function private.hold_trip(uuid, jsonb) from public;
grant execute on function private.hold_trip(uuid, jsonb) to fleetflow_fn;
