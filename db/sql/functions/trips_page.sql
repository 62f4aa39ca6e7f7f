-- What: the next trips before a place in the order of their starts: of a fleet, or where there is none of a renter; optionally of one car.
-- Who: list_trips_rpc, under the caller's policies.
-- The predicate is explicit beside the policy: an OR in a policy alone would not use the keyset index.
-- Pages are read in the order of an index, also while statistics are old: a sort would read everything for each page.
create or replace function private.trips_page(
  fleet_id uuid, booked_by_id uuid, car_id uuid, from_start timestamptz, from_id uuid, wanted integer
) returns public.trips[]
  language plpgsql stable
  set search_path = pg_catalog, public, pg_temp
  set enable_sort = off
as $$
begin
  if trips_page.car_id is not null then
    return array(
      select t from public.trips as t
       where t.car_id = trips_page.car_id and (t.trip_start_date, t.id) < (trips_page.from_start, trips_page.from_id)
         and case when trips_page.fleet_id is null then t.booked_by_id = trips_page.booked_by_id else t.fleet_id = trips_page.fleet_id end
       order by t.trip_start_date desc, t.id desc limit trips_page.wanted);
  elsif trips_page.fleet_id is not null then
    return array(
      select t from public.trips as t
       where t.fleet_id = trips_page.fleet_id and (t.trip_start_date, t.id) < (trips_page.from_start, trips_page.from_id)
       order by t.trip_start_date desc, t.id desc limit trips_page.wanted);
  end if;
  return array(
    select t from public.trips as t
     where t.booked_by_id = trips_page.booked_by_id and (t.trip_start_date, t.id) < (trips_page.from_start, trips_page.from_id)
     order by t.trip_start_date desc, t.id desc limit trips_page.wanted);
end
$$;

comment on function private.trips_page(uuid, uuid, uuid, timestamptz, uuid, integer) is 'A page of trips in the order of their starts.';
revoke all on function private.trips_page(uuid, uuid, uuid, timestamptz, uuid, integer) from public;
grant execute on function private.trips_page(uuid, uuid, uuid, timestamptz, uuid, integer) to fleetflow_fn;
