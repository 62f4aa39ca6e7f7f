-- What: Stores a rate plan, or its next version. One statement.
-- Who: owners and managers of the fleet.
-- Raises: UNAUTHENTICATED, FORBIDDEN. Answers perform's outcome of private.create_rate_plan.
create or replace function public.create_rate_plan_rpc(
  fleet text, name text, tariff jsonb, actor jsonb, assign_to jsonb default null, idempotency_key text default null
) returns jsonb
  language plpgsql volatile security definer
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  v_actor uuid := private.enter(create_rate_plan_rpc.actor, 'ratePlans.create', true);
begin
  return private.perform('ratePlans.create', v_actor, jsonb_build_object(
      'fleet', create_rate_plan_rpc.fleet,
      'name', create_rate_plan_rpc.name,
      'tariff', create_rate_plan_rpc.tariff,
      'assignTo', create_rate_plan_rpc.assign_to),
    create_rate_plan_rpc.idempotency_key);
end
$$;

comment on function public.create_rate_plan_rpc(text, text, jsonb, jsonb, jsonb, text) is 'Stores a rate plan, or its next version.';
alter function public.create_rate_plan_rpc(text, text, jsonb, jsonb, jsonb, text) owner to fleetflow_fn;
revoke all on function public.create_rate_plan_rpc(text, text, jsonb, jsonb, jsonb, text) from public;
grant execute on function public.create_rate_plan_rpc(text, text, jsonb, jsonb, jsonb, text) to fleetflow_api;
