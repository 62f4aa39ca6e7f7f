-- What: the price at which a rental is booked, in the shape of private.price_trip: the quote's where one is given, else today's.
--   Reads quoteId, extras and maxTotal of the operation's input. `trip_id` is the trip that it becomes.
-- Who: functions that hold or book a car, after its lock. Locks: the quote.
-- Raises: NOT_PRICED, BAD_INPUT (field extras, quoteId, endDate), NOT_FOUND (field quoteId), QUOTE_USED, QUOTE_EXPIRED, PRICE_CHANGED
--   (totalCost, currency); to the last three perform adds a fresh quote.
create or replace function private.agree_price(car public.cars, renter uuid, starts timestamptz, ends timestamptz, input jsonb, trip_id uuid)
  returns jsonb
  language plpgsql volatile
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  v_priced jsonb;
begin
  if input ->> 'quoteId' is not null then
    v_priced := private.use_quote((input ->> 'quoteId')::uuid, (agree_price.car).id, agree_price.renter, agree_price.starts, agree_price.ends,
      input -> 'extras', agree_price.trip_id);
  else
    v_priced := private.price_trip(agree_price.car, agree_price.starts, agree_price.ends, input -> 'extras');
  end if;
  if (v_priced ->> 'total')::bigint > (input ->> 'maxTotal')::bigint then
    raise exception using errcode = 'FF004', message = 'PRICE_CHANGED',
      detail = jsonb_build_object('totalCost', v_priced -> 'total', 'currency', v_priced -> 'currency');
  end if;
  return v_priced;
end
$$;

comment on function private.agree_price(public.cars, uuid, timestamptz, timestamptz, jsonb, uuid) is 'The price at which a rental is booked.';
revoke all on function private.agree_price(public.cars, uuid, timestamptz, timestamptz, jsonb, uuid) from public;
grant execute on function private.agree_price(public.cars, uuid, timestamptz, timestamptz, jsonb, uuid) to fleetflow_fn;
