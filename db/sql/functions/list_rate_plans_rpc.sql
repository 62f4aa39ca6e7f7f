-- What: a page of a fleet's rate plans latest first, each in its newest version, with what it prices.
-- Who: owners and managers of the fleet; administrators. Raises: UNAUTHENTICATED, NOT_FOUND (fleet), FORBIDDEN, BAD_INPUT (limit, cursor).
create or replace function public.list_rate_plans_rpc(
  fleet text, actor jsonb, page_limit integer default 20, page_cursor text default null
) returns jsonb
  language plpgsql volatile security definer
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  v_actor uuid := private.enter(list_rate_plans_rpc.actor, 'ratePlans.list', false);
  v_fleet uuid := private.managed_fleet(list_rate_plans_rpc.fleet, true);
  v_limit integer := private.page_limit(list_rate_plans_rpc.page_limit);
  v_from record := private.decode_cursor(list_rate_plans_rpc.page_cursor);
  v_rows public.rate_plans[];
begin
  v_rows := array(
    select p from public.rate_plans as p
     where p.fleet_id = v_fleet and p.id < v_from.id
       and not exists (select from public.rate_plans as o where o.fleet_id = p.fleet_id and o.name = p.name and o.version > p.version)
     order by p.id desc limit v_limit + 1);
  return jsonb_build_object(
    'items', (select coalesce(jsonb_agg(private.rate_plan_json(v_rows[i]) order by i), '[]')
                from generate_series(1, least(v_limit, cardinality(v_rows))) as i),
    'nextCursor', case when cardinality(v_rows) > v_limit then private.encode_cursor('epoch', v_rows[v_limit].id) end);
end
$$;

comment on function public.list_rate_plans_rpc(text, jsonb, integer, text) is 'A page of a fleet''s rate plans.';
alter function public.list_rate_plans_rpc(text, jsonb, integer, text) owner to fleetflow_fn;
revoke all on function public.list_rate_plans_rpc(text, jsonb, integer, text) from public;
grant execute on function public.list_rate_plans_rpc(text, jsonb, integer, text) to fleetflow_api;
