-- Who sees a fleet sees its classes; its owners and managers add to them.
alter table public.car_classes enable row level security;
alter table public.car_classes force row level security;

drop policy if exists car_classes_sys on public.car_classes;
create policy car_classes_sys on public.car_classes to fleetflow_sys using (true) with check (true);

drop policy if exists car_classes_read on public.car_classes;
create policy car_classes_read on public.car_classes for select to fleetflow_fn
  using (exists (select from public.fleets as f where f.id = car_classes.fleet_id));

drop policy if exists car_classes_add on public.car_classes;
create policy car_classes_add on public.car_classes for insert to fleetflow_fn
  with check (fleet_id = any (array(select private.my_fleets('{owner,manager}'))));
