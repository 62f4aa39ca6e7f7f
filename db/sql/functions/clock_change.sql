-- What: the first instant after `since` and up to `until` at which the clocks of a zone are changed; NULL if there is none.
-- Who: open_instants. Looks at one instant every 24 hours, then halves the day in which the offset from UTC is another one.
create or replace function private.clock_change(time_zone text, since timestamptz, until timestamptz) returns timestamptz
  language plpgsql immutable parallel safe
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  v_offset interval := since at time zone clock_change.time_zone - since at time zone 'UTC';
  v_after timestamptz;
  v_before timestamptz;
  v_middle timestamptz;
begin
  select min(g.instant) into v_after
    from generate_series(clock_change.since, clock_change.until + interval '24 hours', interval '24 hours') as g (instant)
   where g.instant at time zone clock_change.time_zone - g.instant at time zone 'UTC' <> v_offset;
  if v_after is null then
    return null;
  end if;
  v_before := v_after - interval '24 hours';
  while v_after - v_before > interval '1 second' loop
    v_middle := v_before + (v_after - v_before) / 2;
    if v_middle at time zone clock_change.time_zone - v_middle at time zone 'UTC' = v_offset then
      v_before := v_middle;
    else
      v_after := v_middle;
    end if;
  end loop;
  v_after := date_trunc('second', v_after);
  return case when v_after <= clock_change.until then v_after end;
end
$$;

comment on function private.clock_change(text, timestamptz, timestamptz) is 'The next instant at which the clocks of a zone are changed.';
revoke all on function private.clock_change(text, timestamptz, timestamptz) from public;
grant execute on function private.clock_change(text, timestamptz, timestamptz) to fleetflow_fn, fleetflow_sys;
