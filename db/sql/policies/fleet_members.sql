-- Members see each other; owners change roles and take people out, everybody leaves. Nobody is let in by hand: private.open_fleet and
-- private.take_invitation do.
alter table public.fleet_members enable row level security;
alter table public.fleet_members force row level security;

drop policy if exists fleet_members_sys on public.fleet_members;
create policy fleet_members_sys on public.fleet_members to fleetflow_sys using (true) with check (true);

drop policy if exists fleet_members_read on public.fleet_members;
create policy fleet_members_read on public.fleet_members for select to fleetflow_fn
  using (fleet_id = any (array(select private.my_fleets())) or (select private.is_admin()));

drop policy if exists fleet_members_change on public.fleet_members;
create policy fleet_members_change on public.fleet_members for update to fleetflow_fn
  using (fleet_id = any (array(select private.my_fleets('{owner}'))))
  with check (fleet_id = any (array(select private.my_fleets('{owner}'))));

drop policy if exists fleet_members_remove on public.fleet_members;
create policy fleet_members_remove on public.fleet_members for delete to fleetflow_fn
  using (fleet_id = any (array(select private.my_fleets('{owner}'))) or user_id = (select private.uid()));
