drop function if exists public.list_trips_rpc(jsonb, text, uuid, text, integer, text);

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

-- >>> sql/functions/list_trips_rpc.sql
-- What: a page of trips as time has left them, latest start first: one's own, or with `fleet` (id or slug) that fleet's. Optionally of one car or one status.
-- Who: any signed-in user for their own, a fleet's members for the fleet's.
-- Raises: UNAUTHENTICATED, FORBIDDEN, NOT_FOUND (fleet hidden or not one's own), BAD_INPUT (limit, cursor).
create or replace function public.list_trips_rpc(
  actor jsonb, fleet text default null, car_id uuid default null, status text default null,
  page_limit integer default 20, page_cursor text default null
) returns json
  language plpgsql volatile security definer
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  v_actor uuid := private.enter(list_trips_rpc.actor, 'trips.list', false);
  v_limit integer := private.page_limit(list_trips_rpc.page_limit);
  v_from record := private.decode_cursor(list_trips_rpc.page_cursor);
  v_fleet uuid;
  v_rows public.trips[];
  v_trip public.trips;
  v_items text[] := '{}';
begin
  if list_trips_rpc.fleet is not null then
    v_fleet := private.find_fleet(list_trips_rpc.fleet);
    if not (private.is_admin() or v_fleet in (select private.my_fleets())) then
      raise exception using errcode = 'FF404', message = 'NOT_FOUND', detail = jsonb_build_object('field', 'fleet');
    end if;
  end if;

  v_rows := case when list_trips_rpc.status is null
    then private.trips_page(v_fleet, v_actor, list_trips_rpc.car_id, v_from.instant, v_from.id, v_limit + 1)
    else private.trips_page_by_state(v_fleet, v_actor, list_trips_rpc.car_id, list_trips_rpc.status, v_from.instant, v_from.id, v_limit + 1) end;

  -- Text from text: as jsonb a page would be built, sorted and written out again.
  foreach v_trip in array v_rows[:v_limit] loop
    v_items := v_items || private.trip_text(private.settled(v_trip));
  end loop;
  return concat('{"items":[', array_to_string(v_items, ','), '],"nextCursor":', coalesce(to_json(case when cardinality(v_rows) > v_limit
    then private.encode_cursor(v_rows[v_limit].trip_start_date, v_rows[v_limit].id) end)::text, 'null'), '}');
end
$$;

comment on function public.list_trips_rpc(jsonb, text, uuid, text, integer, text) is 'A page of trips, latest start first.';
alter function public.list_trips_rpc(jsonb, text, uuid, text, integer, text) owner to fleetflow_fn;
revoke all on function public.list_trips_rpc(jsonb, text, uuid, text, integer, text) from public;
grant execute on function public.list_trips_rpc(jsonb, text, uuid, text, integer, text) to fleetflow_api;
-- <<< sql/functions/list_trips_rpc.sql

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

-- >>> sql/functions/trip_json.sql
-- What: a trip as the API shows it.
-- Who: entry functions, with a row they have read under the caller's policies.
create or replace function private.trip_json(trip public.trips) returns jsonb
  language plpgsql stable parallel safe
  set search_path = pg_catalog, public, pg_temp
as $$
begin
  return private.trip_text(trip_json.trip)::jsonb;
end
$$;

comment on function private.trip_json(public.trips) is 'A trip as the API shows it.';
revoke all on function private.trip_json(public.trips) from public;
grant execute on function private.trip_json(public.trips) to fleetflow_fn, fleetflow_sys;
-- <<< sql/functions/trip_json.sql

-- >>> sql/functions/trip_text.sql
-- What: a trip as the API shows it, as the text of a JSON object: an answer that holds many of them takes it as it is, and never becomes jsonb.
--   What may be NULL or hold any character is quoted by to_json; the rest is of types and checked sets that hold nothing to escape.
-- Who: list_trips_rpc and trip_json, with a row they have read under the caller's policies.
create or replace function private.trip_text(trip public.trips) returns text
  language plpgsql stable parallel safe
  set search_path = pg_catalog, public, pg_temp
as $$
begin
  return concat(
      '{"id":"', (trip_text.trip).id,
      '","carId":"', (trip_text.trip).car_id,
      '","fleetId":"', (trip_text.trip).fleet_id,
      '","bookedById":"', (trip_text.trip).booked_by_id,
      '","startDate":"', private.iso((trip_text.trip).trip_start_date),
      '","endDate":"', private.iso((trip_text.trip).trip_end_date),
      '","blockedFrom":"', private.iso(lower((trip_text.trip).blocked)),
      '","blockedUntil":"', private.iso(upper((trip_text.trip).blocked)),
      '","startedAt":', coalesce(to_json(private.iso((trip_text.trip).started_at))::text, 'null'),
      ',"returnedAt":', coalesce(to_json(private.iso((trip_text.trip).returned_at))::text, 'null'),
      ',"holdExpiresAt":', coalesce(to_json(private.iso((trip_text.trip).hold_expires_at))::text, 'null'),
      ',"respondBy":', coalesce(to_json(private.iso((trip_text.trip).respond_by))::text, 'null'),
      ',"status":"', (trip_text.trip).status,
      '","overdue":', ((trip_text.trip).status = 'active' and (trip_text.trip).trip_end_date < now())::text,
      ',"atRisk":', (trip_text.trip).at_risk::text,
      ',"pinned":', (trip_text.trip).pinned::text,
      ',"driverId":', coalesce(to_json((trip_text.trip).driver_id)::text, 'null'),
      ',"seriesId":', coalesce(to_json((trip_text.trip).series_id)::text, 'null'),
      ',"extras":', (trip_text.trip).extras,
      ',"odometerStart":', coalesce((trip_text.trip).odometer_start::text, 'null'),
      ',"odometerEnd":', coalesce((trip_text.trip).odometer_end::text, 'null'),
      ',"fuelStart":', coalesce((trip_text.trip).fuel_start::text, 'null'),
      ',"fuelEnd":', coalesce((trip_text.trip).fuel_end::text, 'null'),
      ',"note":', coalesce(to_json((trip_text.trip).note)::text, 'null'),
      ',"purpose":"', (trip_text.trip).purpose,
      '","totalCost":', (trip_text.trip).total_cost,
      ',"currency":"', (trip_text.trip).currency,
      '","version":', (trip_text.trip).version,
      ',"cancelReason":', coalesce(to_json((trip_text.trip).cancel_reason)::text, 'null'),
      ',"createdAt":"', private.iso((trip_text.trip).created_at),
      '","updatedAt":"', private.iso((trip_text.trip).updated_at),
      '"}');
end
$$;

comment on function private.trip_text(public.trips) is 'A trip as the API shows it, as JSON text.';
revoke all on function private.trip_text(public.trips) from public;
grant execute on function private.trip_text(public.trips) to fleetflow_fn, fleetflow_sys;
-- <<< sql/functions/trip_text.sql

