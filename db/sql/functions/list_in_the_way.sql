-- What: the trips in the way of a block as its rehearsal lists them, each with the car that `targets` ({"<trip id>": "<car id>"}) has for it.
-- Who: block_car and plan_block. Runs as fleetflow_sys, for a fleet that the caller manages.
create or replace function private.list_in_the_way(car public.cars, starts timestamptz, ends timestamptz, targets jsonb) returns jsonb
  language sql stable security definer
  set search_path = pg_catalog, public, pg_temp
as $$
  select coalesce(jsonb_agg(jsonb_build_object('tripId', t.id, 'version', t.version, 'status', t.status, 'purpose', t.purpose,
           'startDate', private.iso(t.trip_start_date), 'endDate', private.iso(t.trip_end_date), 'pinned', t.pinned,
           'targetCarId', list_in_the_way.targets ->> t.id::text) order by t.trip_start_date), '[]')
    from private.trips_in_the_way(list_in_the_way.car, list_in_the_way.starts, list_in_the_way.ends) as t
$$;

comment on function private.list_in_the_way(public.cars, timestamptz, timestamptz, jsonb) is 'The trips in the way of a block.';
alter function private.list_in_the_way(public.cars, timestamptz, timestamptz, jsonb) owner to fleetflow_sys;
revoke all on function private.list_in_the_way(public.cars, timestamptz, timestamptz, jsonb) from public;
grant execute on function private.list_in_the_way(public.cars, timestamptz, timestamptz, jsonb) to fleetflow_fn;
