-- A person sees and names themselves; admins see all. Suspension and erasure are written by helpers that do nothing else.
alter table public.users enable row level security;
alter table public.users force row level security;

drop policy if exists users_sys on public.users;
create policy users_sys on public.users to fleetflow_sys using (true) with check (true);

drop policy if exists users_read on public.users;
create policy users_read on public.users for select to fleetflow_fn
  using (id = (select private.uid()) or (select private.is_admin()));

drop policy if exists users_change on public.users;
create policy users_change on public.users for update to fleetflow_fn
  using (id = (select private.uid()) and (select private.key_fleet()) is null)
  with check (id = (select private.uid()) and (select private.key_fleet()) is null);
