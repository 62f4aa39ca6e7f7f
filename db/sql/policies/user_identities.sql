-- Only private.enter reads and writes identities.
alter table public.user_identities enable row level security;
alter table public.user_identities force row level security;

drop policy if exists user_identities_sys on public.user_identities;
create policy user_identities_sys on public.user_identities to fleetflow_sys using (true) with check (true);
