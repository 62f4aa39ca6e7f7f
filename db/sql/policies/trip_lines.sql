-- Who sees a trip sees its lines; lines are added together with a trip one may write, never changed.
alter table public.trip_lines enable row level security;
alter table public.trip_lines force row level security;

drop policy if exists trip_lines_sys on public.trip_lines;
create policy trip_lines_sys on public.trip_lines to fleetflow_sys using (true) with check (true);

drop policy if exists trip_lines_read on public.trip_lines;
create policy trip_lines_read on public.trip_lines for select to fleetflow_fn
  using (exists (select from public.trips as t where t.car_id = trip_lines.car_id and t.id = trip_lines.trip_id));

drop policy if exists trip_lines_add on public.trip_lines;
create policy trip_lines_add on public.trip_lines for insert to fleetflow_fn
  with check (private.may_add_lines(car_id, trip_id));
