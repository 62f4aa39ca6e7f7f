-- What: the first instant at which the clocks of a zone show a local time. In autumn an hour comes twice and the first one counts;
--   in spring an hour is skipped and its times are read as if the clocks had not been moved yet.
-- Who: rental_units. PostgreSQL itself reads a time that comes twice as the second one.
create or replace function private.instant_of(wall timestamp, time_zone text) returns timestamptz
  language plpgsql immutable parallel safe
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  v_later timestamptz := instant_of.wall at time zone instant_of.time_zone;
  v_earlier timestamptz := v_later - (((v_later - interval '24 hours') at time zone instant_of.time_zone + interval '24 hours')
                                      - v_later at time zone instant_of.time_zone);
begin
  return case when v_earlier at time zone instant_of.time_zone = instant_of.wall then v_earlier else v_later end;
end
$$;

comment on function private.instant_of(timestamp, text) is 'The first instant at which a zone''s clocks show a local time.';
revoke all on function private.instant_of(timestamp, text) from public;
grant execute on function private.instant_of(timestamp, text) to fleetflow_fn, fleetflow_sys;
