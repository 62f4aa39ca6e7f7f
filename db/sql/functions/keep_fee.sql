-- What: makes a trip cost at least what its renter would have lost by cancelling when they changed it (keptFee of the policy that the trip
--   remembers), as a line of its own beside the price; a change that makes it dearer again takes the line back.
-- Who: modify_trip, after the lines of the new price.
create or replace function private.keep_fee(trip public.trips) returns void
  language sql volatile
  set search_path = pg_catalog, public, pg_temp
as $$
  select private.add_lines((keep_fee.trip).car_id, (keep_fee.trip).id,
           jsonb_build_array(private.line('cancellation', 'Kept by the cancellation policy', 1, d.owed::bigint)))
    from (
      select greatest(((keep_fee.trip).policy ->> 'keptFee')::bigint - coalesce(sum(l.amount) filter (where l.kind <> 'cancellation'), 0), 0)
           - coalesce(sum(l.amount) filter (where l.kind = 'cancellation'), 0) as owed
        from public.trip_lines as l
       where l.car_id = (keep_fee.trip).car_id and l.trip_id = (keep_fee.trip).id) as d
   where (keep_fee.trip).policy ? 'keptFee' and d.owed <> 0
$$;

comment on function private.keep_fee(public.trips) is 'Keeps what a renter would have lost by cancelling.';
revoke all on function private.keep_fee(public.trips) from public;
grant execute on function private.keep_fee(public.trips) to fleetflow_fn;
