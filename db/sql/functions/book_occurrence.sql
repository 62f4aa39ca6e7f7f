-- What: books one occurrence of a series as create_trip books a trip, and answers it, or what stands in the way of this occurrence alone:
--   {"startDate", "endDate", "code", "detail"}. Everything else refuses the series.
-- Who: create_trip_series. maxTotal is for the whole series.
-- Raises: BAD_INPUT, NOT_FOUND, NOT_PRICED, PRICE_CHANGED, QUOTE_EXPIRED, QUOTE_USED, DRIVER_BUSY, as book_period does.
--   Catches: TRIP_OVERLAP, TOO_SOON, TOO_LONG, OUTSIDE_HOURS, TOO_FAR, TOO_SHORT, QUOTA_EXCEEDED.
create or replace function private.book_occurrence(
  car public.cars, renter uuid, starts timestamptz, ends timestamptz, manages boolean, input jsonb, series_id uuid
) returns jsonb
  language plpgsql volatile
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  v_code text;
  v_detail text;
begin
  if book_occurrence.ends <= book_occurrence.starts then
    -- The clocks skipped the whole of it.
    perform private.refuse_rule(jsonb_build_object('code', 'TOO_SHORT', 'detail', jsonb_build_object(
      'field', 'endDate', 'limit', 1, 'nearest', private.iso(book_occurrence.starts + interval '1 minute'))));
  end if;
  perform private.check_period(book_occurrence.starts, book_occurrence.ends);
  return private.trip_json(private.book_period(book_occurrence.car, book_occurrence.renter, coalesce(input ->> 'purpose', 'rental'),
    book_occurrence.starts, book_occurrence.ends, book_occurrence.manages, input - 'maxTotal', book_occurrence.series_id));
exception
  when sqlstate 'FF001' or sqlstate 'FF101' or sqlstate 'FF102' or sqlstate 'FF105' or sqlstate 'FF106' or sqlstate 'FF107' or sqlstate 'FF108' then
    get stacked diagnostics v_code = message_text, v_detail = pg_exception_detail;
    return jsonb_build_object('startDate', private.iso(book_occurrence.starts), 'endDate', private.iso(book_occurrence.ends),
      'code', v_code, 'detail', v_detail::jsonb);
end
$$;

comment on function private.book_occurrence(public.cars, uuid, timestamptz, timestamptz, boolean, jsonb, uuid) is 'Books one occurrence of a series.';
revoke all on function private.book_occurrence(public.cars, uuid, timestamptz, timestamptz, boolean, jsonb, uuid) from public;
grant execute on function private.book_occurrence(public.cars, uuid, timestamptz, timestamptz, boolean, jsonb, uuid) to fleetflow_fn;
