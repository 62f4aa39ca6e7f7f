-- The issuer's own role.
alter table issuer.accounts enable row level security;
alter table issuer.accounts force row level security;

drop policy if exists accounts_issuer on issuer.accounts;
create policy accounts_issuer on issuer.accounts to fleetflow_auth using (true) with check (true);
