-- The issuer's own role.
alter table issuer.verifications enable row level security;
alter table issuer.verifications force row level security;

drop policy if exists verifications_issuer on issuer.verifications;
create policy verifications_issuer on issuer.verifications to fleetflow_auth using (true) with check (true);
