-- A trip is seen by its renter and its fleet's members; written by its renter and by owners and managers, and by drivers where they hand the
-- car over or take it back. What an API key booked is seen by it in its fleet alone.
alter table public.trips enable row level security;
alter table public.trips force row level security;

drop policy if exists trips_sys on public.trips;
create policy trips_sys on public.trips to fleetflow_sys using (true) with check (true);

drop policy if exists trips_read on public.trips;
create policy trips_read on public.trips for select to fleetflow_fn
  using ((booked_by_id = (select private.uid()) and fleet_id = coalesce((select private.key_fleet()), fleet_id))
    or fleet_id = any (array(select private.my_fleets()))
    or (select private.is_admin()));

drop policy if exists trips_book on public.trips;
create policy trips_book on public.trips for insert to fleetflow_fn
  with check (private.may_book(fleet_id, booked_by_id, purpose));

drop policy if exists trips_change on public.trips;
create policy trips_change on public.trips for update to fleetflow_fn
  using ((booked_by_id = (select private.uid()) and fleet_id = coalesce((select private.key_fleet()), fleet_id) and purpose = 'rental')
    or fleet_id = any (array(select private.my_fleets('{owner,manager}')))
    or ((select current_setting('fleetflow.operation', true)) in ('trips.start', 'trips.complete') and fleet_id = any (array(select private.my_fleets()))))
  with check ((booked_by_id = (select private.uid()) and fleet_id = coalesce((select private.key_fleet()), fleet_id) and purpose = 'rental')
    or fleet_id = any (array(select private.my_fleets('{owner,manager}')))
    or ((select current_setting('fleetflow.operation', true)) in ('trips.start', 'trips.complete') and fleet_id = any (array(select private.my_fleets()))));
