-- What: the range for which a trip takes its car when it is kept until `until`: no further than the next trip, and then open at its end
--   (`cut` on the trip says so).
-- Who: functions that grow or shrink a trip, with what private.next_bound answered.
create or replace function private.kept_until(trip public.trips, until timestamptz, next_bound timestamptz) returns tstzrange
  language sql immutable parallel safe
  set search_path = pg_catalog, public, pg_temp
as $$
  select case when kept_until.next_bound <= kept_until.until then tstzrange(lower((kept_until.trip).blocked), kept_until.next_bound, '[)')
              else tstzrange(lower((kept_until.trip).blocked), kept_until.until,
                             case when (kept_until.trip).back_to_back then '[)' else '[]' end) end
$$;

comment on function private.kept_until(public.trips, timestamptz, timestamptz) is 'What a trip takes of its car when it is kept until then.';
revoke all on function private.kept_until(public.trips, timestamptz, timestamptz) from public;
grant execute on function private.kept_until(public.trips, timestamptz, timestamptz) to fleetflow_fn, fleetflow_sys;
