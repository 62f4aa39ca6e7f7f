-- The issuer's own role; fleetflow_sys sees whether a session lives.
alter table issuer.sessions enable row level security;
alter table issuer.sessions force row level security;

drop policy if exists sessions_issuer on issuer.sessions;
create policy sessions_issuer on issuer.sessions to fleetflow_auth using (true) with check (true);

drop policy if exists sessions_read on issuer.sessions;
create policy sessions_read on issuer.sessions for select to fleetflow_sys using (true);
