-- What: a page of cars that are free for a whole period, with their price for it: near a place, or without a place of a fleet or of all.
--   `rating_min` is in hundredths; `busy_too` lists cars that are taken as well, with their next free start.
-- Who: any signed-in user, cars that they may see and whose fleet's rules allow the period.
-- Raises: UNAUTHENTICATED, FORBIDDEN, NOT_FOUND (fleet), BAD_INPUT (lat, lng, radiusKm, sort, limit, cursor, period),
--   TOO_LONG (maxDays, limit, nearest), TOO_SOON (earliest).
create or replace function public.search_cars_rpc(
  start_date timestamptz, end_date timestamptz, actor jsonb, lat integer default null, lng integer default null, radius integer default 20000,
  fleet text default null, car_class text default null, seats integer default null, price_max bigint default null, currency text default null,
  rating_min integer default null, sort text default null, busy_too boolean default false, page_limit integer default 20, page_cursor text default null
) returns jsonb
  language plpgsql volatile security definer
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  v_actor uuid := private.enter(search_cars_rpc.actor, 'cars.search', false);
  v_limit integer := private.page_limit(search_cars_rpc.page_limit);
  v_sort text := coalesce(search_cars_rpc.sort, case when search_cars_rpc.lat is null then 'price' else 'distance' end);
  v_start jsonb := private.decode_search_cursor(search_cars_rpc.page_cursor, v_sort);
  v_radius integer := coalesce(search_cars_rpc.radius, 20000);
  -- An API key searches its fleet, whether or not it says so.
  v_named text := coalesce(search_cars_rpc.fleet, private.key_fleet()::text);
  v_fault text;
  v_fleet uuid;
  v_class uuid;
begin
  perform private.check_period(search_cars_rpc.start_date, search_cars_rpc.end_date);
  v_fault := case
    when search_cars_rpc.lat not between -90000000 and 90000000 or (search_cars_rpc.lat is null and search_cars_rpc.lng is not null) then 'lat'
    when search_cars_rpc.lng not between -180000000 and 180000000 or (search_cars_rpc.lng is null and search_cars_rpc.lat is not null) then 'lng'
    when v_radius not between 1 and 20100000 then 'radiusKm'
    when v_sort not in ('distance', 'price', 'rating') or (v_sort = 'distance' and search_cars_rpc.lat is null) then 'sort' end;
  if v_fault is not null then
    raise exception using errcode = 'FF400', message = 'BAD_INPUT',
      detail = jsonb_build_object('field', v_fault, 'reason', case when v_fault <> 'radiusKm' and search_cars_rpc.lat is null then 'PLACE_REQUIRED' else 'BAD_VALUE' end);
  end if;
  if search_cars_rpc.start_date < (v_start ->> 'asOf')::timestamptz and not exists (select private.my_fleets('{owner,manager}')) then
    raise exception using errcode = 'FF101', message = 'TOO_SOON',
      detail = jsonb_build_object('field', 'startDate', 'earliest', private.iso(date_trunc('minute', now()) + interval '1 minute'));
  end if;
  if v_named is not null then
    v_fleet := private.find_fleet(v_named);
    if search_cars_rpc.car_class is not null then
      select cc.id into v_class from public.car_classes as cc where cc.fleet_id = v_fleet and cc.slug = search_cars_rpc.car_class;
      v_class := coalesce(v_class, '00000000-0000-0000-0000-000000000000');
    end if;
  end if;
  return private.search_page(jsonb_build_object(
      'lat', search_cars_rpc.lat, 'lng', search_cars_rpc.lng, 'radius', v_radius, 'fleetId', v_fleet, 'classId', v_class,
      'carClass', search_cars_rpc.car_class, 'seats', search_cars_rpc.seats, 'rating', search_cars_rpc.rating_min,
      'maxPrice', search_cars_rpc.price_max, 'currency', search_cars_rpc.currency, 'busyToo', search_cars_rpc.busy_too),
    search_cars_rpc.start_date, search_cars_rpc.end_date, v_actor, v_sort, v_start, v_limit);
end
$$;

comment on function public.search_cars_rpc(timestamptz, timestamptz, jsonb, integer, integer, integer, text, text, integer, bigint, text, integer, text, boolean, integer, text) is
  'A page of cars that are free for a whole period.';
alter function public.search_cars_rpc(timestamptz, timestamptz, jsonb, integer, integer, integer, text, text, integer, bigint, text, integer, text, boolean, integer, text) owner to fleetflow_fn;
revoke all on function public.search_cars_rpc(timestamptz, timestamptz, jsonb, integer, integer, integer, text, text, integer, bigint, text, integer, text, boolean, integer, text) from public;
grant execute on function public.search_cars_rpc(timestamptz, timestamptz, jsonb, integer, integer, integer, text, text, integer, bigint, text, integer, text, boolean, integer, text) to fleetflow_api;
