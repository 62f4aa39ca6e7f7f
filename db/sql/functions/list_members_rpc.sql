-- What: a page of a fleet's members, the newest first.
-- Who: members of the fleet; administrators. Raises: UNAUTHENTICATED, FORBIDDEN, NOT_FOUND (fleet), BAD_INPUT (limit, cursor).
create or replace function public.list_members_rpc(
  fleet text, actor jsonb, page_limit integer default 20, page_cursor text default null
) returns jsonb
  language plpgsql volatile security definer
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  v_actor uuid := private.enter(list_members_rpc.actor, 'members.list', false);
  v_fleet uuid := private.find_fleet(list_members_rpc.fleet);
  v_limit integer := private.page_limit(list_members_rpc.page_limit);
  v_from record := private.decode_cursor(list_members_rpc.page_cursor);
  v_rows public.fleet_members[];
begin
  if v_fleet not in (select private.my_fleets()) and not private.is_admin() then
    raise exception using errcode = 'FF404', message = 'NOT_FOUND', detail = jsonb_build_object('field', 'fleet');
  end if;
  v_rows := array(
    select m from public.fleet_members as m
     where m.fleet_id = v_fleet and (m.created_at, m.user_id) < (v_from.instant, v_from.id)
     order by m.created_at desc, m.user_id desc limit v_limit + 1);
  return jsonb_build_object(
    'items', (select coalesce(jsonb_agg(private.member_json(v_rows[i]) order by i), '[]')
                from generate_series(1, least(v_limit, cardinality(v_rows))) as i),
    'nextCursor', case when cardinality(v_rows) > v_limit
      then private.encode_cursor(v_rows[v_limit].created_at, v_rows[v_limit].user_id) end);
end
$$;

comment on function public.list_members_rpc(text, jsonb, integer, text) is 'A page of a fleet''s members.';
alter function public.list_members_rpc(text, jsonb, integer, text) owner to fleetflow_fn;
revoke all on function public.list_members_rpc(text, jsonb, integer, text) from public;
grant execute on function public.list_members_rpc(text, jsonb, integer, text) to fleetflow_api;
