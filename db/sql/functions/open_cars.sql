-- What: a cursor over the unretired cars that a search is about, nearest first by one of the indexes by place, or without a place by id.
-- Who: near_cars, as fleetflow_sys, which closes it; it reads no further than it has to.
create or replace function private.open_cars(filter jsonb) returns refcursor
  language plpgsql volatile
  set search_path = pg_catalog, public, pg_temp
  set enable_seqscan = off
  set enable_sort = off
as $$
declare
  v_here public.cube := private.place_point((filter ->> 'lat')::integer, (filter ->> 'lng')::integer);
  v_fleet uuid := (filter ->> 'fleetId')::uuid;
  v_class uuid := (filter ->> 'classId')::uuid;
  v_seats integer := coalesce((filter ->> 'seats')::integer, 0);
  v_rating integer := coalesce((filter ->> 'rating')::integer, 0);
  v_except uuid := (filter ->> 'exceptId')::uuid;
  v_except_class uuid := (filter ->> 'exceptClassId')::uuid;
  v_slug text := filter ->> 'carClass';
  v_cars refcursor;
begin
  if v_here is not null and v_class is not null then
    open v_cars no scroll for
      select c.* from public.cars as c
       where c.car_class_id = v_class and c.retired_at is null and c.lat_microdegrees is not null and coalesce(c.seats, 0) >= v_seats
         and c.rating_sum * 100 >= v_rating * c.total_reviews and (v_rating = 0 or c.total_reviews > 0) and c.id is distinct from v_except
       order by private.place_point(c.lat_microdegrees, c.lng_microdegrees) <-> v_here;
  elsif v_here is not null and v_fleet is not null then
    open v_cars no scroll for
      select c.* from public.cars as c
       where c.fleet_id = v_fleet and c.retired_at is null and c.lat_microdegrees is not null and coalesce(c.seats, 0) >= v_seats
         and c.rating_sum * 100 >= v_rating * c.total_reviews and (v_rating = 0 or c.total_reviews > 0) and c.car_class_id is distinct from v_except_class
       order by private.place_point(c.lat_microdegrees, c.lng_microdegrees) <-> v_here;
  elsif v_here is not null then
    open v_cars no scroll for
      select c.* from public.cars as c
       where c.retired_at is null and c.lat_microdegrees is not null and coalesce(c.seats, 0) >= v_seats
         and c.rating_sum * 100 >= v_rating * c.total_reviews and (v_rating = 0 or c.total_reviews > 0)
         and (v_slug is null or exists (select from public.car_classes as cc where cc.id = c.car_class_id and cc.slug = v_slug))
       order by private.place_point(c.lat_microdegrees, c.lng_microdegrees) <-> v_here;
  elsif v_class is not null then
    open v_cars no scroll for
      select c.* from public.cars as c
       where c.fleet_id = v_fleet and c.car_class_id = v_class and c.retired_at is null and coalesce(c.seats, 0) >= v_seats
         and c.rating_sum * 100 >= v_rating * c.total_reviews and (v_rating = 0 or c.total_reviews > 0) and c.id is distinct from v_except
       order by c.id;
  elsif v_fleet is not null then
    open v_cars no scroll for
      select c.* from public.cars as c
       where c.fleet_id = v_fleet and c.retired_at is null and coalesce(c.seats, 0) >= v_seats
         and c.rating_sum * 100 >= v_rating * c.total_reviews and (v_rating = 0 or c.total_reviews > 0) and c.car_class_id is distinct from v_except_class
       order by c.id;
  else
    open v_cars no scroll for
      select c.* from public.cars as c
       where c.retired_at is null and coalesce(c.seats, 0) >= v_seats
         and c.rating_sum * 100 >= v_rating * c.total_reviews and (v_rating = 0 or c.total_reviews > 0)
         and (v_slug is null or exists (select from public.car_classes as cc where cc.id = c.car_class_id and cc.slug = v_slug))
       order by c.id;
  end if;
  return v_cars;
end
$$;

comment on function private.open_cars(jsonb) is 'A cursor over the cars that a search is about.';
revoke all on function private.open_cars(jsonb) from public;
grant execute on function private.open_cars(jsonb) to fleetflow_sys;
