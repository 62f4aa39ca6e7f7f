-- What: when a fleet is open by the clock on its wall, from the first to the last day given: opening hours (NULL: all day, every day) less closed days.
--   Hours that run past midnight belong to the day on which they begin; a closed day has no hours, and nothing runs into it.
-- Who: open_instants.
create or replace function private.open_walls(hours jsonb, closed_days date[], first_day date, last_day date) returns tsmultirange
  language sql immutable parallel safe
  set search_path = pg_catalog, public, pg_temp
as $$
  select coalesce(range_agg(tsrange(d.day + o.opens, d.day + o.closes + case when o.closes <= o.opens then interval '24 hours' else interval '0' end, '[]')),
                  '{}'::tsmultirange)
         - coalesce((select range_agg(tsrange(c.day, c.day + 1, '()')) from unnest(open_walls.closed_days) as c (day)
                      where c.day between open_walls.first_day and open_walls.last_day), '{}'::tsmultirange)
    from (select open_walls.first_day - 1 + n as day from generate_series(0, open_walls.last_day - open_walls.first_day + 1) as n) as d
   cross join lateral (
     select time '00:00' as opens, time '24:00' as closes where open_walls.hours is null
     union all
     select (h.pair ->> 0)::time, (h.pair ->> 1)::time
       from jsonb_array_elements(open_walls.hours -> (array['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'])[extract(isodow from d.day)::integer]) as h (pair)
   ) as o
   where d.day <> all (open_walls.closed_days)
$$;

comment on function private.open_walls(jsonb, date[], date, date) is 'When a fleet is open, by the clock on its wall.';
revoke all on function private.open_walls(jsonb, date[], date, date) from public;
grant execute on function private.open_walls(jsonb, date[], date, date) to fleetflow_fn, fleetflow_sys;
