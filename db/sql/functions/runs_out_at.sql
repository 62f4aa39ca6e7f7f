-- What: when time alone ends a trip's present state: the limit of a hold or a request, the end of what is no rental; NULL for all else.
--   The same expression is that of the indexes trips_runs_out_idx and trips_car_id_runs_out_idx, and is written out where they are used.
-- Who: functions that judge a trip's state.
create or replace function private.runs_out_at(trip public.trips) returns timestamptz
  language plpgsql immutable parallel safe
  set search_path = pg_catalog, public, pg_temp
as $$
begin
  return case when (runs_out_at.trip).status = 'held' then (runs_out_at.trip).hold_expires_at
              when (runs_out_at.trip).status = 'requested' then (runs_out_at.trip).respond_by
              when (runs_out_at.trip).purpose <> 'rental' and (runs_out_at.trip).status in ('confirmed', 'active')
                then (runs_out_at.trip).trip_end_date end;
end
$$;

comment on function private.runs_out_at(public.trips) is 'When time alone ends a trip''s present state.';
revoke all on function private.runs_out_at(public.trips) from public;
grant execute on function private.runs_out_at(public.trips) to fleetflow_fn, fleetflow_sys;
