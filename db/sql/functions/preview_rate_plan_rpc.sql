-- What: Says what a rental would cost by a tariff that is not stored. One statement.
-- Who: owners and managers of the fleet.
-- Raises: UNAUTHENTICATED, FORBIDDEN. Answers perform's outcome of private.preview_rate_plan.
create or replace function public.preview_rate_plan_rpc(
  fleet text, tariff jsonb, start_date timestamptz, end_date timestamptz, actor jsonb, extras jsonb default null,
  idempotency_key text default null
) returns jsonb
  language plpgsql volatile security definer
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  v_actor uuid := private.enter(preview_rate_plan_rpc.actor, 'ratePlans.preview', true);
begin
  return private.perform('ratePlans.preview', v_actor, jsonb_build_object(
      'fleet', preview_rate_plan_rpc.fleet,
      'tariff', preview_rate_plan_rpc.tariff,
      'startDate', preview_rate_plan_rpc.start_date,
      'endDate', preview_rate_plan_rpc.end_date,
      'extras', preview_rate_plan_rpc.extras),
    preview_rate_plan_rpc.idempotency_key);
end
$$;

comment on function public.preview_rate_plan_rpc(text, jsonb, timestamptz, timestamptz, jsonb, jsonb, text) is 'Says what a rental would cost by a tariff that is not stored.';
alter function public.preview_rate_plan_rpc(text, jsonb, timestamptz, timestamptz, jsonb, jsonb, text) owner to fleetflow_fn;
revoke all on function public.preview_rate_plan_rpc(text, jsonb, timestamptz, timestamptz, jsonb, jsonb, text) from public;
grant execute on function public.preview_rate_plan_rpc(text, jsonb, timestamptz, timestamptz, jsonb, jsonb, text) to fleetflow_api;
