-- What: makes the first of a renter's holds their booking: same id, the new times, the new price where there is one (`priced` is NULL when the
--   hold's price counts). The other holds are cancelled. `terms` as in book_trip: respondBy, driverId, seriesId, extras, policy.
-- Who: create_trip, under the car's lock. Raises: TRIP_OVERLAP (conflicts, nextFree), DRIVER_BUSY (windows).
create or replace function private.take_hold(holds public.trips[], status text, starts timestamptz, ends timestamptz, priced jsonb, terms jsonb) returns public.trips
  language plpgsql volatile
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  v_hold public.trips := take_hold.holds[1];
  v_other public.trips;
begin
  foreach v_other in array take_hold.holds[2:] loop
    update public.trips as t set status = 'cancelled', at_risk = false where t.car_id = v_other.car_id and t.id = v_other.id returning t.* into v_other;
    perform private.give_back(v_other, v_other.total_cost, 'Hold given up');
    perform private.assign_driver(v_other);
  end loop;
  begin
    update public.trips as t
       set status = take_hold.status, trip_start_date = take_hold.starts, trip_end_date = take_hold.ends, hold_expires_at = null,
           blocked = private.blocked_range(take_hold.starts, take_hold.ends, t.prep_minutes, t.turnaround_minutes, t.back_to_back),
           respond_by = (terms ->> 'respondBy')::timestamptz, policy = terms -> 'policy',
           series_id = (terms ->> 'seriesId')::uuid,
           driver_id = coalesce((terms ->> 'driverId')::uuid, t.driver_id),
           currency = coalesce(priced ->> 'currency', t.currency), rate_plan_id = coalesce((priced ->> 'ratePlanId')::uuid, t.rate_plan_id),
           pricing = coalesce(priced -> 'pricing', t.pricing), extras = coalesce(priced -> 'extras', t.extras)
     where t.car_id = v_hold.car_id and t.id = v_hold.id;
  exception when exclusion_violation then
    perform private.refuse_overlap(v_hold.car_id, take_hold.starts, take_hold.ends,
      v_hold.prep_minutes, v_hold.turnaround_minutes, v_hold.back_to_back, v_hold.id);
  end;
  if take_hold.priced is not null then
    perform private.add_lines(v_hold.car_id, v_hold.id, private.price_delta(v_hold, take_hold.priced) -> 'lines');
  end if;
  select t.* into v_hold from public.trips as t where t.car_id = v_hold.car_id and t.id = v_hold.id;
  perform private.assign_driver(v_hold);
  return v_hold;
end
$$;

comment on function private.take_hold(public.trips[], text, timestamptz, timestamptz, jsonb, jsonb) is 'Makes a renter''s hold their booking.';
revoke all on function private.take_hold(public.trips[], text, timestamptz, timestamptz, jsonb, jsonb) from public;
grant execute on function private.take_hold(public.trips[], text, timestamptz, timestamptz, jsonb, jsonb) to fleetflow_fn;
