-- Only maintenance reads where tables live.
alter table public.placement enable row level security;
alter table public.placement force row level security;

drop policy if exists placement_sys on public.placement;
create policy placement_sys on public.placement to fleetflow_sys using (true) with check (true);
