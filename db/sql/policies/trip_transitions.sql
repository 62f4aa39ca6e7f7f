-- The table of allowed steps is public knowledge.
alter table public.trip_transitions enable row level security;
alter table public.trip_transitions force row level security;

drop policy if exists trip_transitions_sys on public.trip_transitions;
create policy trip_transitions_sys on public.trip_transitions to fleetflow_sys using (true) with check (true);

drop policy if exists trip_transitions_read on public.trip_transitions;
create policy trip_transitions_read on public.trip_transitions for select to fleetflow_fn using (true);
