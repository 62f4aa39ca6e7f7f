-- What: what the acting user may do with a trip now, by its state, their part in it and the clock.
-- Who: refuse_trip.
create or replace function private.allowed_operations(trip public.trips) returns text[]
  language plpgsql stable
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  v_trip public.trips := private.settled(allowed_operations.trip);
  v_manages boolean := v_trip.fleet_id in (select private.my_fleets('{owner,manager}'));
  v_renter boolean := v_trip.booked_by_id = private.uid() and v_trip.purpose = 'rental';
  v_drives boolean := v_trip.fleet_id in (select private.my_fleets());
  v_rental boolean := v_trip.purpose = 'rental';
begin
  return array(
    select o.operation
      from (values
        ('held', 'create', v_renter or v_manages),
        ('held', 'cancel', v_renter or v_manages),
        ('requested', 'approve', v_manages),
        ('requested', 'decline', v_manages),
        ('requested', 'cancel', v_renter or v_manages),
        ('confirmed', 'cancel', v_manages or (v_renter and v_trip.trip_start_date > now())),
        ('confirmed', 'modify', v_renter or v_manages),
        ('confirmed', 'start', (v_renter or v_drives) and v_trip.trip_start_date - interval '30 minutes' <= now()),
        ('confirmed', 'no_show', v_manages and v_rental and v_trip.trip_start_date + interval '30 minutes' <= now()),
        ('active', 'modify', v_renter or v_manages),
        ('active', 'complete', v_renter or v_drives)
      ) as o (status, operation, allowed)
     where o.status = v_trip.status and o.allowed
     order by o.operation);
end
$$;

comment on function private.allowed_operations(public.trips) is 'What the acting user may do with a trip now.';
revoke all on function private.allowed_operations(public.trips) from public;
grant execute on function private.allowed_operations(public.trips) to fleetflow_fn;
