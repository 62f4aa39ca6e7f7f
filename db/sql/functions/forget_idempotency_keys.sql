-- What: lets the server's own loop remove old idempotency keys; see private.forget_keys. `batch` is 1 to 10,000.
-- Who: the server's own loop: nobody acts here, and nothing is shown.
-- Locks: the keys that it removes.
create or replace function public.forget_idempotency_keys(batch integer) returns integer
  language sql volatile security definer
  set search_path = pg_catalog, public, pg_temp
as $$
  select private.forget_keys(greatest(1, least(10000, forget_idempotency_keys.batch)))
$$;

comment on function public.forget_idempotency_keys(integer) is 'Removes old idempotency keys.';
alter function public.forget_idempotency_keys(integer) owner to fleetflow_fn;
revoke all on function public.forget_idempotency_keys(integer) from public;
grant execute on function public.forget_idempotency_keys(integer) to fleetflow_api;
