-- Only private.assign_driver reads and writes who drives when: a driver's trips may belong to several fleets.
alter table public.driver_assignments enable row level security;
alter table public.driver_assignments force row level security;

drop policy if exists driver_assignments_sys on public.driver_assignments;
create policy driver_assignments_sys on public.driver_assignments to fleetflow_sys using (true) with check (true);
