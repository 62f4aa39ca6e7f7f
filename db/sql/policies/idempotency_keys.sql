-- A key belongs to the person who sent it.
alter table public.idempotency_keys enable row level security;
alter table public.idempotency_keys force row level security;

drop policy if exists idempotency_keys_sys on public.idempotency_keys;
create policy idempotency_keys_sys on public.idempotency_keys to fleetflow_sys using (true) with check (true);

drop policy if exists idempotency_keys_own on public.idempotency_keys;
create policy idempotency_keys_own on public.idempotency_keys to fleetflow_fn
  using (user_id = (select private.uid())) with check (user_id = (select private.uid()));
