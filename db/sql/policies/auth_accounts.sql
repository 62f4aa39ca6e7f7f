-- The issuer's own role.
alter table auth.accounts enable row level security;
alter table auth.accounts force row level security;

drop policy if exists accounts_issuer on auth.accounts;
create policy accounts_issuer on auth.accounts to fleetflow_auth using (true) with check (true);
