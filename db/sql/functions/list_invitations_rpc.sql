-- What: a page of a fleet's invitations, the newest first, whatever became of them; never a token.
-- Who: owners of the fleet; administrators. Raises: UNAUTHENTICATED, FORBIDDEN, NOT_FOUND (fleet), BAD_INPUT (limit, cursor).
create or replace function public.list_invitations_rpc(
  fleet text, actor jsonb, page_limit integer default 20, page_cursor text default null
) returns jsonb
  language plpgsql volatile security definer
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  v_actor uuid := private.enter(list_invitations_rpc.actor, 'invitations.list', false);
  v_fleet uuid := private.owned_fleet(list_invitations_rpc.fleet, true);
  v_limit integer := private.page_limit(list_invitations_rpc.page_limit);
  v_from record := private.decode_cursor(list_invitations_rpc.page_cursor);
  v_ids uuid[];
begin
  v_ids := array(
    select i.id from public.invitations as i where i.fleet_id = v_fleet and i.id < v_from.id order by i.id desc limit v_limit + 1);
  return jsonb_build_object(
    'items', (select coalesce(jsonb_agg(private.invitation_json(v_ids[i]) order by i), '[]')
                from generate_series(1, least(v_limit, cardinality(v_ids))) as i),
    'nextCursor', case when cardinality(v_ids) > v_limit then private.encode_cursor('epoch', v_ids[v_limit]) end);
end
$$;

comment on function public.list_invitations_rpc(text, jsonb, integer, text) is 'A page of a fleet''s invitations.';
alter function public.list_invitations_rpc(text, jsonb, integer, text) owner to fleetflow_fn;
revoke all on function public.list_invitations_rpc(text, jsonb, integer, text) from public;
grant execute on function public.list_invitations_rpc(text, jsonb, integer, text) to fleetflow_api;
