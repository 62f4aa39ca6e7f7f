-- What: a page of a fleet's API keys latest first, ended ones too: who made them, what for, until when, and when they were used last.
-- Who: owners of the fleet; administrators. Raises: UNAUTHENTICATED, FORBIDDEN, NOT_FOUND (fleet), BAD_INPUT (limit, cursor).
create or replace function public.list_api_keys_rpc(
  fleet text, actor jsonb, page_limit integer default 20, page_cursor text default null
) returns jsonb
  language plpgsql volatile security definer
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  v_actor uuid := private.enter(list_api_keys_rpc.actor, 'apiKeys.list', false);
  v_fleet uuid := private.owned_fleet(list_api_keys_rpc.fleet, true);
  v_limit integer := private.page_limit(list_api_keys_rpc.page_limit);
  v_from record := private.decode_cursor(list_api_keys_rpc.page_cursor);
  v_ids uuid[];
begin
  v_ids := array(
    select k.id from public.api_keys as k
     where k.fleet_id = v_fleet and k.id < v_from.id order by k.id desc limit v_limit + 1);
  return jsonb_build_object(
    'items', (select coalesce(jsonb_agg(private.api_key_json(v_ids[i]) order by i), '[]')
                from generate_series(1, least(v_limit, cardinality(v_ids))) as i),
    'nextCursor', case when cardinality(v_ids) > v_limit then private.encode_cursor('epoch', v_ids[v_limit]) end);
end
$$;

comment on function public.list_api_keys_rpc(text, jsonb, integer, text) is 'A page of a fleet''s API keys.';
alter function public.list_api_keys_rpc(text, jsonb, integer, text) owner to fleetflow_fn;
revoke all on function public.list_api_keys_rpc(text, jsonb, integer, text) from public;
grant execute on function public.list_api_keys_rpc(text, jsonb, integer, text) to fleetflow_api;
