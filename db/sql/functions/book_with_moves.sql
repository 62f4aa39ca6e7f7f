-- What: books a car of a class after other trips have been moved out of its way: plans without a lock, then locks what the plan needs, looks
--   again and does it. A plan that somebody has overtaken is undone and made anew. NULL when there is no plan.
-- Who: functions that book a class, with the offers of private.class_offers, when no car was simply free and holding no lock but a key.
-- Raises: DRIVER_BUSY (windows), NOT_FOUND, and when the rules have changed meanwhile: OUTSIDE_HOURS, TOO_SHORT, TOO_LONG, TOO_SOON, TOO_FAR,
--   QUOTA_EXCEEDED. Catches: TRIP_OVERLAP, INVALID_STATE. Locks: the cars of the plan ascending, then the renter and all drivers ascending, then the trips.
create or replace function private.book_with_moves(car_class public.car_classes, renter uuid, manages boolean, input jsonb, offers jsonb)
  returns public.trips
  language plpgsql volatile
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  c_plans constant integer := 32;
  v_start timestamptz := (input ->> 'startDate')::timestamptz;
  v_end timestamptz := (input ->> 'endDate')::timestamptz;
  v_plan jsonb;
  v_chosen record;
  v_trip public.trips;
begin
  for v_round in 1 .. c_plans loop
    v_plan := private.plan_moves(book_with_moves.car_class, book_with_moves.manages, book_with_moves.input, book_with_moves.offers);
    if v_plan is null then
      return null;
    end if;
    begin
      if private.hold_plan(book_with_moves.car_class, book_with_moves.manages, v_plan,
           array[book_with_moves.renter, (input ->> 'driverId')::uuid]) then
        select k.car, k.tariff into v_chosen
          from private.class_cars(book_with_moves.car_class, book_with_moves.manages, book_with_moves.input) as k
         where (k.car).id = (v_plan ->> 'carId')::uuid;
        perform private.check_rules(v_chosen.car, book_with_moves.renter, 'rental', v_start, v_end, book_with_moves.manages);
        if jsonb_array_length(v_plan -> 'moves') > 0 then
          perform private.move_trips(v_plan -> 'moves');
        end if;
        v_trip := private.book_class_trip(v_chosen.car, book_with_moves.renter, book_with_moves.input, offers -> v_chosen.tariff);
      end if;
      if v_trip.id is null then
        perform private.refuse_overlap((v_plan ->> 'carId')::uuid, v_start, v_end, null, null, null);
      end if;
      return v_trip;
    exception when sqlstate 'FF001' or sqlstate 'FF002' then
      v_trip := null;
    end;
  end loop;
  perform private.try_again();
  return v_trip;
end
$$;

comment on function private.book_with_moves(public.car_classes, uuid, boolean, jsonb, jsonb) is
  'Books a car of a class after other trips have been moved out of its way.';
revoke all on function private.book_with_moves(public.car_classes, uuid, boolean, jsonb, jsonb) from public;
grant execute on function private.book_with_moves(public.car_classes, uuid, boolean, jsonb, jsonb) to fleetflow_fn;
