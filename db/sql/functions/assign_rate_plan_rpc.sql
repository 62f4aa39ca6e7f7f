-- What: Says which plan prices a car, a class or a fleet. One statement.
-- Who: owners and managers of the fleet.
-- Raises: UNAUTHENTICATED, FORBIDDEN. Answers perform's outcome of private.assign_rate_plan.
create or replace function public.assign_rate_plan_rpc(
  fleet text, rate_plan_id uuid, actor jsonb, car_id uuid default null, car_class text default null, idempotency_key text default null
) returns jsonb
  language plpgsql volatile security definer
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  v_actor uuid := private.enter(assign_rate_plan_rpc.actor, 'ratePlans.assign', true);
begin
  return private.perform('ratePlans.assign', v_actor, jsonb_build_object(
      'fleet', assign_rate_plan_rpc.fleet,
      'ratePlanId', assign_rate_plan_rpc.rate_plan_id,
      'carId', assign_rate_plan_rpc.car_id,
      'carClass', assign_rate_plan_rpc.car_class),
    assign_rate_plan_rpc.idempotency_key);
end
$$;

comment on function public.assign_rate_plan_rpc(text, uuid, jsonb, uuid, text, text) is 'Says which plan prices a car, a class or a fleet.';
alter function public.assign_rate_plan_rpc(text, uuid, jsonb, uuid, text, text) owner to fleetflow_fn;
revoke all on function public.assign_rate_plan_rpc(text, uuid, jsonb, uuid, text, text) from public;
grant execute on function public.assign_rate_plan_rpc(text, uuid, jsonb, uuid, text, text) to fleetflow_api;
