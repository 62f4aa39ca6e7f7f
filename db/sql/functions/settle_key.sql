-- What: stores the outcome of a mutation under its key, in the mutation's own transaction.
-- Who: perform.
create or replace function private.settle_key(actor uuid, operation text, key text, outcome jsonb) returns void
  language plpgsql volatile
  set search_path = pg_catalog, public, pg_temp
as $$
begin
  update public.idempotency_keys as k
     set outcome = settle_key.outcome
   where k.user_id = settle_key.actor and k.operation = settle_key.operation and k.key = settle_key.key;
end
$$;

comment on function private.settle_key(uuid, text, text, jsonb) is 'Stores what became of a mutation.';
revoke all on function private.settle_key(uuid, text, text, jsonb) from public;
grant execute on function private.settle_key(uuid, text, text, jsonb) to fleetflow_fn;
