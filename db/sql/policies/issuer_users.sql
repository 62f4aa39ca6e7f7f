-- The issuer's own role; fleetflow_sys names a user at first sight and erases them.
alter table issuer.users enable row level security;
alter table issuer.users force row level security;

drop policy if exists users_issuer on issuer.users;
create policy users_issuer on issuer.users to fleetflow_auth using (true) with check (true);

drop policy if exists users_read on issuer.users;
create policy users_read on issuer.users for select to fleetflow_sys using (true);

drop policy if exists users_erase on issuer.users;
create policy users_erase on issuer.users for delete to fleetflow_sys using (true);
