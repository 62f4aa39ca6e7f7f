-- What: the ranges for which a car is taken now and that meet `during`, without saying by whom. As a booking would find them: holds and
--   requests past their limit block nothing, a car that should be back is taken until it could be turned around.
--   Holds of `renter` are not in the way of their own booking, nor are the trips in `except_ids`.
-- Who: searches, windows, refusals. Runs as fleetflow_sys: the trips are other people's.
create or replace function private.busy_ranges(car_id uuid, during tstzrange, renter uuid default null, except_ids uuid[] default '{}')
  returns setof tstzrange
  language plpgsql stable security definer
  set search_path = pg_catalog, public, pg_temp
as $$
begin
  return query
  select t.blocked
    from public.trips as t
   where t.car_id = busy_ranges.car_id and t.blocked && busy_ranges.during
     and t.status in ('held', 'requested', 'confirmed', 'active', 'completed')
     and case t.status
           when 'held' then t.hold_expires_at > now() and t.booked_by_id is distinct from busy_ranges.renter
           when 'requested' then t.respond_by > now()
           when 'active' then t.trip_end_date >= now()
           else true end
     and t.id <> all (busy_ranges.except_ids);
  if not exists (select from public.trips as t where t.car_id = busy_ranges.car_id and t.status = 'active' and t.trip_end_date < now()) then
    return;
  end if;

  return query
  select e.blocked
    from public.trips as t
   cross join lateral (select now() + make_interval(mins => t.turnaround_minutes) as until) as g
    left join lateral (
      select min(lower(x.blocked)) as starts
        from public.trips as x
       where x.car_id = t.car_id and x.id <> t.id and x.blocked && tstzrange(upper(t.blocked), greatest(upper(t.blocked), g.until), '[]')
         and x.status in ('held', 'requested', 'confirmed', 'active', 'completed')
         and case x.status when 'held' then x.hold_expires_at > now() when 'requested' then x.respond_by > now() else true end
    ) as n on true
   cross join lateral (
      select case when upper(t.blocked) >= g.until or n.starts <= upper(t.blocked) then t.blocked
                  when n.starts <= g.until then tstzrange(lower(t.blocked), n.starts, '[)')
                  else tstzrange(lower(t.blocked), g.until, case when t.back_to_back then '[)' else '[]' end) end as blocked
    ) as e
   where t.car_id = busy_ranges.car_id and t.status = 'active' and t.trip_end_date < now() and e.blocked && busy_ranges.during
     and t.id <> all (busy_ranges.except_ids);
end
$$;

comment on function private.busy_ranges(uuid, tstzrange, uuid, uuid[]) is 'The ranges for which a car is taken.';
alter function private.busy_ranges(uuid, tstzrange, uuid, uuid[]) owner to fleetflow_sys;
revoke all on function private.busy_ranges(uuid, tstzrange, uuid, uuid[]) from public;
grant execute on function private.busy_ranges(uuid, tstzrange, uuid, uuid[]) to fleetflow_fn;
