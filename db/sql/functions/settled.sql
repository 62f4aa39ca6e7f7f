-- What: a trip as time has left it. A hold and a request past their limit have expired, what is no rental is completed at its end,
--   whether or not anybody has written that down yet; the row that is written later is this one.
-- Who: everything that shows a trip or judges its state.
create or replace function private.settled(trip public.trips) returns public.trips
  language plpgsql stable parallel safe
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  v_trip public.trips := settled.trip;
  v_limit timestamptz := private.runs_out_at(v_trip);
begin
  if v_limit <= now() then
    if v_trip.status in ('held', 'requested') then
      v_trip.status := 'expired';
    else
      v_trip.status := 'completed';
      v_trip.returned_at := v_trip.trip_end_date;
    end if;
    v_trip.version := v_trip.version + 1;
    v_trip.updated_at := v_limit;
  end if;
  return v_trip;
end
$$;

comment on function private.settled(public.trips) is 'A trip as time has left it.';
revoke all on function private.settled(public.trips) from public;
grant execute on function private.settled(public.trips) to fleetflow_fn, fleetflow_sys;
