-- What: a car class of a fleet, each by its id or slug, under the caller's policies.
-- Who: functions that book or search a class. Raises: NOT_FOUND (field fleet or carClass: absent, or hidden from the caller).
create or replace function private.find_class(fleet text, car_class text) returns public.car_classes
  language plpgsql stable
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  v_fleet uuid := private.find_fleet(find_class.fleet);
  v_as_id uuid := case when find_class.car_class ~* '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$' then find_class.car_class::uuid end;
  v_class public.car_classes;
begin
  if v_as_id is not null then
    select cc.* into v_class from public.car_classes as cc where cc.fleet_id = v_fleet and cc.id = v_as_id;
  else
    select cc.* into v_class from public.car_classes as cc where cc.fleet_id = v_fleet and cc.slug = find_class.car_class;
  end if;
  if v_class.id is null then
    raise exception using errcode = 'FF404', message = 'NOT_FOUND', detail = jsonb_build_object('field', 'carClass');
  end if;
  return v_class;
end
$$;

comment on function private.find_class(text, text) is 'A car class of a fleet by its id or slug.';
revoke all on function private.find_class(text, text) from public;
grant execute on function private.find_class(text, text) to fleetflow_fn;
