-- What: makes an idempotency key the sender's, or answers what became of it: NULL means go on, anything else is the stored outcome.
--   A second sender of the same key waits here for the first. Keys are forgotten after 7 days.
-- Who: perform. Raises: IDEMPOTENCY_KEY_REUSED (the key came with another input before), BAD_INPUT. Locks: the key.
create or replace function private.claim_key(actor uuid, operation text, key text, input jsonb) returns jsonb
  language plpgsql volatile
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  c_kept constant interval := '7 days';
  v_hash bytea := sha256(convert_to(claim_key.input::text, 'UTF8'));
  v_known public.idempotency_keys;
begin
  if length(claim_key.key) not between 1 and 255 then
    raise exception using errcode = 'FF400', message = 'BAD_INPUT', detail = jsonb_build_object('field', 'idempotencyKey');
  end if;
  insert into public.idempotency_keys as k (user_id, operation, key, input_hash)
  values (claim_key.actor, claim_key.operation, claim_key.key, v_hash)
  on conflict on constraint idempotency_keys_pkey do update
    set input_hash = excluded.input_hash, outcome = null, created_at = now()
    where k.created_at < now() - c_kept;
  if found then
    return null;
  end if;
  select k.* into v_known
    from public.idempotency_keys as k
   where k.user_id = claim_key.actor and k.operation = claim_key.operation and k.key = claim_key.key;
  if v_known.input_hash <> v_hash then
    raise exception using errcode = 'FF109', message = 'IDEMPOTENCY_KEY_REUSED', detail = jsonb_build_object('field', 'idempotencyKey');
  end if;
  return v_known.outcome;
end
$$;

comment on function private.claim_key(uuid, text, text, jsonb) is 'Makes an idempotency key the sender''s, or answers its outcome.';
revoke all on function private.claim_key(uuid, text, text, jsonb) from public;
grant execute on function private.claim_key(uuid, text, text, jsonb) to fleetflow_fn;
