-- What: books a car for a period: finds the car under the caller's policies, prices, stores, answers. A renter's own hold in that period
--   becomes the booking (same id; at the hold's price where period and extras are the hold's), further ones are cancelled.
--   A renter's booking of a car that is not booked instantly is a request until its fleet approves.
-- Who: perform, for create_trip_rpc. Input: carId, userId, startDate, endDate, purpose, maxTotal, quoteId, extras, driverId.
-- Raises: BAD_INPUT, NOT_FOUND (field carId, userId, driverId or quoteId), FORBIDDEN, TOO_SOON (earliest), TOO_LONG (limit, nearest),
--   TOO_SHORT (limit, nearest), TOO_FAR (latest), OUTSIDE_HOURS (nearest), QUOTA_EXCEEDED (limit), NOT_PRICED, PRICE_CHANGED, QUOTE_EXPIRED,
--   QUOTE_USED (each with totalCost, currency or a fresh quote), TRIP_OVERLAP (conflicts, nextFree), DRIVER_BUSY (windows).
-- Locks: the car, the renter and the driver where they matter, the quote.
create or replace function private.create_trip(actor uuid, input jsonb) returns jsonb
  language plpgsql volatile
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  v_car public.cars := private.bookable_car(create_trip.actor, input);
  v_renter uuid := coalesce((input ->> 'userId')::uuid, create_trip.actor);
  v_start timestamptz := (input ->> 'startDate')::timestamptz;
  v_end timestamptz := (input ->> 'endDate')::timestamptz;
  v_purpose text := coalesce(input ->> 'purpose', 'rental');
  v_manages boolean := v_car.fleet_id in (select private.my_fleets('{owner,manager}'));
  v_holds public.trips[] := '{}';
  v_hold public.trips;
  v_id uuid := private.uuid_v7();
  v_respond_by timestamptz;
  v_priced jsonb;
  v_terms jsonb;
  v_trip public.trips;
begin
  v_car := private.take_car(v_car.id);
  if v_purpose = 'rental' then
    v_holds := private.own_holds(v_car, v_renter, v_start, v_end);
    v_hold := v_holds[1];
    v_id := coalesce(v_hold.id, v_id);
    v_respond_by := case when not v_manages and not v_car.instant_booking then private.respond_by(v_start) end;
  end if;
  perform private.lock_users(array[v_renter, (input ->> 'driverId')::uuid]) where input ->> 'driverId' is not null;
  perform private.check_rules(v_car, v_renter, v_purpose, v_start, v_end, v_manages,
    case when v_hold.id is not null then tstzrange(v_hold.trip_start_date, v_hold.trip_end_date) end, array(select h.id from unnest(v_holds) as h));

  if v_hold.id is not null and input ->> 'quoteId' is null and private.same_extras(input -> 'extras', v_hold.extras)
     and (v_hold.trip_start_date, v_hold.trip_end_date) = (v_start, v_end) then
    if v_hold.total_cost > (input ->> 'maxTotal')::bigint then
      raise exception using errcode = 'FF004', message = 'PRICE_CHANGED',
        detail = jsonb_build_object('totalCost', v_hold.total_cost, 'currency', v_hold.currency);
    end if;
  elsif v_purpose = 'rental' then
    v_priced := private.agree_price(v_car, v_renter, v_start, v_end, input, v_id);
  end if;

  v_terms := jsonb_build_object('id', v_id, 'extras', v_priced -> 'extras', 'driverId', input -> 'driverId', 'respondBy', v_respond_by)
    || case when v_purpose = 'rental' then jsonb_build_object('policy', private.policy_of(v_car.fleet_id)) else '{}' end;
  if v_hold.id is not null then
    v_trip := private.take_hold(v_holds, case when v_respond_by is null then 'confirmed' else 'requested' end, v_start, v_end, v_priced, v_terms);
  else
    v_trip := private.book_trip(v_car, v_renter, v_purpose, case when v_respond_by is null then 'confirmed' else 'requested' end,
      v_start, v_end, v_priced, v_terms);
  end if;
  if v_trip.id is null then
    perform private.refuse_overlap(v_car.id, v_start, v_end, v_car.prep_minutes, v_car.turnaround_minutes, v_car.back_to_back);
  end if;
  return private.trip_json(v_trip);
end
$$;

comment on function private.create_trip(uuid, jsonb) is 'Books a car for a period.';
revoke all on function private.create_trip(uuid, jsonb) from public;
grant execute on function private.create_trip(uuid, jsonb) to fleetflow_fn;
