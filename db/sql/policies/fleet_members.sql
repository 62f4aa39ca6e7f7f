-- Members see each other.
alter table public.fleet_members enable row level security;
alter table public.fleet_members force row level security;

drop policy if exists fleet_members_sys on public.fleet_members;
create policy fleet_members_sys on public.fleet_members to fleetflow_sys using (true) with check (true);

drop policy if exists fleet_members_read on public.fleet_members;
create policy fleet_members_read on public.fleet_members for select to fleetflow_fn
  using (fleet_id = any (array(select private.my_fleets())) or (select private.is_admin()));
