-- Who sees a plan sees its seasons.
alter table public.rate_plan_seasons enable row level security;
alter table public.rate_plan_seasons force row level security;

drop policy if exists rate_plan_seasons_sys on public.rate_plan_seasons;
create policy rate_plan_seasons_sys on public.rate_plan_seasons to fleetflow_sys using (true) with check (true);

drop policy if exists rate_plan_seasons_read on public.rate_plan_seasons;
create policy rate_plan_seasons_read on public.rate_plan_seasons for select to fleetflow_fn
  using (exists (select from public.rate_plans as p where p.id = rate_plan_seasons.rate_plan_id));

drop policy if exists rate_plan_seasons_add on public.rate_plan_seasons;
create policy rate_plan_seasons_add on public.rate_plan_seasons for insert to fleetflow_fn
  with check (exists (
    select from public.rate_plans as p
     where p.id = rate_plan_seasons.rate_plan_id and p.fleet_id = any (array(select private.my_fleets('{owner,manager}')))));
