-- Changes on their way to the event log: written by triggers, moved by the relay, read by nobody else.
alter table public.outbox enable row level security;
alter table public.outbox force row level security;

drop policy if exists outbox_sys on public.outbox;
create policy outbox_sys on public.outbox to fleetflow_sys using (true) with check (true);
