-- Unretired cars are seen by whoever sees their fleet, retired ones by the fleet's members.
alter table public.cars enable row level security;
alter table public.cars force row level security;

drop policy if exists cars_sys on public.cars;
create policy cars_sys on public.cars to fleetflow_sys using (true) with check (true);

drop policy if exists cars_read on public.cars;
create policy cars_read on public.cars for select to fleetflow_fn
  using ((retired_at is null and exists (select from public.fleets as f where f.id = cars.fleet_id))
    or fleet_id = any (array(select private.my_fleets()))
    or (select private.is_admin()));
