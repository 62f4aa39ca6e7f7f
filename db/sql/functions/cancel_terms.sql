-- What: what cancelling a trip now gives back and what it costs: {refund, fee, currency, policy, tier, nextEdge}. By the tiers that the trip
--   remembers: a tier of N minutes counts up to and including the instant at which the clocks of the car's zone show the start's wall-clock time
--   less N minutes (the first such instant where there are two), whatever changes of the clocks lie between; no tier gives nothing back.
--   The refund is rounded once, half up; what a renter would have lost before they changed the trip (keptFee) stays lost. A fleet that cancels gives everything back, and what is only held or requested costs nothing.
--   nextEdge: until when (inclusive) this holds, NULL where it does not change any more.
-- Who: cancel_trip and cancel_preview_rpc, for a trip that the caller may see. Runs as fleetflow_sys: the renter may no longer see the car.
create or replace function private.cancel_terms(trip public.trips, by_fleet boolean) returns jsonb
  language plpgsql stable security definer
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  v_start timestamptz := (cancel_terms.trip).trip_start_date;
  v_total bigint := greatest((cancel_terms.trip).total_cost, 0);
  v_policy jsonb := coalesce((cancel_terms.trip).policy, private.cancellation_policy(null));
  v_zone text;
  v_tier jsonb;
  v_edge timestamptz;
  v_refund bigint := v_total;
begin
  if not cancel_terms.by_fleet and (cancel_terms.trip).status not in ('held', 'requested') then
    select c.time_zone into v_zone from public.cars as c where c.id = (cancel_terms.trip).car_id;
    select t.tier, e.edge into v_tier, v_edge
      from jsonb_array_elements(v_policy -> 'tiers') with ordinality as t (tier, place)
     cross join lateral (
       select case when t.tier ->> 'beforeMinutes' = '0' then v_start else least(v_start, private.instant_of(
                v_start at time zone v_zone - make_interval(mins => (t.tier ->> 'beforeMinutes')::integer), v_zone)) end) as e (edge)
     where now() <= e.edge
     order by t.place
     limit 1;
    v_refund := coalesce(div(v_total::numeric * (v_tier ->> 'refundPpm')::integer + 500000, 1000000), 0);
    v_refund := greatest(least(v_refund, v_total - coalesce((v_policy ->> 'keptFee')::bigint, 0)), 0);
  end if;
  return jsonb_build_object('refund', v_refund, 'fee', v_total - v_refund, 'currency', (cancel_terms.trip).currency,
    'policy', v_policy -> 'name', 'tier', v_tier, 'nextEdge', private.iso(v_edge));
end
$$;

comment on function private.cancel_terms(public.trips, boolean) is 'What cancelling a trip now gives back and what it costs.';
alter function private.cancel_terms(public.trips, boolean) owner to fleetflow_sys;
revoke all on function private.cancel_terms(public.trips, boolean) from public;
grant execute on function private.cancel_terms(public.trips, boolean) to fleetflow_fn;
