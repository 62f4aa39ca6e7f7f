-- What: what differs from a plan's moves now: [{"tripId", "change"}], where change is NEW (in the way, not in the plan), GONE (in the plan, no longer
--   in the way), CHANGED (another version; begun; not to be moved) or TARGET_TAKEN (its target is not free, has another class or fleet or is
--   retired). Empty when the plan still fits.
-- Who: block_car, under the locks of all the cars. Runs as fleetflow_sys, for a fleet that the caller manages.
create or replace function private.plan_changes(car public.cars, starts timestamptz, ends timestamptz, moves jsonb) returns jsonb
  language sql stable security definer
  set search_path = pg_catalog, public, pg_temp
as $$
  with moves as (
    select (m.move ->> 'tripId')::uuid as trip_id, (m.move ->> 'version')::integer as version, (m.move ->> 'carId')::uuid as car_id
      from jsonb_array_elements(plan_changes.moves) as m (move)
  ), present as (
    select t.* from private.trips_in_the_way(plan_changes.car, plan_changes.starts, plan_changes.ends) as t
  ), found as (
    select m.trip_id, t.trip_start_date as starts_at, c.id as target_id, case
             when t.id is null then 'GONE'
             when t.version <> m.version or t.status not in ('held', 'requested', 'confirmed') or t.purpose <> 'rental'
               or t.fleet_id <> (plan_changes.car).fleet_id then 'CHANGED'
             when c.id is null or not private.is_free(c, t.trip_start_date, t.trip_end_date) then 'TARGET_TAKEN' end as change,
           private.blocked_range(t.trip_start_date, t.trip_end_date, c.prep_minutes, c.turnaround_minutes, c.back_to_back) as wanted
      from moves as m
      left join present as t on t.id = m.trip_id
      left join public.cars as c on c.id = m.car_id and c.id <> (plan_changes.car).id and c.retired_at is null
       and c.fleet_id = (plan_changes.car).fleet_id and c.car_class_id = (plan_changes.car).car_class_id
  ), changes as (
    select f.trip_id, f.change, f.starts_at from found as f where f.change is not null
    union all
    select f.trip_id, 'TARGET_TAKEN', f.starts_at from found as f
     where f.change is null and exists (
       select from found as o where o.change is null and o.trip_id <> f.trip_id and o.target_id = f.target_id and o.wanted && f.wanted)
    union all
    select t.id, 'NEW', t.trip_start_date from present as t where t.id not in (select m.trip_id from moves as m)
  )
  select coalesce(jsonb_agg(jsonb_build_object('tripId', h.trip_id, 'change', h.change) order by h.starts_at, h.trip_id), '[]') from changes as h
$$;

comment on function private.plan_changes(public.cars, timestamptz, timestamptz, jsonb) is 'What differs from a plan now.';
alter function private.plan_changes(public.cars, timestamptz, timestamptz, jsonb) owner to fleetflow_sys;
revoke all on function private.plan_changes(public.cars, timestamptz, timestamptz, jsonb) from public;
grant execute on function private.plan_changes(public.cars, timestamptz, timestamptz, jsonb) to fleetflow_fn;
