-- What: when trips of a fleet's cars in a zone may begin and end, within a finite period.
-- Who: windows and searches; once for each fleet and zone, not for each car.
create or replace function private.open_ranges(fleet_id uuid, time_zone text, during tstzrange) returns tstzmultirange
  language sql stable parallel safe
  set search_path = pg_catalog, public, pg_temp
as $$
  select private.hours_within(f.opening_hours, f.closed_days, open_ranges.time_zone, open_ranges.during)
    from public.fleets as f
   where f.id = open_ranges.fleet_id
$$;

comment on function private.open_ranges(uuid, text, tstzrange) is 'When trips of a fleet''s cars may begin and end.';
revoke all on function private.open_ranges(uuid, text, tstzrange) from public;
grant execute on function private.open_ranges(uuid, text, tstzrange) to fleetflow_fn, fleetflow_sys;
