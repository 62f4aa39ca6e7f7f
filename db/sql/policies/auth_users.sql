-- The issuer's own role; fleetflow_sys names a user at first sight and erases them.
alter table auth.users enable row level security;
alter table auth.users force row level security;

drop policy if exists users_issuer on auth.users;
create policy users_issuer on auth.users to fleetflow_auth using (true) with check (true);

drop policy if exists users_read on auth.users;
create policy users_read on auth.users for select to fleetflow_sys using (true);

drop policy if exists users_erase on auth.users;
create policy users_erase on auth.users for delete to fleetflow_sys using (true);
