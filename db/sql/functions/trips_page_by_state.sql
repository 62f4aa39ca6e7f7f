-- What: as trips_page, of one state. A state is what time has made of the trip: a dead hold counts as expired and not as held, whether or not
--   anybody has written that down.
-- Who: list_trips_rpc, under the caller's policies. Each stored status is read in the order of an index; the keyset names the status too,
--   so that no plan, however general, prefers an index without it and reads all that is in other states.
create or replace function private.trips_page_by_state(
  fleet_id uuid, booked_by_id uuid, car_id uuid, state text, from_start timestamptz, from_id uuid, wanted integer
) returns public.trips[]
  language plpgsql stable
  set search_path = pg_catalog, public, pg_temp
  set enable_sort = off
as $$
declare
  v_stored text;
  v_rows public.trips[] := '{}';
begin
  -- What may be stored for a trip that is in this state by now.
  foreach v_stored in array array[trips_page_by_state.state] || case trips_page_by_state.state
    when 'expired' then array['held', 'requested'] when 'completed' then array['active'] else '{}' end
  loop
    v_rows := v_rows || case
      when trips_page_by_state.car_id is not null then array(
        select t from public.trips as t
         where t.car_id = trips_page_by_state.car_id and t.status = v_stored
           and (t.status, t.trip_start_date, t.id) < (v_stored, trips_page_by_state.from_start, trips_page_by_state.from_id)
           and case when trips_page_by_state.fleet_id is null then t.booked_by_id = trips_page_by_state.booked_by_id else t.fleet_id = trips_page_by_state.fleet_id end
           and (private.settled(t)).status = trips_page_by_state.state
         order by t.trip_start_date desc, t.id desc limit trips_page_by_state.wanted)
      when trips_page_by_state.fleet_id is not null then array(
        select t from public.trips as t
         where t.fleet_id = trips_page_by_state.fleet_id and t.status = v_stored
           and (t.status, t.trip_start_date, t.id) < (v_stored, trips_page_by_state.from_start, trips_page_by_state.from_id)
           and (private.settled(t)).status = trips_page_by_state.state
         order by t.trip_start_date desc, t.id desc limit trips_page_by_state.wanted)
      else array(
        select t from public.trips as t
         where t.booked_by_id = trips_page_by_state.booked_by_id and t.status = v_stored
           and (t.status, t.trip_start_date, t.id) < (v_stored, trips_page_by_state.from_start, trips_page_by_state.from_id)
           and (private.settled(t)).status = trips_page_by_state.state
         order by t.trip_start_date desc, t.id desc limit trips_page_by_state.wanted) end;
  end loop;
  if trips_page_by_state.state = 'completed' then
    -- What is no rental is confirmed until somebody writes down that its end has passed; few are, and a partial index has them.
    v_rows := v_rows || array(
      select t from public.trips as t
       where t.purpose <> 'rental' and t.status = 'confirmed'
         and (case when t.status = 'held' then t.hold_expires_at when t.status = 'requested' then t.respond_by
                   when t.purpose <> 'rental' and t.status in ('confirmed', 'active') then t.trip_end_date end) <= now()
         and case when trips_page_by_state.fleet_id is null then t.booked_by_id = trips_page_by_state.booked_by_id else t.fleet_id = trips_page_by_state.fleet_id end
         and (trips_page_by_state.car_id is null or t.car_id = trips_page_by_state.car_id)
         and (t.trip_start_date, t.id) < (trips_page_by_state.from_start, trips_page_by_state.from_id)
       order by t.trip_start_date desc, t.id desc limit trips_page_by_state.wanted);
  end if;
  return array(select r from unnest(v_rows) as r order by r.trip_start_date desc, r.id desc limit trips_page_by_state.wanted);
end
$$;

comment on function private.trips_page_by_state(uuid, uuid, uuid, text, timestamptz, uuid, integer) is 'A page of trips in one state.';
revoke all on function private.trips_page_by_state(uuid, uuid, uuid, text, timestamptz, uuid, integer) from public;
grant execute on function private.trips_page_by_state(uuid, uuid, uuid, text, timestamptz, uuid, integer) to fleetflow_fn;
