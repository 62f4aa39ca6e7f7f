-- What: a version of a rate plan, whether or not it is the newest, with the ids of all versions of that name.
-- Who: owners and managers of its fleet; administrators. Raises: UNAUTHENTICATED, NOT_FOUND (absent, or not one's own), FORBIDDEN (drivers).
create or replace function public.get_rate_plan_rpc(rate_plan_id uuid, actor jsonb) returns jsonb
  language plpgsql volatile security definer
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  v_actor uuid := private.enter(get_rate_plan_rpc.actor, 'ratePlans.get', false);
  v_plan public.rate_plans;
begin
  select p.* into v_plan from public.rate_plans as p
   where p.id = get_rate_plan_rpc.rate_plan_id
     and (p.fleet_id = any (array(select private.my_fleets())) or private.is_admin());
  if not found then
    raise exception using errcode = 'FF404', message = 'NOT_FOUND', detail = jsonb_build_object('field', 'id');
  end if;
  perform private.managed_fleet(v_plan.fleet_id::text, true);
  return private.rate_plan_json(v_plan) || jsonb_build_object('versions', (
    select jsonb_agg(jsonb_build_object('id', p.id, 'version', p.version, 'createdAt', private.iso(p.created_at)) order by p.version desc)
      from public.rate_plans as p where p.fleet_id = v_plan.fleet_id and p.name = v_plan.name));
end
$$;

comment on function public.get_rate_plan_rpc(uuid, jsonb) is 'A version of a rate plan.';
alter function public.get_rate_plan_rpc(uuid, jsonb) owner to fleetflow_fn;
revoke all on function public.get_rate_plan_rpc(uuid, jsonb) from public;
grant execute on function public.get_rate_plan_rpc(uuid, jsonb) to fleetflow_api;
