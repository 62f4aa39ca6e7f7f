-- The event log is read through functions that know who may see what.
alter table public.event_log enable row level security;
alter table public.event_log force row level security;

drop policy if exists event_log_sys on public.event_log;
create policy event_log_sys on public.event_log to fleetflow_sys using (true) with check (true);
