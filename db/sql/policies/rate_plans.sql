-- Who sees a fleet sees its prices; its owners and managers add versions.
alter table public.rate_plans enable row level security;
alter table public.rate_plans force row level security;

drop policy if exists rate_plans_sys on public.rate_plans;
create policy rate_plans_sys on public.rate_plans to fleetflow_sys using (true) with check (true);

drop policy if exists rate_plans_read on public.rate_plans;
create policy rate_plans_read on public.rate_plans for select to fleetflow_fn
  using (exists (select from public.fleets as f where f.id = rate_plans.fleet_id));

drop policy if exists rate_plans_add on public.rate_plans;
create policy rate_plans_add on public.rate_plans for insert to fleetflow_fn
  with check (fleet_id = any (array(select private.my_fleets('{owner,manager}'))));
