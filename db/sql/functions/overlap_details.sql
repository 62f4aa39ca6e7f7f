-- What: what a refused booking is told: the blocked windows in the way (never whose) and the next start at which the car
--   is free for as long. A trip that is being moved is not in its own way.
-- Who: create_trip_rpc, modify_trip_rpc. Runs as fleetflow_sys to see other people's trips.
create or replace function private.overlap_details(
  car_id uuid, starts timestamptz, ends timestamptz, prep_minutes integer, turnaround_minutes integer,
  back_to_back boolean, except_trip_id uuid default null
) returns jsonb
  language plpgsql stable security definer
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  c_shown constant integer := 20;
  v_free timestamptz := overlap_details.starts;
  v_wanted tstzrange;
  v_conflicts jsonb := '[]';
  v_busy tstzrange;
begin
  for v_busy in
    select t.blocked
      from public.trips as t
     where t.car_id = overlap_details.car_id
       and t.blocked && tstzrange(overlap_details.starts - make_interval(mins => overlap_details.prep_minutes), null)
       and t.status in ('held', 'requested', 'confirmed', 'active', 'completed')
       and (private.settled(t)).status <> 'expired'
       and t.id is distinct from overlap_details.except_trip_id
     order by t.blocked
  loop
    v_wanted := private.blocked_range(v_free, v_free + (overlap_details.ends - overlap_details.starts),
      overlap_details.prep_minutes, overlap_details.turnaround_minutes, overlap_details.back_to_back);
    exit when v_wanted << v_busy;
    if v_wanted && v_busy then
      v_free := upper(v_busy) + make_interval(mins => overlap_details.prep_minutes);
      if upper_inc(v_busy) then
        v_free := date_trunc('minute', v_free) + interval '1 minute';
      end if;
    end if;
    if jsonb_array_length(v_conflicts) < c_shown and v_busy && private.blocked_range(overlap_details.starts, overlap_details.ends,
         overlap_details.prep_minutes, overlap_details.turnaround_minutes, overlap_details.back_to_back) then
      v_conflicts := v_conflicts || jsonb_build_object(
        'startDate', private.iso(lower(v_busy)), 'endDate', private.iso(upper(v_busy)));
    end if;
  end loop;
  return jsonb_build_object('conflicts', v_conflicts, 'nextFree', private.iso(v_free));
end
$$;

comment on function private.overlap_details(uuid, timestamptz, timestamptz, integer, integer, boolean, uuid) is
  'The windows in the way of a booking and the next free start.';
alter function private.overlap_details(uuid, timestamptz, timestamptz, integer, integer, boolean, uuid) owner to fleetflow_sys;
revoke all on function private.overlap_details(uuid, timestamptz, timestamptz, integer, integer, boolean, uuid) from public;
grant execute on function private.overlap_details(uuid, timestamptz, timestamptz, integer, integer, boolean, uuid) to fleetflow_fn;
