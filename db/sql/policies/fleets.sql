-- Public fleets are seen by every signed-in user, the others by their members; owners and managers set their rules.
-- For an API key there is no fleet but its own.
alter table public.fleets enable row level security;
alter table public.fleets force row level security;

drop policy if exists fleets_sys on public.fleets;
create policy fleets_sys on public.fleets to fleetflow_sys using (true) with check (true);

drop policy if exists fleets_read on public.fleets;
create policy fleets_read on public.fleets for select to fleetflow_fn
  using (id = coalesce((select private.key_fleet()), id)
    and ((visibility = 'public' and (select private.uid()) is not null)
      or id = any (array(select private.my_fleets()))
      or (select private.is_admin())));

drop policy if exists fleets_change on public.fleets;
create policy fleets_change on public.fleets for update to fleetflow_fn
  using (id = any (array(select private.my_fleets('{owner,manager}'))))
  with check (id = any (array(select private.my_fleets('{owner,manager}'))));
