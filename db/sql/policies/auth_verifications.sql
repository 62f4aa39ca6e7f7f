-- The issuer's own role.
alter table auth.verifications enable row level security;
alter table auth.verifications force row level security;

drop policy if exists verifications_issuer on auth.verifications;
create policy verifications_issuer on auth.verifications to fleetflow_auth using (true) with check (true);
