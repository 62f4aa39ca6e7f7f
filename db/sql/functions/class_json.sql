-- What: a car class as the API shows it.
-- Who: entry functions, with a row they have read under the caller's policies.
create or replace function private.class_json(car_class public.car_classes) returns jsonb
  language sql stable parallel safe
  set search_path = pg_catalog, public, pg_temp
as $$
  select jsonb_build_object('id', (class_json.car_class).id, 'fleetId', (class_json.car_class).fleet_id, 'slug', (class_json.car_class).slug,
    'name', (class_json.car_class).name, 'createdAt', private.iso((class_json.car_class).created_at))
$$;

comment on function private.class_json(public.car_classes) is 'A car class as the API shows it.';
revoke all on function private.class_json(public.car_classes) from public;
grant execute on function private.class_json(public.car_classes) to fleetflow_fn;
