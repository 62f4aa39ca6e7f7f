-- What: a place as a point on the surface of a ball of the Earth's mean radius, in whole millimetres. Straight lines between such points
--   order places as great circles do, everywhere.
-- Who: the indexes of `cars` by place, and near_cars.
create or replace function private.place_point(lat_microdegrees integer, lng_microdegrees integer) returns public.cube
  language sql immutable strict parallel safe
  set search_path = pg_catalog, public, pg_temp
as $$
  select public.cube(array[
      round(6371008771 * cosd(place_point.lat_microdegrees / 1e6::float8) * cosd(place_point.lng_microdegrees / 1e6::float8)),
      round(6371008771 * cosd(place_point.lat_microdegrees / 1e6::float8) * sind(place_point.lng_microdegrees / 1e6::float8)),
      round(6371008771 * sind(place_point.lat_microdegrees / 1e6::float8))])
$$;

comment on function private.place_point(integer, integer) is 'A place as a point on the surface of a ball.';
revoke all on function private.place_point(integer, integer) from public;
grant execute on function private.place_point(integer, integer) to fleetflow_owner, fleetflow_fn, fleetflow_sys;
