-- What: the great-circle distance between two places in whole metres, on a ball of the Earth's mean radius (haversine).
-- Who: searches.
create or replace function private.metres_between(
  lat_microdegrees integer, lng_microdegrees integer, other_lat_microdegrees integer, other_lng_microdegrees integer
) returns integer
  language plpgsql immutable strict parallel safe
  set search_path = pg_catalog, public, pg_temp
as $$
begin
  return round(2 * 6371008.771 * asin(least(1, sqrt(
      power(sind((other_lat_microdegrees::float8 - lat_microdegrees) / 2e6), 2)
    + cosd(lat_microdegrees / 1e6::float8) * cosd(other_lat_microdegrees / 1e6::float8)
      * power(sind((other_lng_microdegrees::float8 - lng_microdegrees) / 2e6), 2)))))::integer;
end
$$;

comment on function private.metres_between(integer, integer, integer, integer) is 'The great-circle distance between two places in metres.';
revoke all on function private.metres_between(integer, integer, integer, integer) from public;
grant execute on function private.metres_between(integer, integer, integer, integer) to fleetflow_fn, fleetflow_sys;
