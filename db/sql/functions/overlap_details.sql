-- What: what a refused booking is told of its car: the blocked windows in the way (never whose) and the next starts at which the car is free for
--   as long. `detail` is refuse_overlap's; `bound` says whether the fleet's rules bind the caller. A trip that is being moved is not in its own way.
-- Who: enrich_refusal. Runs as fleetflow_sys: the caller may no longer see the car of their trip.
create or replace function private.overlap_details(detail jsonb, bound boolean, renter uuid) returns jsonb
  language plpgsql stable security definer
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  c_windows constant integer := 20;
  c_starts constant integer := 3;
  v_start timestamptz := (detail ->> 'startDate')::timestamptz;
  v_end timestamptz := (detail ->> 'endDate')::timestamptz;
  v_except uuid[] := array(select jsonb_array_elements_text(detail -> 'exceptTripIds')::uuid where jsonb_typeof(detail -> 'exceptTripIds') = 'array')
    || coalesce((detail ->> 'exceptTripId')::uuid, '00000000-0000-0000-0000-000000000000');
  v_car public.cars;
  v_starts timestamptz[];
begin
  select c.* into v_car from public.cars as c where c.id = (detail ->> 'carId')::uuid;
  v_car.prep_minutes := coalesce((detail ->> 'prepMinutes')::integer, v_car.prep_minutes);
  v_car.turnaround_minutes := coalesce((detail ->> 'turnaroundMinutes')::integer, v_car.turnaround_minutes);
  v_car.back_to_back := coalesce((detail ->> 'backToBack')::boolean, v_car.back_to_back);
  v_starts := private.next_free(v_car, v_end - v_start, v_start, overlap_details.bound, c_starts, overlap_details.renter, v_except);
  return jsonb_build_object(
    'conflicts', (
      select coalesce(jsonb_agg(jsonb_build_object('startDate', private.iso(lower(w.b)), 'endDate', private.iso(upper(w.b))) order by w.b), '[]')
        from (select b from private.busy_ranges(v_car.id, private.blocked_range(v_start, v_end, v_car.prep_minutes, v_car.turnaround_minutes,
                v_car.back_to_back), overlap_details.renter, v_except) as b order by b limit c_windows) as w),
    'nextFree', private.iso(v_starts[1]),
    'nextStarts', (select coalesce(jsonb_agg(private.iso(s) order by s), '[]') from unnest(v_starts) as s));
end
$$;

comment on function private.overlap_details(jsonb, boolean, uuid) is 'The windows in the way of a booking and the next free starts.';
alter function private.overlap_details(jsonb, boolean, uuid) owner to fleetflow_sys;
revoke all on function private.overlap_details(jsonb, boolean, uuid) from public;
grant execute on function private.overlap_details(jsonb, boolean, uuid) to fleetflow_fn;
