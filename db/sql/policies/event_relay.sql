-- Only the relay knows how far it has come.
alter table public.event_relay enable row level security;
alter table public.event_relay force row level security;

drop policy if exists event_relay_sys on public.event_relay;
create policy event_relay_sys on public.event_relay to fleetflow_sys using (true) with check (true);
