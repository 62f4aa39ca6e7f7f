-- A fleet's invitations are its owners'; administrators read them. An API key sees none, and whoever accepts one does so without reading it.
alter table public.invitations enable row level security;
alter table public.invitations force row level security;

drop policy if exists invitations_sys on public.invitations;
create policy invitations_sys on public.invitations to fleetflow_sys using (true) with check (true);

drop policy if exists invitations_read on public.invitations;
create policy invitations_read on public.invitations for select to fleetflow_fn
  using ((select private.key_fleet()) is null
    and (fleet_id = any (array(select private.my_fleets('{owner}'))) or (select private.is_admin())));

drop policy if exists invitations_add on public.invitations;
create policy invitations_add on public.invitations for insert to fleetflow_fn
  with check ((select private.key_fleet()) is null
    and fleet_id = any (array(select private.my_fleets('{owner}'))) and invited_by = (select private.uid()));

drop policy if exists invitations_revoke on public.invitations;
create policy invitations_revoke on public.invitations for update to fleetflow_fn
  using ((select private.key_fleet()) is null and fleet_id = any (array(select private.my_fleets('{owner}'))))
  with check ((select private.key_fleet()) is null and fleet_id = any (array(select private.my_fleets('{owner}'))));
