-- Unretired cars are seen by whoever sees their fleet, retired ones by the fleet's members; owners and managers add and change them.
alter table public.cars enable row level security;
alter table public.cars force row level security;

drop policy if exists cars_sys on public.cars;
create policy cars_sys on public.cars to fleetflow_sys using (true) with check (true);

drop policy if exists cars_read on public.cars;
create policy cars_read on public.cars for select to fleetflow_fn
  using ((retired_at is null and exists (select from public.fleets as f where f.id = cars.fleet_id))
    or fleet_id = any (array(select private.my_fleets()))
    or (select private.is_admin()));

drop policy if exists cars_add on public.cars;
create policy cars_add on public.cars for insert to fleetflow_fn
  with check (fleet_id = any (array(select private.my_fleets('{owner,manager}'))));

drop policy if exists cars_change on public.cars;
create policy cars_change on public.cars for update to fleetflow_fn
  using (fleet_id = any (array(select private.my_fleets('{owner,manager}'))))
  with check (fleet_id = any (array(select private.my_fleets('{owner,manager}'))));
