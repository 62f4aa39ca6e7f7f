-- What: refuses a change that a trip's state, its caller or the calendar does not allow. `car` is the one that the trip would have.
-- Who: modify_trip, under the locks of both cars. Only owners and managers (`manages`) give a trip another car, one of the same fleet,
--   and not while it is being driven.
-- Raises: INVALID_STATE (from, operation, allowed), BAD_INPUT, FORBIDDEN, NOT_FOUND (field carId), TOO_SOON (earliest), TOO_LONG (limit,
--   nearest), TOO_SHORT, TOO_FAR, OUTSIDE_HOURS (nearest).
create or replace function private.check_modify(
  trip public.trips, starts timestamptz, ends timestamptz, car public.cars, manages boolean, input jsonb
) returns void
  language plpgsql volatile
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  v_moves boolean := coalesce((input ->> 'carId')::uuid <> (trip).car_id, false);
  v_start_moves boolean := (trip).trip_start_date <> check_modify.starts;
begin
  if (trip).status not in ('confirmed', 'active')
     or ((v_start_moves or v_moves) and (trip).status = 'active')
     or (v_start_moves and not manages and (trip).trip_start_date <= now()) then
    perform private.refuse_trip(trip, 'modify');
  end if;
  if coalesce(input -> 'startDate', 'null') = 'null' and coalesce(input -> 'endDate', 'null') = 'null' and coalesce(input -> 'carId', 'null') = 'null'
     and coalesce(input -> 'extras', 'null') = 'null' and coalesce(input -> 'driverId', 'null') = 'null'
     and not (input ->> 'dropDriver')::boolean then
    raise exception using errcode = 'FF400', message = 'BAD_INPUT', detail = jsonb_build_object('reason', 'NOTHING_TO_CHANGE');
  end if;
  if (input ->> 'reprice')::boolean and coalesce(input -> 'carId', 'null') = 'null' then
    raise exception using errcode = 'FF400', message = 'BAD_INPUT', detail = jsonb_build_object('field', 'reprice', 'reason', 'CAR_REQUIRED');
  end if;
  if v_moves and not manages then
    raise exception using errcode = 'FF403', message = 'FORBIDDEN';
  end if;
  if v_moves and ((car).fleet_id = (trip).fleet_id and (car).retired_at is null) is not true then
    raise exception using errcode = 'FF404', message = 'NOT_FOUND', detail = jsonb_build_object('field', 'carId');
  end if;
  perform private.check_period(check_modify.starts, check_modify.ends);
  if not manages and ((v_start_moves and check_modify.starts < now())
       or ((trip).trip_end_date <> check_modify.ends and check_modify.ends < now())) then
    raise exception using errcode = 'FF101', message = 'TOO_SOON', detail = jsonb_build_object(
      'field', case when v_start_moves and check_modify.starts < now() then 'startDate' else 'endDate' end,
      'earliest', private.iso(date_trunc('minute', now()) + interval '1 minute'));
  end if;
  perform private.check_change(car, (trip).purpose, starts, ends, manages, tstzrange((trip).trip_start_date, (trip).trip_end_date));
end
$$;

comment on function private.check_modify(public.trips, timestamptz, timestamptz, public.cars, boolean, jsonb) is 'Refuses a change that a trip does not allow.';
revoke all on function private.check_modify(public.trips, timestamptz, timestamptz, public.cars, boolean, jsonb) from public;
grant execute on function private.check_modify(public.trips, timestamptz, timestamptz, public.cars, boolean, jsonb) to fleetflow_fn;
