-- What: the instants of a finite period at which the clocks of a zone show an opening time: an hour that comes twice is open twice, one that
--   is skipped never comes. Opening and closing time are both open. NULL for a period without finite bounds.
-- Who: open_ranges. One turn for every stretch between two clock changes, in which walls and instants differ by a constant.
create or replace function private.open_instants(hours jsonb, closed_days date[], time_zone text, during tstzrange) returns tstzmultirange
  language plpgsql immutable parallel safe
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  v_from timestamptz := lower(during);
  v_until timestamptz := upper(during);
  v_change timestamptz;
  v_walls tsmultirange;
  v_open tstzmultirange := '{}';
begin
  if v_from is null or v_until is null or not isfinite(v_from) or not isfinite(v_until) then
    return null;
  end if;
  v_walls := private.open_walls(open_instants.hours, open_instants.closed_days,
    (v_from at time zone open_instants.time_zone)::date - 1, (v_until at time zone open_instants.time_zone)::date + 1);
  loop
    v_change := private.clock_change(open_instants.time_zone, v_from, v_until);
    v_open := v_open + coalesce((
      select range_agg(tstzrange((lower(w.wall) - s.shift) at time zone 'UTC', (upper(w.wall) - s.shift) at time zone 'UTC',
                                 case when lower_inc(w.wall) then '[' else '(' end || case when upper_inc(w.wall) then ']' else ')' end)
                       * tstzrange(v_from, coalesce(v_change, v_until), case when v_change is null then '[]' else '[)' end))
        from (select v_from at time zone open_instants.time_zone - v_from at time zone 'UTC' as shift) as s
       cross join unnest(v_walls) as w (wall)), '{}');
    exit when v_change is null;
    v_from := v_change;
  end loop;
  return v_open * tstzmultirange(during);
end
$$;

comment on function private.open_instants(jsonb, date[], text, tstzrange) is 'The instants at which the clocks of a zone show an opening time.';
revoke all on function private.open_instants(jsonb, date[], text, tstzrange) from public;
grant execute on function private.open_instants(jsonb, date[], text, tstzrange) to fleetflow_fn, fleetflow_sys;
