-- What: refuses a period that another trip has. What is in the way and what else can be had is added by enrich_refusal,
--   after the car's lock is gone.
-- Who: every function that books or moves a trip. Raises: TRIP_OVERLAP (conflicts, nextFree).
create or replace function private.refuse_overlap(
  car_id uuid, starts timestamptz, ends timestamptz, prep_minutes integer, turnaround_minutes integer,
  back_to_back boolean, except_trip_id uuid default null, except_trip_ids uuid[] default '{}'
) returns void
  language plpgsql immutable
  set search_path = pg_catalog, public, pg_temp
as $$
begin
  raise exception using errcode = 'FF001', message = 'TRIP_OVERLAP', detail = jsonb_build_object(
    'carId', refuse_overlap.car_id, 'startDate', refuse_overlap.starts, 'endDate', refuse_overlap.ends,
    'prepMinutes', refuse_overlap.prep_minutes, 'turnaroundMinutes', refuse_overlap.turnaround_minutes,
    'backToBack', refuse_overlap.back_to_back, 'exceptTripId', refuse_overlap.except_trip_id,
    'exceptTripIds', refuse_overlap.except_trip_ids);
end
$$;

comment on function private.refuse_overlap(uuid, timestamptz, timestamptz, integer, integer, boolean, uuid, uuid[]) is
  'Refuses a period that another trip has.';
revoke all on function private.refuse_overlap(uuid, timestamptz, timestamptz, integer, integer, boolean, uuid, uuid[]) from public;
grant execute on function private.refuse_overlap(uuid, timestamptz, timestamptz, integer, integer, boolean, uuid, uuid[]) to fleetflow_fn, fleetflow_sys;
