-- The issuer's own role.
alter table issuer.jwks enable row level security;
alter table issuer.jwks force row level security;

drop policy if exists jwks_issuer on issuer.jwks;
create policy jwks_issuer on issuer.jwks to fleetflow_auth using (true) with check (true);
