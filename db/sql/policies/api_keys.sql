-- A fleet's keys are listed by its owners and by administrators; never by a key.
alter table public.api_keys enable row level security;
alter table public.api_keys force row level security;

drop policy if exists api_keys_sys on public.api_keys;
create policy api_keys_sys on public.api_keys to fleetflow_sys using (true) with check (true);

drop policy if exists api_keys_read on public.api_keys;
create policy api_keys_read on public.api_keys for select to fleetflow_fn
  using ((select private.key_fleet()) is null
    and (fleet_id = any (array(select private.my_fleets('{owner}'))) or (select private.is_admin())));
