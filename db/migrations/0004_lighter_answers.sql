-- >>> sql/functions/check_driver.sql
-- What: refuses a driver who may not be named: anybody names the renter, and the fleet's owners and managers (`manages`) any active
--   member of the fleet as well. A renter who is named sees the trip and may take themselves off it. NULL, no driver, passes.
-- Who: functions that book a trip or change its driver. Runs as fleetflow_sys: people do not see each other.
-- Raises: NOT_FOUND (field driverId).
create or replace function private.check_driver(fleet_id uuid, renter uuid, driver uuid, manages boolean) returns void
  language plpgsql stable security definer
  set search_path = pg_catalog, public, pg_temp
as $$
begin
  if check_driver.driver is not null and not (private.user_is_active(check_driver.driver) and (
       check_driver.driver = check_driver.renter
       or (check_driver.manages and exists (
             select from public.fleet_members as m where m.fleet_id = check_driver.fleet_id and m.user_id = check_driver.driver)))) then
    raise exception using errcode = 'FF404', message = 'NOT_FOUND', detail = jsonb_build_object('field', 'driverId');
  end if;
end
$$;

comment on function private.check_driver(uuid, uuid, uuid, boolean) is 'Refuses a driver who may not be named.';
alter function private.check_driver(uuid, uuid, uuid, boolean) owner to fleetflow_sys;
revoke all on function private.check_driver(uuid, uuid, uuid, boolean) from public;
grant execute on function private.check_driver(uuid, uuid, uuid, boolean) to fleetflow_fn;
-- <<< sql/functions/check_driver.sql

-- >>> sql/functions/iso.sql
-- What: an instant as ISO 8601 text in UTC, `2026-01-01T10:00:00.000Z`; six digits only where there are microseconds.
-- Who: everything that answers JSON.
create or replace function private.iso(instant timestamptz) returns text
  language plpgsql immutable parallel safe strict
  set search_path = pg_catalog, public, pg_temp
as $$
begin
  return replace(to_char(iso.instant at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'), '000Z', 'Z');
end
$$;

comment on function private.iso(timestamptz) is 'An instant as ISO 8601 text in UTC.';
revoke all on function private.iso(timestamptz) from public;
grant execute on function private.iso(timestamptz) to fleetflow_fn, fleetflow_sys;
-- <<< sql/functions/iso.sql

-- >>> sql/functions/runs_out_at.sql
-- What: when time alone ends a trip's present state: the limit of a hold or a request, the end of what is no rental; NULL for all else.
--   The same expression is that of the indexes trips_runs_out_idx and trips_car_id_runs_out_idx, and is written out where they are used.
-- Who: functions that judge a trip's state.
create or replace function private.runs_out_at(trip public.trips) returns timestamptz
  language plpgsql immutable parallel safe
  set search_path = pg_catalog, public, pg_temp
as $$
begin
  return case when (runs_out_at.trip).status = 'held' then (runs_out_at.trip).hold_expires_at
              when (runs_out_at.trip).status = 'requested' then (runs_out_at.trip).respond_by
              when (runs_out_at.trip).purpose <> 'rental' and (runs_out_at.trip).status in ('confirmed', 'active')
                then (runs_out_at.trip).trip_end_date end;
end
$$;

comment on function private.runs_out_at(public.trips) is 'When time alone ends a trip''s present state.';
revoke all on function private.runs_out_at(public.trips) from public;
grant execute on function private.runs_out_at(public.trips) to fleetflow_fn, fleetflow_sys;
-- <<< sql/functions/runs_out_at.sql

