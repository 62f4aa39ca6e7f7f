-- What: the live holds of a renter that stand in the way of their own booking, the earliest first: they are not in its way.
-- Who: create_trip, under the car's lock (dead holds are gone by then) and the caller's policies.
create or replace function private.own_holds(car public.cars, renter uuid, starts timestamptz, ends timestamptz) returns public.trips[]
  language plpgsql stable
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  v_holds public.trips[];
  v_blocked tstzrange := private.blocked_range(own_holds.starts, own_holds.ends,
    (own_holds.car).prep_minutes, (own_holds.car).turnaround_minutes, (own_holds.car).back_to_back);
begin
  select array_agg(t order by t.trip_start_date, t.id) into v_holds
    from public.trips as t
   where t.car_id = (own_holds.car).id and t.status = 'held' and t.booked_by_id = own_holds.renter and t.blocked && v_blocked;
  return coalesce(v_holds, '{}');
end
$$;

comment on function private.own_holds(public.cars, uuid, timestamptz, timestamptz) is 'The live holds of a renter in the way of their own booking.';
revoke all on function private.own_holds(public.cars, uuid, timestamptz, timestamptz) from public;
grant execute on function private.own_holds(public.cars, uuid, timestamptz, timestamptz) to fleetflow_fn;
