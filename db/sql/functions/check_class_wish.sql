-- What: refuses a booking of a class that its caller may not ask for: for themselves, or as an owner or manager of the fleet for anybody.
-- Who: create_trip_in_class. Input: userId, startDate, endDate, lat, lng, radius, driverId, allocation.
-- Raises: BAD_INPUT (field allocation, lat, lng, radiusKm, startDate, endDate), FORBIDDEN, NOT_FOUND (field userId, driverId), TOO_LONG (limit, nearest).
create or replace function private.check_class_wish(actor uuid, car_class public.car_classes, manages boolean, input jsonb) returns void
  language plpgsql stable
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  v_renter uuid := coalesce((input ->> 'userId')::uuid, check_class_wish.actor);
  v_fault text := case
    when input ->> 'allocation' not in ('auto', 'pinned') then 'allocation'
    when (input ->> 'lat')::integer not between -90000000 and 90000000 or num_nulls(input ->> 'lat', input ->> 'lng') = 1 then 'lat'
    when (input ->> 'lng')::integer not between -180000000 and 180000000 then 'lng'
    when (input ->> 'radius')::integer not between 1 and 20100000 then 'radiusKm' end;
begin
  if v_fault is not null then
    raise exception using errcode = 'FF400', message = 'BAD_INPUT', detail = jsonb_build_object('field', v_fault, 'reason',
      case when v_fault = 'lat' and num_nulls(input ->> 'lat', input ->> 'lng') = 1 then 'PLACE_REQUIRED' else 'BAD_VALUE' end);
  end if;
  if v_renter <> check_class_wish.actor and not check_class_wish.manages then
    raise exception using errcode = 'FF403', message = 'FORBIDDEN';
  end if;
  if v_renter <> check_class_wish.actor and not private.user_is_active(v_renter) then
    raise exception using errcode = 'FF404', message = 'NOT_FOUND', detail = jsonb_build_object('field', 'userId');
  end if;
  perform private.check_period((input ->> 'startDate')::timestamptz, (input ->> 'endDate')::timestamptz);
  perform private.check_driver((check_class_wish.car_class).fleet_id, v_renter, (input ->> 'driverId')::uuid, check_class_wish.manages);
end
$$;

comment on function private.check_class_wish(uuid, public.car_classes, boolean, jsonb) is 'Refuses a booking of a class that its caller may not ask for.';
revoke all on function private.check_class_wish(uuid, public.car_classes, boolean, jsonb) from public;
grant execute on function private.check_class_wish(uuid, public.car_classes, boolean, jsonb) to fleetflow_fn;
