-- What: books any car of a class for a period: the best fitting free one, else one that becomes free when up to 3 trips of the class
--   change cars, else, for a renter, one whose fleet has to approve. A renter's own hold of a car of the class in that period becomes the booking.
-- Who: perform, for create_trip_in_class_rpc. Input: fleet, carClass, userId, startDate, endDate, lat, lng, radius, extras, maxTotal, driverId,
--   allocation.
-- Raises: NOT_FOUND (field fleet, carClass, userId, driverId), FORBIDDEN, BAD_INPUT, TOO_SOON (earliest), TOO_LONG, TOO_SHORT (limit, nearest),
--   TOO_FAR (latest), OUTSIDE_HOURS (nearest), QUOTA_EXCEEDED (limit), NOT_PRICED, PRICE_CHANGED (totalCost, currency), DRIVER_BUSY (windows),
--   CLASS_FULL (fleetId, carClassId, startDate, endDate, latMicrodegrees, lngMicrodegrees).
-- Locks: people, and no car, while it tries what is free: the attempt is undone before the cars of a plan of moves are locked, so that
--   everybody locks cars before people.
create or replace function private.create_trip_in_class(actor uuid, input jsonb) returns jsonb
  language plpgsql volatile
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  v_renter uuid := coalesce((input ->> 'userId')::uuid, create_trip_in_class.actor);
  v_people uuid[] := array[v_renter, (input ->> 'driverId')::uuid];
  v_class public.car_classes := private.find_class(input ->> 'fleet', input ->> 'carClass');
  v_manages boolean := v_class.fleet_id in (select private.my_fleets('{owner,manager}'));
  v_answer jsonb;
  v_offers jsonb;
  v_trip public.trips;
begin
  perform private.check_class_wish(create_trip_in_class.actor, v_class, v_manages, input);
  v_answer := private.book_held_car(create_trip_in_class.actor, v_class, input);
  if v_answer is not null then
    return v_answer;
  end if;

  begin
    perform private.lock_users(v_people) where v_people[2] is not null;
    v_offers := private.class_offers(v_class, v_renter, v_manages, input);
    v_trip := private.book_free_car(v_class, v_renter, v_manages, true, input, v_offers -> 'offers');
    if v_trip.id is null then
      raise exception using errcode = 'FF009', message = 'CLASS_FULL';
    end if;
  exception when sqlstate 'FF009' then
    v_trip := private.book_with_moves(v_class, v_renter, v_manages, input, v_offers -> 'offers');
  end;

  if v_trip.id is null and not v_manages and exists (select from private.free_cars(v_class, v_manages, input) as f where not f.instant) then
    perform private.lock_users(v_people) where v_people[2] is not null;
    v_offers := private.class_offers(v_class, v_renter, v_manages, input);
    v_trip := private.book_free_car(v_class, v_renter, v_manages, false, input, v_offers -> 'offers');
  end if;
  if v_trip.id is null and v_offers -> 'dear' <> 'null' and exists (select from private.free_cars(v_class, v_manages, input)) then
    raise exception using errcode = 'FF004', message = 'PRICE_CHANGED', detail = v_offers -> 'dear';
  elsif v_trip.id is null then
    raise exception using errcode = 'FF009', message = 'CLASS_FULL', detail = jsonb_build_object(
      'fleetId', v_class.fleet_id, 'carClassId', v_class.id, 'startDate', input -> 'startDate', 'endDate', input -> 'endDate',
      'latMicrodegrees', input -> 'lat', 'lngMicrodegrees', input -> 'lng');
  end if;
  return private.trip_json(v_trip);
end
$$;

comment on function private.create_trip_in_class(uuid, jsonb) is 'Books any car of a class for a period.';
revoke all on function private.create_trip_in_class(uuid, jsonb) from public;
grant execute on function private.create_trip_in_class(uuid, jsonb) to fleetflow_fn;
