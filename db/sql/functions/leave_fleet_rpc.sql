-- What: the caller leaves a fleet.
-- Who: its members.
-- Raises: UNAUTHENTICATED, FORBIDDEN. Answers perform's outcome of private.leave_fleet.
create or replace function public.leave_fleet_rpc(
  fleet text, actor jsonb, idempotency_key text default null
) returns jsonb
  language plpgsql volatile security definer
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  v_actor uuid := private.enter(leave_fleet_rpc.actor, 'members.leave', true);
begin
  return private.perform('members.leave', v_actor, jsonb_build_object('fleet', leave_fleet_rpc.fleet),
    leave_fleet_rpc.idempotency_key);
end
$$;

comment on function public.leave_fleet_rpc(text, jsonb, text) is 'The caller leaves a fleet.';
alter function public.leave_fleet_rpc(text, jsonb, text) owner to fleetflow_fn;
revoke all on function public.leave_fleet_rpc(text, jsonb, text) from public;
grant execute on function public.leave_fleet_rpc(text, jsonb, text) to fleetflow_api;
