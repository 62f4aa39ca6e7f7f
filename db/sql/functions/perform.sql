-- What: runs a mutation once. Claims its idempotency key, runs the inner function in a subtransaction, and answers
--   {"answer": ...} or {"refusal": {"code", "detail"}}, with "replayed": true where the key had its outcome already.
--   A refusal undoes what the inner function wrote and gives its locks back, but not the transaction: it is stored under the key,
--   and what else can be had is looked up when nobody has to wait for it. A rehearsal (dry run) is undone as well and stores nothing.
-- Who: every entry function that changes something, with an actor that private.enter has recognised.
-- Raises: what PostgreSQL itself raises (deadlocks, lock timeouts, defects), and nothing of that is ever stored; nor is what the caller
--   is told about the key or about not being known.
-- Locks: the idempotency key, then what the inner function locks.
create or replace function private.perform(operation text, actor uuid, input jsonb, idempotency_key text, dry_run boolean default false)
  returns jsonb
  language plpgsql volatile
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  v_keyed boolean := perform.idempotency_key is not null and not coalesce(perform.dry_run, false);
  v_outcome jsonb;
  v_answer jsonb;
  v_state text;
  v_code text;
  v_detail text;
begin
  perform set_config('fleetflow.operation', perform.operation, true);
  if v_keyed then
    v_outcome := private.claim_key(perform.actor, perform.operation, perform.idempotency_key, perform.input);
    if v_outcome is not null then
      return v_outcome || '{"replayed": true}';
    end if;
  end if;

  begin
    v_answer := case perform.operation
      when 'apiKeys.create' then private.create_api_key(perform.actor, perform.input)
      when 'apiKeys.revoke' then private.revoke_api_key(perform.actor, perform.input)
      when 'fleets.create' then private.create_fleet(perform.actor, perform.input)
      when 'carClasses.create' then private.create_class(perform.actor, perform.input)
      when 'cars.create' then private.create_car(perform.actor, perform.input)
      when 'cars.retire' then private.retire_car(perform.actor, perform.input)
      when 'cars.update' then private.update_car(perform.actor, perform.input)
      when 'me.erase' then private.erase_me(perform.actor, perform.input)
      when 'me.update' then private.update_me(perform.actor, perform.input)
      when 'users.reinstate' then private.reinstate_user(perform.actor, perform.input)
      when 'users.suspend' then private.suspend_user(perform.actor, perform.input)
      when 'fleets.setRules' then private.set_fleet_rules(perform.actor, perform.input)
      when 'fleets.transfer' then private.transfer_fleet(perform.actor, perform.input)
      when 'fleets.update' then private.update_fleet(perform.actor, perform.input)
      when 'invitations.accept' then private.accept_invitation(perform.actor, perform.input)
      when 'invitations.create' then private.create_invitation(perform.actor, perform.input)
      when 'invitations.revoke' then private.revoke_invitation(perform.actor, perform.input)
      when 'members.leave' then private.leave_fleet(perform.actor, perform.input)
      when 'members.remove' then private.remove_member(perform.actor, perform.input)
      when 'members.setRole' then private.set_member_role(perform.actor, perform.input)
      when 'ratePlans.assign' then private.assign_rate_plan(perform.actor, perform.input)
      when 'ratePlans.create' then private.create_rate_plan(perform.actor, perform.input)
      when 'ratePlans.preview' then private.preview_rate_plan(perform.actor, perform.input)
      when 'reviews.create' then private.create_review(perform.actor, perform.input)
      when 'trips.block' then private.block_car(perform.actor, perform.input)
      when 'trips.approve' then private.answer_request(perform.actor, perform.input, 'approve')
      when 'trips.cancel' then private.cancel_trip(perform.actor, perform.input)
      when 'trips.complete' then private.complete_trip(perform.actor, perform.input)
      when 'trips.create' then private.create_trip(perform.actor, perform.input)
      when 'trips.createInClass' then private.create_trip_in_class(perform.actor, perform.input)
      when 'trips.createSeries' then private.create_trip_series(perform.actor, perform.input)
      when 'trips.decline' then private.answer_request(perform.actor, perform.input, 'decline')
      when 'trips.hold' then private.hold_trip(perform.actor, perform.input)
      when 'trips.modify' then private.modify_trip(perform.actor, perform.input)
      when 'trips.noShow' then private.no_show_trip(perform.actor, perform.input)
      when 'trips.quote' then private.quote_trip(perform.actor, perform.input)
      when 'trips.swap' then private.swap_trips(perform.actor, perform.input)
      when 'trips.start' then private.start_trip(perform.actor, perform.input)
    end;
    v_outcome := jsonb_build_object('answer', v_answer);
    if perform.dry_run then
      raise exception using errcode = 'FF000', message = 'DRY_RUN';
    end if;
  exception when others then
    get stacked diagnostics v_state = returned_sqlstate, v_code = message_text, v_detail = pg_exception_detail;
    if v_state not like 'FF%' or v_state in ('FF012', 'FF401') then
      raise;
    end if;
    if v_state <> 'FF000' then
      v_outcome := jsonb_build_object('refusal', jsonb_build_object('code', v_code, 'detail',
        private.enrich_refusal(perform.operation, perform.actor, perform.input || jsonb_build_object('preview', perform.dry_run), v_code, coalesce(nullif(v_detail, ''), '{}')::jsonb)));
    end if;
  end;

  if v_keyed then
    perform private.settle_key(perform.actor, perform.operation, perform.idempotency_key, v_outcome);
  end if;
  return v_outcome;
end
$$;

comment on function private.perform(text, uuid, jsonb, text, boolean) is 'Runs a mutation once, whatever happens to its answer.';
revoke all on function private.perform(text, uuid, jsonb, text, boolean) from public;
grant execute on function private.perform(text, uuid, jsonb, text, boolean) to fleetflow_fn;
