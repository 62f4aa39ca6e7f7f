-- What: the first starts, not before `not_before`, at which a trip of this length fits on a car; none where nothing fits within two years.
--   A rental of somebody who does not manage the fleet (`bound`) keeps the fleet's rules as well.
-- Who: next_free_rpc, searches, refusals. Runs as fleetflow_sys: the fleet's rules count also for those who cannot see it any more.
create or replace function private.next_free(
  car public.cars, length interval, not_before timestamptz, bound boolean, wanted integer,
  renter uuid default null, except_ids uuid[] default '{}'
) returns timestamptz[]
  language plpgsql stable security definer
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  c_tried constant integer := 30;
  v_fleet public.fleets;
  v_from timestamptz := next_free.not_before;
  v_days integer;
  v_during tstzrange;
  v_starts timestamptz[];
begin
  if next_free.bound then
    select f.* into v_fleet from public.fleets as f where f.id = (next_free.car).fleet_id;
    v_from := greatest(v_from, date_trunc('minute', now() + make_interval(mins => v_fleet.notice_minutes)) + interval '1 minute');
  end if;
  foreach v_days in array array[30, 180, 732] loop
    v_during := tstzrange(v_from, v_from + make_interval(days => v_days) + next_free.length, '[]');
    v_starts := private.next_starts(private.free_ranges(next_free.car, v_during, next_free.renter, next_free.except_ids),
      case when next_free.bound then private.open_ranges(v_fleet.id, (next_free.car).time_zone, v_during) else tstzmultirange(v_during) end,
      next_free.length, c_tried);
    if next_free.bound then
      v_starts := array(
        select s from unnest(v_starts) as s
         where private.start_fault(v_fleet, (next_free.car).time_zone, s, null) is null
           and private.end_fault(v_fleet, (next_free.car).time_zone, s, s + next_free.length, null) is null
         order by s limit next_free.wanted);
    end if;
    exit when cardinality(v_starts) > 0;
  end loop;
  return v_starts[1:next_free.wanted];
end
$$;

comment on function private.next_free(public.cars, interval, timestamptz, boolean, integer, uuid, uuid[]) is
  'The first starts at which a trip fits on a car.';
alter function private.next_free(public.cars, interval, timestamptz, boolean, integer, uuid, uuid[]) owner to fleetflow_sys;
revoke all on function private.next_free(public.cars, interval, timestamptz, boolean, integer, uuid, uuid[]) from public;
grant execute on function private.next_free(public.cars, interval, timestamptz, boolean, integer, uuid, uuid[]) to fleetflow_fn;
