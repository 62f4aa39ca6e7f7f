-- What: the part of a finite period in which a fleet with these opening hours and closed days is open, by the clock of a zone; all of it for a
--   fleet without either, NULL for a period without finite bounds.
-- Who: open_ranges; rules, which have the fleet at hand.
create or replace function private.hours_within(opening_hours jsonb, closed_days date[], time_zone text, during tstzrange) returns tstzmultirange
  language plpgsql stable parallel safe
  set search_path = pg_catalog, public, pg_temp
as $$
begin
  if hours_within.opening_hours is null and cardinality(hours_within.closed_days) = 0 then
    return tstzmultirange(hours_within.during);
  end if;
  return private.open_instants(hours_within.opening_hours, hours_within.closed_days, hours_within.time_zone, hours_within.during);
end
$$;

comment on function private.hours_within(jsonb, date[], text, tstzrange) is 'The open part of a period.';
revoke all on function private.hours_within(jsonb, date[], text, tstzrange) from public;
grant execute on function private.hours_within(jsonb, date[], text, tstzrange) to fleetflow_fn, fleetflow_sys;
