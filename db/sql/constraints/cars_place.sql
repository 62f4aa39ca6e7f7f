-- Cars by place: of everybody, of a fleet, of a class. Nearest first is the order of the index, whatever lies between.
-- squawk-ignore require-concurrent-index-deletion
drop index if exists public.cars_place_idx;
-- squawk-ignore require-concurrent-index-deletion
drop index if exists public.cars_fleet_id_place_idx;
-- squawk-ignore require-concurrent-index-deletion
drop index if exists public.cars_car_class_id_place_idx;

-- squawk-ignore require-concurrent-index-creation
create index cars_place_idx on public.cars using gist (private.place_point(lat_microdegrees, lng_microdegrees))
  where retired_at is null and lat_microdegrees is not null;

-- squawk-ignore require-concurrent-index-creation
create index cars_fleet_id_place_idx on public.cars using gist (fleet_id, private.place_point(lat_microdegrees, lng_microdegrees))
  where retired_at is null and lat_microdegrees is not null;

-- squawk-ignore require-concurrent-index-creation
create index cars_car_class_id_place_idx on public.cars using gist (car_class_id, private.place_point(lat_microdegrees, lng_microdegrees))
  where retired_at is null and lat_microdegrees is not null;
