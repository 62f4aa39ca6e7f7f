-- A quote is seen and used by the renter it was made for, and by owners and managers of the fleet.
alter table public.quotes enable row level security;
alter table public.quotes force row level security;

drop policy if exists quotes_sys on public.quotes;
create policy quotes_sys on public.quotes to fleetflow_sys using (true) with check (true);

drop policy if exists quotes_own on public.quotes;
create policy quotes_own on public.quotes to fleetflow_fn
  using ((user_id = (select private.uid()) and fleet_id = coalesce((select private.key_fleet()), fleet_id)) or fleet_id = any (array(select private.my_fleets('{owner,manager}'))))
  with check ((user_id = (select private.uid()) and fleet_id = coalesce((select private.key_fleet()), fleet_id)) or fleet_id = any (array(select private.my_fleets('{owner,manager}'))));
