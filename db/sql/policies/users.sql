-- A person sees their own row; admins see all.
alter table public.users enable row level security;
alter table public.users force row level security;

drop policy if exists users_sys on public.users;
create policy users_sys on public.users to fleetflow_sys using (true) with check (true);

drop policy if exists users_read on public.users;
create policy users_read on public.users for select to fleetflow_fn
  using (id = (select private.uid()) or (select private.is_admin()));
