-- What: promises a price for 15 minutes, for one renter, car, period and choice of extras; with `preview` it only says what it would be.
--   A quote takes no car: whether it is free is decided when it is booked.
-- Who: perform, for quote_trip_rpc; fresh_quote. Input: carId, userId, startDate, endDate, extras, preview.
-- Raises: NOT_FOUND (carId, userId), FORBIDDEN, BAD_INPUT, TOO_SOON (earliest), TOO_FAR (latest), TOO_SHORT and TOO_LONG (limit, nearest),
--   OUTSIDE_HOURS (nearest), NOT_PRICED. Locks: nothing.
create or replace function private.quote_trip(actor uuid, input jsonb) returns jsonb
  language plpgsql volatile
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  v_car public.cars := private.bookable_car(quote_trip.actor, input - '{purpose,driverId}'::text[]);
  v_renter uuid := coalesce((input ->> 'userId')::uuid, quote_trip.actor);
  v_start timestamptz := (input ->> 'startDate')::timestamptz;
  v_end timestamptz := (input ->> 'endDate')::timestamptz;
  v_fleet public.fleets;
  v_priced jsonb;
  v_quote public.quotes;
begin
  select f.* into v_fleet from public.fleets as f where f.id = v_car.fleet_id;
  if v_fleet.id not in (select private.my_fleets('{owner,manager}')) then
    perform private.refuse_period(coalesce(private.start_fault(v_fleet, v_car.time_zone, v_start, null),
                                           private.end_fault(v_fleet, v_car.time_zone, v_start, v_end, null)));
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
