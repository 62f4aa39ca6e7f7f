-- What: blocks a car whose active rental is past its end from now until it could be turned around, so that an overdue car is not bookable now.
--   Grows at most up to the next trip's lower bound, and then says that it was cut and marks that trip as at risk.
-- Who: functions that book or move a trip, under the car's lock. Runs as fleetflow_sys: the overdue trip is somebody else's.
create or replace function private.extend_overdue(car_id uuid) returns void
  language plpgsql volatile security definer
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  v_uid text := current_setting('fleetflow.uid', true);
  v_trip public.trips;
  v_until timestamptz;
  v_next timestamptz;
begin
  select t.* into v_trip
    from public.trips as t
   where t.car_id = extend_overdue.car_id and t.status = 'active' and t.purpose = 'rental' and t.trip_end_date < now();
  v_until := now() + make_interval(mins => v_trip.turnaround_minutes);
  if not found or v_until <= upper(v_trip.blocked) then
    return;
  end if;
  v_next := private.next_bound(v_trip, v_until);
  if not v_trip.cut or v_next is distinct from upper(v_trip.blocked) then
    perform set_config('fleetflow.uid', '', true);
    update public.trips as t
       set blocked = private.kept_until(v_trip, v_until, v_next), cut = coalesce(v_next <= v_until, false)
     where t.car_id = v_trip.car_id and t.id = v_trip.id;
    perform set_config('fleetflow.uid', coalesce(v_uid, ''), true);
    perform private.refresh_risk(v_trip.car_id);
  end if;
end
$$;

comment on function private.extend_overdue(uuid) is 'Blocks an overdue car until it could be turned around.';
alter function private.extend_overdue(uuid) owner to fleetflow_sys;
revoke all on function private.extend_overdue(uuid) from public;
grant execute on function private.extend_overdue(uuid) to fleetflow_fn;
