-- What: the first starts at which a trip of this length fits, one for each stretch of time in which it could begin: `free` is when a trip could
--   be (free_ranges), `open` when it may begin and end.
-- Who: next_free.
create or replace function private.next_starts(free tstzmultirange, open tstzmultirange, length interval, wanted integer) returns timestamptz[]
  language plpgsql immutable parallel safe
  set search_path = pg_catalog, public, pg_temp
as $$
begin
  return array(
    select s.starts
      from unnest(
        (select coalesce(range_agg(tstzrange(lower(f), upper(f) - next_starts.length,
                  case when lower_inc(f) then '[' else '(' end || case when upper_inc(f) then ']' else ')' end)), '{}')
           from unnest(next_starts.free) as f where lower(f) <= upper(f) - next_starts.length)
        * next_starts.open
        * (select coalesce(range_agg(tstzrange(lower(o) - next_starts.length, upper(o) - next_starts.length,
                    case when lower_inc(o) then '[' else '(' end || case when upper_inc(o) then ']' else ')' end)), '{}')
             from unnest(next_starts.open) as o)) as r
     cross join lateral private.minute_after(r) as s (starts)
     where s.starts is not null
     order by s.starts limit next_starts.wanted);
end
$$;

comment on function private.next_starts(tstzmultirange, tstzmultirange, interval, integer) is 'The first starts at which a trip fits.';
revoke all on function private.next_starts(tstzmultirange, tstzmultirange, interval, integer) from public;
grant execute on function private.next_starts(tstzmultirange, tstzmultirange, interval, integer) to fleetflow_fn, fleetflow_sys;
