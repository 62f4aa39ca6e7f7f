-- What: where a rental of so many minutes ends: whole days by the wall clock of the zone, as days are priced, and the rest in real time.
--   A limit of one day lets Saturday 10:00 to Sunday 10:00 pass, whether the clocks are changed in between or not.
-- Who: rule_fault.
create or replace function private.end_after(starts timestamptz, minutes integer, time_zone text) returns timestamptz
  language plpgsql immutable parallel safe
  set search_path = pg_catalog, public, pg_temp
as $$
begin
  return make_interval(mins => end_after.minutes % 1440)
           + case when end_after.minutes < 1440 then end_after.starts
                  else private.instant_of(end_after.starts at time zone end_after.time_zone + make_interval(days => end_after.minutes / 1440), end_after.time_zone) end;
end
$$;

comment on function private.end_after(timestamptz, integer, text) is 'Where a rental of so many minutes ends.';
revoke all on function private.end_after(timestamptz, integer, text) from public;
grant execute on function private.end_after(timestamptz, integer, text) to fleetflow_fn, fleetflow_sys;
