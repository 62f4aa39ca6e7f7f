-- What: promises a price for 15 minutes, for one renter, car, period and choice of extras; with `preview` it only says what it would be.
--   A quote takes no car: whether it is free is decided when it is booked.
-- Who: perform, for quote_trip_rpc; fresh_quote. Input: carId, userId, startDate, endDate, extras, preview.
-- Raises: NOT_FOUND (carId, userId), FORBIDDEN, BAD_INPUT, TOO_SOON (earliest), TOO_LONG (maxDays), NOT_PRICED. Locks: nothing.
create or replace function private.quote_trip(actor uuid, input jsonb) returns jsonb
  language plpgsql volatile
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  v_renter uuid := coalesce((input ->> 'userId')::uuid, quote_trip.actor);
  v_start timestamptz := (input ->> 'startDate')::timestamptz;
  v_end timestamptz := (input ->> 'endDate')::timestamptz;
  v_manages boolean;
  v_car public.cars;
  v_priced jsonb;
  v_quote public.quotes;
begin
  select c.* into v_car from public.cars as c where c.id = (input ->> 'carId')::uuid and c.retired_at is null;
  if not found then
    raise exception using errcode = 'FF404', message = 'NOT_FOUND', detail = jsonb_build_object('field', 'carId');
  end if;
  v_manages := v_car.fleet_id in (select private.my_fleets('{owner,manager}'));
  if not v_manages and v_renter <> quote_trip.actor then
    raise exception using errcode = 'FF403', message = 'FORBIDDEN';
  end if;
  if v_renter <> quote_trip.actor and not private.user_is_active(v_renter) then
    raise exception using errcode = 'FF404', message = 'NOT_FOUND', detail = jsonb_build_object('field', 'userId');
  end if;
  perform private.check_period(v_start, v_end);
  if not v_manages and v_start < now() then
    raise exception using errcode = 'FF101', message = 'TOO_SOON',
      detail = jsonb_build_object('field', 'startDate', 'earliest', private.iso(date_trunc('minute', now()) + interval '1 minute'));
  end if;

  v_priced := private.price_trip(v_car, v_start, v_end, input -> 'extras');
  v_quote := row (v_car.id, private.uuid_v7(), v_car.fleet_id, v_renter, v_start, v_end, v_priced -> 'extras', v_priced ->> 'ratePlanId',
    v_priced ->> 'total', v_priced, now() + interval '15 minutes', null, null, now());
  if (input ->> 'preview')::boolean then
    v_quote.id := null;
    v_quote.expires_at := null;
  else
    insert into public.quotes select v_quote.*;
  end if;
  return private.quote_json(v_quote);
end
$$;

comment on function private.quote_trip(uuid, jsonb) is 'Promises a price for 15 minutes.';
revoke all on function private.quote_trip(uuid, jsonb) from public;
grant execute on function private.quote_trip(uuid, jsonb) to fleetflow_fn;
