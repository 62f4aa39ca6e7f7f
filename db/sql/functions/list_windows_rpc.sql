-- What: the free windows of one car, or of a page of a fleet's cars (optionally of one class, by slug), newest car first, within a period:
--   opening hours less what blocks each car, its buffers taken off, so that any trip inside a window fits. `hours` false leaves the opening hours out.
--   For a fleet the period is at most 62 days.
-- Who: whoever sees the cars; to who does not manage the fleet windows begin in the future, after its notice. Nobody is told whose trips block.
-- Raises: UNAUTHENTICATED, FORBIDDEN, NOT_FOUND (carId, fleet), BAD_INPUT (carId, minMinutes, limit, cursor, period),
--   TOO_LONG (maxDays, limit in minutes, nearest).
create or replace function public.list_windows_rpc(
  start_date timestamptz, end_date timestamptz, actor jsonb, car_id uuid default null, fleet text default null, car_class text default null,
  min_minutes integer default 1, hours boolean default true, page_limit integer default 100, page_cursor text default null
) returns json
  language plpgsql volatile security definer
  set search_path = pg_catalog, public, pg_temp
  set enable_sort = off
  set enable_seqscan = off
as $$
declare
  v_actor uuid := private.enter(list_windows_rpc.actor, 'cars.windows', false);
  v_limit integer := coalesce(list_windows_rpc.page_limit, 100);
  v_minutes integer := coalesce(list_windows_rpc.min_minutes, 1);
  v_from record := private.decode_cursor(list_windows_rpc.page_cursor);
  v_fleet uuid;
  v_ids uuid[];
  v_next uuid;
begin
  perform private.check_period(list_windows_rpc.start_date, list_windows_rpc.end_date);
  if (list_windows_rpc.car_id is null) = (list_windows_rpc.fleet is null) then
    raise exception using errcode = 'FF400', message = 'BAD_INPUT', detail = jsonb_build_object('field', 'carId', 'reason', 'CAR_OR_FLEET');
  elsif v_limit not between 1 and 1000 then
    raise exception using errcode = 'FF400', message = 'BAD_INPUT', detail = jsonb_build_object('field', 'limit');
  elsif v_minutes not between 1 and 527040 then
    raise exception using errcode = 'FF400', message = 'BAD_INPUT', detail = jsonb_build_object('field', 'minMinutes');
  end if;
  if list_windows_rpc.car_id is not null then
    v_ids := array(select c.id from public.cars as c where c.id = list_windows_rpc.car_id and c.retired_at is null);
    if cardinality(v_ids) = 0 then
      raise exception using errcode = 'FF404', message = 'NOT_FOUND', detail = jsonb_build_object('field', 'carId');
    end if;
  else
    v_fleet := private.find_fleet(list_windows_rpc.fleet);
    if list_windows_rpc.end_date - list_windows_rpc.start_date > interval '1488 hours' then
      raise exception using errcode = 'FF102', message = 'TOO_LONG', detail = jsonb_build_object('field', 'endDate', 'maxDays', 62,
        'limit', 89280, 'nearest', private.iso(list_windows_rpc.start_date + interval '1488 hours'));
    end if;
    v_ids := array(
      select c.id from public.cars as c
       where c.fleet_id = v_fleet and c.id < v_from.id and c.retired_at is null
         and (list_windows_rpc.car_class is null or c.car_class_id in (
           select cc.id from public.car_classes as cc where cc.fleet_id = v_fleet and cc.slug = list_windows_rpc.car_class))
       order by c.id desc limit v_limit + 1);
    if cardinality(v_ids) > v_limit then
      v_next := v_ids[v_limit];
      v_ids := v_ids[1:v_limit];
    end if;
  end if;
  return json_build_object(
    'items', (select coalesce(json_agg(json_build_object('carId', w.car_id, 'windows', w.windows) order by w.car_id desc), '[]')
                from private.car_windows(v_ids, tstzrange(list_windows_rpc.start_date, list_windows_rpc.end_date, '[]'),
                  coalesce(list_windows_rpc.hours, true), v_minutes, v_actor,
                  array(select private.my_fleets('{owner,manager}'))) as w),
    'nextCursor', case when v_next is not null then private.encode_cursor('epoch', v_next) end);
end
$$;

comment on function public.list_windows_rpc(timestamptz, timestamptz, jsonb, uuid, text, text, integer, boolean, integer, text) is
  'The free windows of a car or of a fleet''s cars.';
alter function public.list_windows_rpc(timestamptz, timestamptz, jsonb, uuid, text, text, integer, boolean, integer, text) owner to fleetflow_fn;
revoke all on function public.list_windows_rpc(timestamptz, timestamptz, jsonb, uuid, text, text, integer, boolean, integer, text) from public;
grant execute on function public.list_windows_rpc(timestamptz, timestamptz, jsonb, uuid, text, text, integer, boolean, integer, text) to fleetflow_api;
