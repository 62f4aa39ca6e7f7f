-- What: by how much a rental's price moves when its times do, by the rates of its booking; 0 for anything that has no price.
-- Who: modify_trip_rpc, for a trip that the caller may change. Runs as fleetflow_sys: the renter may no longer see the car.
create or replace function private.price_change(trip public.trips, starts timestamptz, ends timestamptz) returns bigint
  language sql stable security definer
  set search_path = pg_catalog, public, pg_temp
as $$
  select coalesce((
    select (select sum(l.amount) from private.price_lines(p, c.time_zone, price_change.starts, price_change.ends) as l)
         - (select sum(l.amount)
              from private.price_lines(p, c.time_zone, (price_change.trip).trip_start_date, (price_change.trip).trip_end_date) as l)
      from public.rate_plans as p, public.cars as c
     where p.id = (price_change.trip).rate_plan_id and c.id = (price_change.trip).car_id), 0)
$$;

comment on function private.price_change(public.trips, timestamptz, timestamptz) is 'By how much a rental''s price moves with its times.';
alter function private.price_change(public.trips, timestamptz, timestamptz) owner to fleetflow_sys;
revoke all on function private.price_change(public.trips, timestamptz, timestamptz) from public;
grant execute on function private.price_change(public.trips, timestamptz, timestamptz) to fleetflow_fn;
