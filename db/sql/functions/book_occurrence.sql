-- What: books one occurrence of a series, as create_trip books a trip.
-- Who: create_trip_series, which catches what belongs to this occurrence alone.
-- Raises: what book_period raises: BAD_INPUT, NOT_FOUND, TOO_SOON (earliest), TOO_LONG (limit, nearest), TOO_SHORT (limit, nearest), TOO_FAR (latest),
--   OUTSIDE_HOURS (nearest), QUOTA_EXCEEDED (limit), NOT_PRICED, PRICE_CHANGED, QUOTE_EXPIRED, QUOTE_USED, TRIP_OVERLAP, DRIVER_BUSY.
create or replace function private.book_occurrence(
  car public.cars, renter uuid, starts timestamptz, ends timestamptz, manages boolean, input jsonb, series_id uuid
) returns public.trips
  language plpgsql volatile
  set search_path = pg_catalog, public, pg_temp
as $$
begin
  if book_occurrence.ends <= book_occurrence.starts then
    -- The clocks skipped the whole of it.
    perform private.refuse_rule(jsonb_build_object('code', 'TOO_SHORT', 'detail', jsonb_build_object(
      'field', 'endDate', 'limit', 1, 'nearest', private.iso(book_occurrence.starts + interval '1 minute'))));
  end if;
  perform private.check_period(book_occurrence.starts, book_occurrence.ends);
  return private.book_period(book_occurrence.car, book_occurrence.renter, coalesce(input ->> 'purpose', 'rental'),
    book_occurrence.starts, book_occurrence.ends, book_occurrence.manages, input - 'maxTotal', book_occurrence.series_id);
end
$$;

comment on function private.book_occurrence(public.cars, uuid, timestamptz, timestamptz, boolean, jsonb, uuid) is 'Books one occurrence of a series.';
revoke all on function private.book_occurrence(public.cars, uuid, timestamptz, timestamptz, boolean, jsonb, uuid) from public;
grant execute on function private.book_occurrence(public.cars, uuid, timestamptz, timestamptz, boolean, jsonb, uuid) to fleetflow_fn;
