-- What: a page of the car classes of a fleet (id or slug), newest first.
-- Who: whoever sees the fleet. Raises: UNAUTHENTICATED, FORBIDDEN, NOT_FOUND (fleet), BAD_INPUT (limit, cursor).
create or replace function public.list_car_classes_rpc(fleet text, actor jsonb, page_limit integer default 20, page_cursor text default null) returns jsonb
  language plpgsql volatile security definer
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  v_actor uuid := private.enter(list_car_classes_rpc.actor, 'carClasses.list', false);
  v_limit integer := private.page_limit(list_car_classes_rpc.page_limit);
  v_from record := private.decode_cursor(list_car_classes_rpc.page_cursor);
  v_fleet uuid := private.find_fleet(list_car_classes_rpc.fleet);
  v_rows public.car_classes[] := array(
    select cc from public.car_classes as cc where cc.fleet_id = v_fleet and cc.id < v_from.id order by cc.id desc limit v_limit + 1);
begin
  return jsonb_build_object(
    'items', (select coalesce(jsonb_agg(private.class_json(v_rows[i]) order by i), '[]')
                from generate_series(1, least(v_limit, cardinality(v_rows))) as i),
    'nextCursor', case when cardinality(v_rows) > v_limit then private.encode_cursor('epoch', v_rows[v_limit].id) end);
end
$$;

comment on function public.list_car_classes_rpc(text, jsonb, integer, text) is 'A page of the car classes of a fleet.';
alter function public.list_car_classes_rpc(text, jsonb, integer, text) owner to fleetflow_fn;
revoke all on function public.list_car_classes_rpc(text, jsonb, integer, text) from public;
grant execute on function public.list_car_classes_rpc(text, jsonb, integer, text) to fleetflow_api;
