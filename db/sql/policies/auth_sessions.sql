-- The issuer's own role; fleetflow_sys sees whether a session lives.
alter table auth.sessions enable row level security;
alter table auth.sessions force row level security;

drop policy if exists sessions_issuer on auth.sessions;
create policy sessions_issuer on auth.sessions to fleetflow_auth using (true) with check (true);

drop policy if exists sessions_read on auth.sessions;
create policy sessions_read on auth.sessions for select to fleetflow_sys using (true);
