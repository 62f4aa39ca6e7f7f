-- What: hands a fleet to another member: they become an owner and the caller a manager, in one step.
-- Who: owners of the fleet.
-- Raises: UNAUTHENTICATED, FORBIDDEN. Answers perform's outcome of private.transfer_fleet.
create or replace function public.transfer_fleet_rpc(
  fleet text, user_id uuid, actor jsonb, idempotency_key text default null
) returns jsonb
  language plpgsql volatile security definer
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  v_actor uuid := private.enter(transfer_fleet_rpc.actor, 'fleets.transfer', true);
begin
  return private.perform('fleets.transfer', v_actor, jsonb_build_object('fleet', transfer_fleet_rpc.fleet, 'userId', transfer_fleet_rpc.user_id),
    transfer_fleet_rpc.idempotency_key);
end
$$;

comment on function public.transfer_fleet_rpc(text, uuid, jsonb, text) is 'Hands a fleet to another member.';
alter function public.transfer_fleet_rpc(text, uuid, jsonb, text) owner to fleetflow_fn;
revoke all on function public.transfer_fleet_rpc(text, uuid, jsonb, text) from public;
grant execute on function public.transfer_fleet_rpc(text, uuid, jsonb, text) to fleetflow_api;
