-- What: a page of a car's reviews, newest first.
-- Who: whoever sees the car. Raises: UNAUTHENTICATED, FORBIDDEN, NOT_FOUND (car), BAD_INPUT (limit, cursor).
-- Pages are read in the order of an index, also while statistics are old: a sort would read everything for each page.
create or replace function public.list_reviews_rpc(
  car_id uuid, actor jsonb, page_limit integer default 20, page_cursor text default null
) returns jsonb
  language plpgsql volatile security definer
  set search_path = pg_catalog, public, pg_temp
  set enable_sort = off
as $$
declare
  v_actor uuid := private.enter(list_reviews_rpc.actor, 'reviews.list', false);
  v_limit integer := private.page_limit(list_reviews_rpc.page_limit);
  v_from record := private.decode_cursor(list_reviews_rpc.page_cursor);
  v_rows public.reviews[];
begin
  if not exists (select from public.cars as c where c.id = list_reviews_rpc.car_id) then
    raise exception using errcode = 'FF404', message = 'NOT_FOUND', detail = jsonb_build_object('field', 'carId');
  end if;
  v_rows := array(
    select r from public.reviews as r
     where r.car_id = list_reviews_rpc.car_id and (r.created_at, r.id) < (v_from.instant, v_from.id)
     order by r.created_at desc, r.id desc limit v_limit + 1);
  return jsonb_build_object(
    'items', (select coalesce(jsonb_agg(private.review_json(v_rows[i]) order by i), '[]')
                from generate_series(1, least(v_limit, cardinality(v_rows))) as i),
    'nextCursor', case when cardinality(v_rows) > v_limit
      then private.encode_cursor(v_rows[v_limit].created_at, v_rows[v_limit].id) end);
end
$$;

comment on function public.list_reviews_rpc(uuid, jsonb, integer, text) is 'A page of a car''s reviews, newest first.';
alter function public.list_reviews_rpc(uuid, jsonb, integer, text) owner to fleetflow_fn;
revoke all on function public.list_reviews_rpc(uuid, jsonb, integer, text) from public;
grant execute on function public.list_reviews_rpc(uuid, jsonb, integer, text) to fleetflow_api;
