-- What: books a car that is locked for one period: rules, price, terms, storing. A renter's own hold in that period becomes the booking
--   (same id; at the hold's price where period and extras are the hold's), further ones are cancelled. A renter's booking of a car that is
--   not booked instantly is a request until its fleet approves.
-- Who: create_trip and create_trip_series, after bookable_car and take_car. Reads maxTotal, quoteId, extras and driverId of the operation's input.
--   `series_id` is shared by the trips of one recurrence.
-- Raises: BAD_INPUT, NOT_FOUND (field quoteId), TOO_SOON (earliest), TOO_LONG (limit, nearest), TOO_SHORT (limit, nearest), TOO_FAR (latest),
--   OUTSIDE_HOURS (nearest), QUOTA_EXCEEDED (limit), NOT_PRICED, PRICE_CHANGED, QUOTE_EXPIRED, QUOTE_USED (each with totalCost, currency or a
--   fresh quote), TRIP_OVERLAP (conflicts, nextFree), DRIVER_BUSY (windows).
-- Locks: the renter and the drivers (of holds, too) where they matter, the quote.
create or replace function private.book_period(
  car public.cars, renter uuid, purpose text, starts timestamptz, ends timestamptz, manages boolean, input jsonb, series_id uuid default null
) returns public.trips
  language plpgsql volatile
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  v_holds public.trips[] := '{}';
  v_hold public.trips;
  v_hold_ids uuid[] := '{}';
  v_drivers uuid[] := array_remove(array[(input ->> 'driverId')::uuid], null);
  v_fault jsonb;
  v_id uuid := private.uuid_v7();
  v_respond_by timestamptz;
  v_priced jsonb;
  v_terms jsonb;
  v_trip public.trips;
begin
  if book_period.purpose = 'rental' then
    v_holds := private.own_holds(book_period.car, book_period.renter, book_period.starts, book_period.ends);
    if cardinality(v_holds) > 0 then
      v_hold := v_holds[1];
      v_id := v_hold.id;
      v_hold_ids := array(select h.id from unnest(v_holds) as h);
      v_drivers := v_drivers || array(select h.driver_id from unnest(v_holds) as h where h.driver_id is not null);
    end if;
    v_respond_by := case when not book_period.manages and not (book_period.car).instant_booking then private.respond_by(book_period.starts) end;
  end if;
  if cardinality(v_drivers) > 0 then
    perform private.lock_users(book_period.renter || v_drivers);
  end if;
  v_fault := private.rule_fault(book_period.car, book_period.renter, book_period.purpose, book_period.starts, book_period.ends, book_period.manages,
    case when v_hold.id is not null then tstzrange(v_hold.trip_start_date, v_hold.trip_end_date) end, v_hold_ids);
  if v_fault is not null then
    perform private.refuse_rule(v_fault);
  end if;

  if v_hold.id is not null and input ->> 'quoteId' is null and private.same_extras(input -> 'extras', v_hold.extras)
     and (v_hold.trip_start_date, v_hold.trip_end_date) = (book_period.starts, book_period.ends) then
    if v_hold.total_cost > (input ->> 'maxTotal')::bigint then
      raise exception using errcode = 'FF004', message = 'PRICE_CHANGED',
        detail = jsonb_build_object('totalCost', v_hold.total_cost, 'currency', v_hold.currency);
    end if;
  elsif book_period.purpose = 'rental' then
    v_priced := private.agree_price(book_period.car, book_period.renter, book_period.starts, book_period.ends, input, v_id);
  end if;

  v_terms := jsonb_build_object('id', v_id, 'extras', v_priced -> 'extras', 'driverId', input -> 'driverId', 'respondBy', v_respond_by,
      'seriesId', book_period.series_id)
    || case when book_period.purpose = 'rental' then jsonb_build_object('policy', private.policy_of((book_period.car).fleet_id)) else '{}' end;
  if v_hold.id is not null then
    v_trip := private.take_hold(v_holds, case when v_respond_by is null then 'confirmed' else 'requested' end,
      book_period.starts, book_period.ends, v_priced, v_terms);
  else
    v_trip := private.book_trip(book_period.car, book_period.renter, book_period.purpose,
      case when v_respond_by is null then 'confirmed' else 'requested' end, book_period.starts, book_period.ends, v_priced, v_terms);
  end if;
  if v_trip.id is null then
    perform private.refuse_overlap((book_period.car).id, book_period.starts, book_period.ends,
      (book_period.car).prep_minutes, (book_period.car).turnaround_minutes, (book_period.car).back_to_back);
  end if;
  return v_trip;
end
$$;

comment on function private.book_period(public.cars, uuid, text, timestamptz, timestamptz, boolean, jsonb, uuid) is
  'Books a car that is locked for one period.';
revoke all on function private.book_period(public.cars, uuid, text, timestamptz, timestamptz, boolean, jsonb, uuid) from public;
grant execute on function private.book_period(public.cars, uuid, text, timestamptz, timestamptz, boolean, jsonb, uuid) to fleetflow_fn;
