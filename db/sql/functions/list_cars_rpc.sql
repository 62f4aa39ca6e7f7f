-- What: a page of cars, newest first: all that one may see, or with `fleet` (id or slug) that fleet's, optionally of one class (slug).
-- Who: any signed-in user. Raises: UNAUTHENTICATED, FORBIDDEN, NOT_FOUND (fleet), BAD_INPUT (limit, cursor).
-- Pages are read in the order of an index, also while statistics are old: a sort would read everything for each page.
create or replace function public.list_cars_rpc(
  actor jsonb, fleet text default null, car_class text default null, page_limit integer default 20, page_cursor text default null
) returns jsonb
  language plpgsql volatile security definer
  set search_path = pg_catalog, public, pg_temp
  set enable_sort = off
as $$
declare
  v_actor uuid := private.enter(list_cars_rpc.actor, 'cars.list', false);
  v_limit integer := private.page_limit(list_cars_rpc.page_limit);
  v_from record := private.decode_cursor(list_cars_rpc.page_cursor);
  v_fleet uuid;
  v_rows public.cars[];
begin
  if list_cars_rpc.fleet is not null then
    v_fleet := private.find_fleet(list_cars_rpc.fleet);
    v_rows := array(
      select c from public.cars as c
       where c.fleet_id = v_fleet and c.id < v_from.id
         and (list_cars_rpc.car_class is null or c.car_class_id in (
           select cc.id from public.car_classes as cc where cc.fleet_id = v_fleet and cc.slug = list_cars_rpc.car_class))
       order by c.id desc limit v_limit + 1);
  else
    v_rows := array(
      select c from public.cars as c
       where c.id < v_from.id
         and (list_cars_rpc.car_class is null or c.car_class_id in (
           select cc.id from public.car_classes as cc where cc.slug = list_cars_rpc.car_class))
       order by c.id desc limit v_limit + 1);
  end if;
  return jsonb_build_object(
    'items', (select coalesce(jsonb_agg(private.car_json(v_rows[i]) order by i), '[]')
                from generate_series(1, least(v_limit, cardinality(v_rows))) as i),
    'nextCursor', case when cardinality(v_rows) > v_limit then private.encode_cursor('epoch', v_rows[v_limit].id) end);
end
$$;

comment on function public.list_cars_rpc(jsonb, text, text, integer, text) is 'A page of cars, newest first.';
alter function public.list_cars_rpc(jsonb, text, text, integer, text) owner to fleetflow_fn;
revoke all on function public.list_cars_rpc(jsonb, text, text, integer, text) from public;
grant execute on function public.list_cars_rpc(jsonb, text, text, integer, text) to fleetflow_api;
