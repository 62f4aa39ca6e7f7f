-- What: books any car of a class for a period: the best fitting free one, else one that becomes free when up to 3 trips of the class
--   change cars.
-- Who: perform, for create_trip_in_class_rpc. Input: fleet, carClass, userId, startDate, endDate, extras, maxTotal, driverId, allocation.
-- Raises: NOT_FOUND (field fleet, carClass, userId, driverId), FORBIDDEN, BAD_INPUT, TOO_SOON, TOO_LONG, TOO_SHORT, TOO_FAR, OUTSIDE_HOURS,
--   QUOTA_EXCEEDED, NOT_PRICED, PRICE_CHANGED (totalCost, currency), DRIVER_BUSY (windows),
--   CLASS_FULL (fleetId, carClassId, startDate, endDate).
-- Locks: people, and no car, while it tries what is free: the attempt is undone before the cars of a plan of moves are locked, so that
--   everybody locks cars before people.
create or replace function private.create_trip_in_class(actor uuid, input jsonb) returns jsonb
  language plpgsql volatile
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  v_renter uuid := coalesce((input ->> 'userId')::uuid, create_trip_in_class.actor);
  v_driver uuid := (input ->> 'driverId')::uuid;
  v_start timestamptz := (input ->> 'startDate')::timestamptz;
  v_end timestamptz := (input ->> 'endDate')::timestamptz;
  v_class public.car_classes := private.find_class(input ->> 'fleet', input ->> 'carClass');
  v_manages boolean := v_class.fleet_id in (select private.my_fleets('{owner,manager}'));
  v_offers jsonb;
  v_trip public.trips;
begin
  if input ->> 'allocation' not in ('auto', 'pinned') then
    raise exception using errcode = 'FF400', message = 'BAD_INPUT', detail = jsonb_build_object('field', 'allocation');
  end if;
  if v_renter <> create_trip_in_class.actor and not v_manages then
    raise exception using errcode = 'FF403', message = 'FORBIDDEN';
  end if;
  if v_renter <> create_trip_in_class.actor and not private.user_is_active(v_renter) then
    raise exception using errcode = 'FF404', message = 'NOT_FOUND', detail = jsonb_build_object('field', 'userId');
  end if;
  perform private.check_period(v_start, v_end), private.check_driver(v_class.fleet_id, v_renter, v_driver, v_manages);

  begin
    if v_driver is not null then
      perform private.lock_users(array[v_renter, v_driver]);
    end if;
    v_offers := private.class_offers(v_class, v_renter, v_manages, create_trip_in_class.input);
    v_trip := private.book_free_car(v_class, v_renter, v_manages, create_trip_in_class.input, v_offers -> 'offers');
    if v_trip.id is null then
      raise exception using errcode = 'FF009', message = 'CLASS_FULL';
    end if;
  exception when sqlstate 'FF009' then
    v_trip := private.book_with_moves(v_class, v_renter, v_manages, create_trip_in_class.input, v_offers -> 'offers');
  end;
  if v_trip.id is null and v_offers -> 'dear' <> 'null' and exists (select from private.free_cars(v_class, v_manages, v_start, v_end)) then
    raise exception using errcode = 'FF004', message = 'PRICE_CHANGED', detail = v_offers -> 'dear';
  elsif v_trip.id is null then
    raise exception using errcode = 'FF009', message = 'CLASS_FULL', detail = jsonb_build_object(
      'fleetId', v_class.fleet_id, 'carClassId', v_class.id, 'startDate', private.iso(v_start), 'endDate', private.iso(v_end));
  end if;
  return private.trip_json(v_trip);
end
$$;

comment on function private.create_trip_in_class(uuid, jsonb) is 'Books any car of a class for a period.';
revoke all on function private.create_trip_in_class(uuid, jsonb) from public;
grant execute on function private.create_trip_in_class(uuid, jsonb) to fleetflow_fn;
