-- The issuer's own role.
alter table auth.jwks enable row level security;
alter table auth.jwks force row level security;

drop policy if exists jwks_issuer on auth.jwks;
create policy jwks_issuer on auth.jwks to fleetflow_auth using (true) with check (true);
