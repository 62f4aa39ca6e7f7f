-- What: takes a quote for a booking and answers its price, in the shape of private.price_trip. A quote is good once, for its renter, car,
--   period and extras (NULL: the quote's own), until it expires; the trip that took it may take it again, so that a hold becomes a booking.
-- Who: agree_price, under the caller's policies. Locks: the quote, after cars and users.
-- Raises: NOT_FOUND (field quoteId: absent, another car's or another renter's), BAD_INPUT (field quoteId, reason QUOTE_MISMATCH: another
--   period or other extras), QUOTE_USED, QUOTE_EXPIRED.
create or replace function private.use_quote(
  quote_id uuid, car_id uuid, renter uuid, starts timestamptz, ends timestamptz, extras jsonb, trip_id uuid
) returns jsonb
  language plpgsql volatile
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  v_quote public.quotes;
begin
  select q.* into v_quote from public.quotes as q
   where q.car_id = use_quote.car_id and q.id = use_quote.quote_id and q.user_id = use_quote.renter for no key update;
  if not found then
    raise exception using errcode = 'FF404', message = 'NOT_FOUND', detail = jsonb_build_object('field', 'quoteId');
  end if;
  if (v_quote.start_date, v_quote.end_date) is distinct from (use_quote.starts, use_quote.ends)
     or not private.same_extras(use_quote.extras, v_quote.extras) then
    raise exception using errcode = 'FF400', message = 'BAD_INPUT', detail = jsonb_build_object('field', 'quoteId', 'reason', 'QUOTE_MISMATCH');
  end if;
  if v_quote.trip_id <> use_quote.trip_id then
    raise exception using errcode = 'FF006', message = 'QUOTE_USED';
  end if;
  if v_quote.trip_id is null and v_quote.expires_at <= now() then
    raise exception using errcode = 'FF005', message = 'QUOTE_EXPIRED';
  end if;
  update public.quotes as q set used_at = now(), trip_id = use_quote.trip_id
   where q.car_id = v_quote.car_id and q.id = v_quote.id and q.trip_id is null;
  return v_quote.priced;
end
$$;

comment on function private.use_quote(uuid, uuid, uuid, timestamptz, timestamptz, jsonb, uuid) is 'Takes a quote for a booking.';
revoke all on function private.use_quote(uuid, uuid, uuid, timestamptz, timestamptz, jsonb, uuid) from public;
grant execute on function private.use_quote(uuid, uuid, uuid, timestamptz, timestamptz, jsonb, uuid) to fleetflow_fn;
