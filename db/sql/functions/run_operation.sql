-- What: the inner function of an operation. One statement a branch: PostgreSQL prepares an expression whole, once in each transaction, also the
--   branches that it does not take; bookings come first because the branches are tried in their order.
-- Who: perform, inside its subtransaction, and attempt, inside its caller's. Raises: what the inner function raises.
create or replace function private.run_operation(operation text, actor uuid, input jsonb) returns jsonb
  language plpgsql volatile
  set search_path = pg_catalog, public, pg_temp
as $$
begin
  case run_operation.operation
    when 'trips.create' then
      return private.create_trip(run_operation.actor, run_operation.input);
    when 'apiKeys.create' then
      return private.create_api_key(run_operation.actor, run_operation.input);
    when 'apiKeys.revoke' then
      return private.revoke_api_key(run_operation.actor, run_operation.input);
    when 'carClasses.create' then
      return private.create_class(run_operation.actor, run_operation.input);
    when 'cars.create' then
      return private.create_car(run_operation.actor, run_operation.input);
    when 'cars.retire' then
      return private.retire_car(run_operation.actor, run_operation.input);
    when 'cars.update' then
      return private.update_car(run_operation.actor, run_operation.input);
    when 'fleets.create' then
      return private.create_fleet(run_operation.actor, run_operation.input);
    when 'fleets.setRules' then
      return private.set_fleet_rules(run_operation.actor, run_operation.input);
    when 'fleets.transfer' then
      return private.transfer_fleet(run_operation.actor, run_operation.input);
    when 'fleets.update' then
      return private.update_fleet(run_operation.actor, run_operation.input);
    when 'invitations.accept' then
      return private.accept_invitation(run_operation.actor, run_operation.input);
    when 'invitations.create' then
      return private.create_invitation(run_operation.actor, run_operation.input);
    when 'invitations.revoke' then
      return private.revoke_invitation(run_operation.actor, run_operation.input);
    when 'me.erase' then
      return private.erase_me(run_operation.actor, run_operation.input);
    when 'me.update' then
      return private.update_me(run_operation.actor, run_operation.input);
    when 'members.leave' then
      return private.leave_fleet(run_operation.actor, run_operation.input);
    when 'members.remove' then
      return private.remove_member(run_operation.actor, run_operation.input);
    when 'members.setRole' then
      return private.set_member_role(run_operation.actor, run_operation.input);
    when 'ratePlans.assign' then
      return private.assign_rate_plan(run_operation.actor, run_operation.input);
    when 'ratePlans.create' then
      return private.create_rate_plan(run_operation.actor, run_operation.input);
    when 'ratePlans.preview' then
      return private.preview_rate_plan(run_operation.actor, run_operation.input);
    when 'reviews.create' then
      return private.create_review(run_operation.actor, run_operation.input);
    when 'trips.approve' then
      return private.answer_request(run_operation.actor, run_operation.input, 'approve');
    when 'trips.block' then
      return private.block_car(run_operation.actor, run_operation.input);
    when 'trips.cancel' then
      return private.cancel_trip(run_operation.actor, run_operation.input);
    when 'trips.complete' then
      return private.complete_trip(run_operation.actor, run_operation.input);
    when 'trips.createInClass' then
      return private.create_trip_in_class(run_operation.actor, run_operation.input);
    when 'trips.createSeries' then
      return private.create_trip_series(run_operation.actor, run_operation.input);
    when 'trips.decline' then
      return private.answer_request(run_operation.actor, run_operation.input, 'decline');
    when 'trips.hold' then
      return private.hold_trip(run_operation.actor, run_operation.input);
    when 'trips.modify' then
      return private.modify_trip(run_operation.actor, run_operation.input);
    when 'trips.noShow' then
      return private.no_show_trip(run_operation.actor, run_operation.input);
    when 'trips.quote' then
      return private.quote_trip(run_operation.actor, run_operation.input);
    when 'trips.start' then
      return private.start_trip(run_operation.actor, run_operation.input);
    when 'trips.swap' then
      return private.swap_trips(run_operation.actor, run_operation.input);
    when 'users.reinstate' then
      return private.reinstate_user(run_operation.actor, run_operation.input);
    when 'users.suspend' then
      return private.suspend_user(run_operation.actor, run_operation.input);
  end case;
end
$$;

comment on function private.run_operation(text, uuid, jsonb) is 'Runs the inner function of an operation.';
revoke all on function private.run_operation(text, uuid, jsonb) from public;
grant execute on function private.run_operation(text, uuid, jsonb) to fleetflow_fn;
