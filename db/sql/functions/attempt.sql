-- What: as perform, for a caller whose subtransaction takes back whatever fails: does it and answers {"answer": ...}, or answers what became of
--   the key with "replayed": true. A refusal is raised and stored nowhere, so the call that is then made alone decides.
-- Who: entry functions that run many calls at once, with an actor that private.enter has recognised.
-- Raises: IDEMPOTENCY_KEY_REUSED, BAD_INPUT (field idempotencyKey), and what the operation raises. Locks: the idempotency key, then what the inner
--   function locks.
create or replace function private.attempt(operation text, actor uuid, input jsonb, idempotency_key text) returns jsonb
  language plpgsql volatile
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  v_outcome jsonb;
begin
  perform set_config('fleetflow.operation', attempt.operation, true);
  if attempt.idempotency_key is null then
    return jsonb_build_object('answer', private.run_operation(attempt.operation, attempt.actor, attempt.input));
  end if;
  v_outcome := private.claim_key(attempt.actor, attempt.operation, attempt.idempotency_key, attempt.input);
  if v_outcome is not null then
    return v_outcome || '{"replayed": true}';
  end if;
  v_outcome := jsonb_build_object('answer', private.run_operation(attempt.operation, attempt.actor, attempt.input));
  perform private.settle_key(attempt.actor, attempt.operation, attempt.idempotency_key, v_outcome);
  return v_outcome;
end
$$;

comment on function private.attempt(text, uuid, jsonb, text) is 'Runs a mutation for a caller who takes back what fails.';
revoke all on function private.attempt(text, uuid, jsonb, text) from public;
grant execute on function private.attempt(text, uuid, jsonb, text) to fleetflow_fn;
