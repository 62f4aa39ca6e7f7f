-- What: stores one batch of a trip history as completed rentals of the fleet's system user, in the order of the arrays: the earlier row
--   wins. `row_vehicles` points into `vehicles`, which are distinct. Rows that are known by (car, external id) are left alone, so a
--   batch may be sent twice. A cost becomes one line.
--   Answers { inserted, already, refused: [{ row (from 1), code, field?, reason?, conflict? }] }; see import_refusals.
-- Who: administrators, through the command line. Raises: NOT_FOUND (field fleet).
-- Locks: the fleet when cars are missing, then every car of the batch, ascending.
create or replace function private.import_trips(
  fleet_id uuid, car_class text, back_to_back boolean, vehicles text[], row_vehicles integer[],
  external_ids text[], starts timestamptz[], ends timestamptz[], costs bigint[], currencies text[]
) returns jsonb
  language plpgsql volatile
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  v_bounds text := case when import_trips.back_to_back then '[)' else '[]' end;
  v_fleet public.fleets;
  v_named uuid[];
  v_cars uuid[];
  v_ids uuid[];
  v_stored uuid[];
  v_millis bigint := extract(epoch from clock_timestamp()) * 1000;
begin
  perform set_config('fleetflow.operation', 'trips.import', true);
  select f.* into v_fleet from public.fleets as f where f.id = import_trips.fleet_id;
  if not found then
    raise exception using errcode = 'FF404', message = 'NOT_FOUND', detail = jsonb_build_object('field', 'fleet');
  end if;
  v_named := private.import_cars(v_fleet.id, import_trips.vehicles, import_trips.car_class, import_trips.back_to_back);
  -- Version 7 ids that ascend with the rows: a counter of 12 bits below the milliseconds.
  select array_agg(v_named[r.vehicle] order by r.n),
         array_agg((lpad(to_hex(v_millis + r.n / 4096), 12, '0') || to_hex(28672 + r.n % 4096)
           || right(replace(gen_random_uuid()::text, '-', ''), 16))::uuid order by r.n)
    into v_cars, v_ids
    from unnest(import_trips.row_vehicles) with ordinality as r (vehicle, n);
  perform private.lock_cars(v_named);

  -- No target: a row may meet another trip (prevent_overlap) or, within the batch, its own id again; import_refusals tells which.
  with stored as (
    insert into public.trips (car_id, id, fleet_id, booked_by_id, purpose, status, trip_start_date, trip_end_date, back_to_back,
      blocked, currency, external_id)
    select g.car_id, g.id, v_fleet.id, v_fleet.system_user_id, 'rental', 'completed', g.starts, g.ends, import_trips.back_to_back,
           tstzrange(g.starts, g.ends, v_bounds), coalesce(g.currency, v_fleet.currency), g.external_id
      from unnest(v_cars, v_ids, import_trips.external_ids, import_trips.starts, import_trips.ends, import_trips.currencies)
             with ordinality as g (car_id, id, external_id, starts, ends, currency, n)
      left join lateral (select true as known from public.trips as t
                          where t.car_id = g.car_id and t.external_id = g.external_id limit 1) as k on true
     where k.known is null and private.period_fault(g.starts, g.ends) is null
     order by g.n
    on conflict do nothing
    returning id
  )
  select coalesce(array_agg(s.id), '{}') into v_stored from stored as s;

  insert into public.trip_lines (car_id, trip_id, id, kind, description, quantity, unit_amount, amount)
  select g.car_id, g.id, private.uuid_v7(), 'imported', 'Imported', 1, g.cost, g.cost
    from unnest(v_cars, v_ids, import_trips.costs) as g (car_id, id, cost)
    join lateral (select from public.trips as t where t.car_id = g.car_id and t.id = g.id limit 1) as t on true
   where g.cost is not null;

  return private.import_refusals(v_bounds, v_cars, v_ids, import_trips.external_ids, import_trips.starts, import_trips.ends, v_stored)
    || jsonb_build_object('inserted', cardinality(v_stored));
end
$$;

comment on function private.import_trips(uuid, text, boolean, text[], integer[], text[], timestamptz[], timestamptz[], bigint[], text[]) is
  'Stores one batch of a trip history.';
alter function private.import_trips(uuid, text, boolean, text[], integer[], text[], timestamptz[], timestamptz[], bigint[], text[])
  owner to fleetflow_sys;
revoke all on function private.import_trips(uuid, text, boolean, text[], integer[], text[], timestamptz[], timestamptz[], bigint[], text[])
  from public;
