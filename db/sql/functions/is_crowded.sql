-- What: whether at some instant of a period every one of some cars is on a trip. Then no exchange of cars can make room for one more,
--   however long.
-- Who: plan_moves, before it tries any. Runs as fleetflow_sys: trips are other people's.
create or replace function private.is_crowded(car_ids uuid[], starts timestamptz, ends timestamptz) returns boolean
  language sql stable
  set search_path = pg_catalog, public, pg_temp
as $$
  select not isempty(range_intersect_agg(c.busy))
    from (
      select coalesce(range_agg(tstzrange(s.starts, s.ends)) filter (where s.trip_id is not null) * tstzmultirange(tstzrange(is_crowded.starts, is_crowded.ends)), '{}') as busy
        from unnest(is_crowded.car_ids) as car (id)
        left join private.class_schedule(is_crowded.car_ids, tstzrange(is_crowded.starts, is_crowded.ends)) as s on s.car_id = car.id
       group by car.id
    ) as c
$$;

comment on function private.is_crowded(uuid[], timestamptz, timestamptz) is 'Whether at some instant every one of some cars is on a trip.';
revoke all on function private.is_crowded(uuid[], timestamptz, timestamptz) from public;
grant execute on function private.is_crowded(uuid[], timestamptz, timestamptz) to fleetflow_sys;
