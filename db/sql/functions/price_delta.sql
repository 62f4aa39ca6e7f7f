-- What: a price with what it changes for a trip that has been charged already: "delta", and "lines" are only the ones to add.
-- Who: reprice_lines, reprice_booked, and take_hold for a hold that is priced anew. Runs as fleetflow_sys.
create or replace function private.price_delta(trip public.trips, price jsonb) returns jsonb
  language plpgsql stable security definer
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  v_so_far jsonb;
  v_sum bigint;
begin
  -- What older versions of the product added as one difference is part of the price too.
  select coalesce(jsonb_agg(private.line(l.kind, l.description, l.quantity, l.unit_amount)), '[]'), coalesce(sum(l.amount), 0)
    into v_so_far, v_sum
    from public.trip_lines as l
   where l.car_id = (price_delta.trip).car_id and l.trip_id = (price_delta.trip).id
     and (l.kind in ('day', 'hour', 'best_price', 'minimum', 'extra', 'fee', 'discount', 'tax')
       or l.kind = 'adjustment' and l.description = 'Change of times');
  return price_delta.price || jsonb_build_object('delta', (price_delta.price ->> 'total')::bigint - v_sum,
    'lines', private.delta_lines(v_so_far, price_delta.price -> 'lines'));
end
$$;

comment on function private.price_delta(public.trips, jsonb) is 'A price with what it changes for a trip.';
alter function private.price_delta(public.trips, jsonb) owner to fleetflow_sys;
revoke all on function private.price_delta(public.trips, jsonb) from public;
grant execute on function private.price_delta(public.trips, jsonb) to fleetflow_sys, fleetflow_fn;
