-- What: changes a trip's times, car, extras or driver; a rental is priced again by the rates of its booking, the
--   differences are new lines. A trip that gets another car keeps its rates, unless the fleet asks for the new car's with `reprice`.
-- Who: perform, for modify_trip_rpc. Input: id, startDate, endDate, version, carId, extras, driverId, dropDriver, reprice.
-- Raises: NOT_FOUND (the trip, or field carId, driverId), FORBIDDEN, VERSION_MISMATCH (version), INVALID_STATE (from, operation, allowed),
--   BAD_INPUT, TOO_SOON (earliest), TOO_LONG and TOO_SHORT (limit, nearest), TOO_FAR (latest), OUTSIDE_HOURS (nearest),
--   NOT_PRICED (reprice), TRIP_OVERLAP (conflicts, nextFree), DRIVER_BUSY (windows).
-- Locks: the car (both, ascending, when it changes), the trip, then the driver.
create or replace function private.modify_trip(actor uuid, input jsonb) returns jsonb
  language plpgsql volatile
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  v_trip public.trips := private.find_trip((input ->> 'id')::uuid, (input ->> 'version')::integer, array_remove(array[(input ->> 'carId')::uuid], null));
  v_start timestamptz := coalesce((input ->> 'startDate')::timestamptz, v_trip.trip_start_date);
  v_end timestamptz := coalesce((input ->> 'endDate')::timestamptz, v_trip.trip_end_date);
  v_to uuid := coalesce((input ->> 'carId')::uuid, v_trip.car_id);
  v_driver uuid := case when not (input ->> 'dropDriver')::boolean then coalesce((input ->> 'driverId')::uuid, v_trip.driver_id) end;
  v_from constant uuid := v_trip.car_id;
  v_moved constant boolean := (v_start, v_end) <> (v_trip.trip_start_date, v_trip.trip_end_date);
  v_reprice boolean := (input ->> 'reprice')::boolean;
  v_manages boolean := v_trip.fleet_id in (select private.my_fleets('{owner,manager}'));
  v_car public.cars := private.car_of(v_to);
  v_policy jsonb := v_trip.policy;
  v_kept bigint;
  v_priced jsonb;
begin
  perform private.check_modify(v_trip, v_start, v_end, v_car, v_manages, input);
  if v_driver is distinct from v_trip.driver_id then
    perform private.check_driver(v_trip.fleet_id, v_trip.booked_by_id, v_driver, v_manages);
  end if;
  perform private.lock_users(array[v_trip.driver_id, v_driver]);
  v_priced := private.reprice_lines(v_trip, case when v_reprice then v_car end, v_start, v_end, nullif(input -> 'extras', 'null'));

  -- Nobody evades the fee of a cancellation by shortening a trip or moving it away first.
  if v_trip.purpose = 'rental' and v_trip.status = 'confirmed' and not v_manages then
    v_kept := (private.cancel_terms(v_trip, false) ->> 'fee')::bigint;
    if v_kept > coalesce((v_policy ->> 'keptFee')::bigint, 0) then
      v_policy := coalesce(v_policy, private.cancellation_policy(null)) || jsonb_build_object('keptFee', v_kept);
    end if;
  end if;

  if v_to <> v_trip.car_id then
    perform private.move_trips(jsonb_build_array(jsonb_build_object('tripId', v_trip.id, 'carId', v_to, 'startDate', v_start, 'endDate', v_end,
      'driverId', v_driver, 'extras', v_priced -> 'extras', 'pricing', v_priced -> 'pricing', 'ratePlanId', v_priced -> 'ratePlanId')));
  else
    perform private.extend_overdue(v_to);
    begin
      update public.trips as t
         set trip_start_date = v_start, trip_end_date = v_end, pricing = v_priced -> 'pricing', extras = v_priced -> 'extras',
             rate_plan_id = (v_priced ->> 'ratePlanId')::uuid, driver_id = v_driver, policy = v_policy,
             cut = t.cut and not v_moved, at_risk = t.at_risk and not v_moved,
             blocked = case when v_moved then private.changed_range(t, v_start, v_end) else t.blocked end
       where t.car_id = v_to and t.id = v_trip.id
      returning t.* into v_trip;
    exception when exclusion_violation then
      perform private.refuse_overlap(v_to, v_start, v_end,
        v_trip.prep_minutes, v_trip.turnaround_minutes, v_trip.back_to_back, v_trip.id);
    end;
    perform private.assign_driver(v_trip);
  end if;
  perform private.refresh_risk(v_from), private.extend_overdue(v_from);

  perform private.add_lines(v_to, v_trip.id, v_priced -> 'lines');
  select t.* into v_trip from public.trips as t where t.car_id = v_to and t.id = v_trip.id;
  perform private.keep_fee(v_trip);
  return (select private.trip_json(t) from public.trips as t where t.car_id = v_to and t.id = v_trip.id);
end
$$;

comment on function private.modify_trip(uuid, jsonb) is 'Changes a trip''s times, car, extras or driver.';
revoke all on function private.modify_trip(uuid, jsonb) from public;
grant execute on function private.modify_trip(uuid, jsonb) to fleetflow_fn;
