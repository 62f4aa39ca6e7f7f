-- What: books a car for a period: finds the car under the caller's policies, prices, stores, answers.
-- Who: perform, for create_trip_rpc. Input: carId, userId, startDate, endDate, purpose, maxTotal, quoteId, extras.
-- Raises: BAD_INPUT, NOT_FOUND (car, or field userId), FORBIDDEN, TOO_SOON (earliest), TOO_LONG (maxDays), NOT_PRICED,
--   PRICE_CHANGED (totalCost, currency), QUOTE_EXPIRED, QUOTE_USED, TRIP_OVERLAP (conflicts, nextFree). Locks: the car, the quote.
create or replace function private.create_trip(actor uuid, input jsonb) returns jsonb
  language plpgsql volatile
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  v_renter uuid := coalesce((input ->> 'userId')::uuid, create_trip.actor);
  v_start timestamptz := (input ->> 'startDate')::timestamptz;
  v_end timestamptz := (input ->> 'endDate')::timestamptz;
  v_purpose text := coalesce(input ->> 'purpose', 'rental');
  v_manages boolean;
  v_car public.cars;
  v_id uuid := private.uuid_v7();
  v_priced jsonb;
  v_trip public.trips;
begin
  select c.* into v_car from public.cars as c where c.id = (input ->> 'carId')::uuid and c.retired_at is null;
  if not found then
    raise exception using errcode = 'FF404', message = 'NOT_FOUND', detail = jsonb_build_object('field', 'carId');
  end if;
  if v_purpose not in ('rental', 'maintenance', 'repair', 'owner_use') then
    raise exception using errcode = 'FF400', message = 'BAD_INPUT', detail = jsonb_build_object('field', 'purpose');
  end if;
  v_manages := v_car.fleet_id in (select private.my_fleets('{owner,manager}'));
  if not v_manages and (v_renter <> create_trip.actor or v_purpose <> 'rental') then
    raise exception using errcode = 'FF403', message = 'FORBIDDEN';
  end if;
  if v_renter <> create_trip.actor and not private.user_is_active(v_renter) then
    raise exception using errcode = 'FF404', message = 'NOT_FOUND', detail = jsonb_build_object('field', 'userId');
  end if;
  perform private.check_period(v_start, v_end);
  if not v_manages and v_start < now() then
    raise exception using errcode = 'FF101', message = 'TOO_SOON',
      detail = jsonb_build_object('field', 'startDate', 'earliest', private.iso(date_trunc('minute', now()) + interval '1 minute'));
  end if;

  v_car := private.take_car(v_car.id);
  if v_purpose = 'rental' then
    v_priced := private.agree_price(v_car, v_renter, v_start, v_end, input, v_id);
  end if;
  v_trip := private.book_trip(v_car, v_renter, v_purpose, 'confirmed', v_start, v_end, v_priced,
    jsonb_build_object('id', v_id, 'extras', v_priced -> 'extras'));
  if v_trip.id is null then
    perform private.refuse_overlap(v_car.id, v_start, v_end, v_car.prep_minutes, v_car.turnaround_minutes, v_car.back_to_back);
  end if;
  return private.trip_json(v_trip);
end
$$;

comment on function private.create_trip(uuid, jsonb) is 'Books a car for a period.';
revoke all on function private.create_trip(uuid, jsonb) from public;
grant execute on function private.create_trip(uuid, jsonb) to fleetflow_fn;
