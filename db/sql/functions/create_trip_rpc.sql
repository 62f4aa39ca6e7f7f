-- What: books a car for a period: finds the car under the caller's policies, prices, inserts, answers. One statement.
-- Who: any signed-in user for themselves; owners and managers of the car's fleet for any renter and any purpose.
-- Raises: UNAUTHENTICATED, BAD_INPUT, NOT_FOUND (car, or field userId), FORBIDDEN, TOO_SOON (earliest), TOO_LONG (maxDays),
--   NOT_PRICED, PRICE_CHANGED (totalCost, currency), TRIP_OVERLAP (conflicts, nextFree).
-- Locks: the car, and reads it again: it may have been retired or given other buffers meanwhile.
--   The constraint decides; the lock only makes callers queue instead of deadlock.
create or replace function public.create_trip_rpc(
  car_id uuid, user_id uuid, start_date timestamptz, end_date timestamptz, actor jsonb,
  purpose text default 'rental', max_total bigint default null
) returns jsonb
  language plpgsql volatile security definer
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  v_actor uuid := private.enter(create_trip_rpc.actor, true);
  v_renter uuid := coalesce(create_trip_rpc.user_id, v_actor);
  v_purpose text := coalesce(create_trip_rpc.purpose, 'rental');
  v_rental boolean := v_purpose = 'rental';
  v_manages boolean;
  v_car public.cars;
  v_plan public.rate_plans;
  v_total bigint := 0;
  v_trip public.trips;
begin
  select c.* into v_car from public.cars as c where c.id = create_trip_rpc.car_id and c.retired_at is null;
  if not found then
    raise exception using errcode = 'FF404', message = 'NOT_FOUND', detail = jsonb_build_object('field', 'carId');
  end if;
  if v_purpose not in ('rental', 'maintenance', 'repair', 'owner_use') then
    raise exception using errcode = 'FF400', message = 'BAD_INPUT', detail = jsonb_build_object('field', 'purpose');
  end if;
  v_manages := v_car.fleet_id in (select private.my_fleets('{owner,manager}'));
  if not v_manages and (v_renter <> v_actor or not v_rental) then
    raise exception using errcode = 'FF403', message = 'FORBIDDEN';
  end if;
  if v_renter <> v_actor and not private.user_is_active(v_renter) then
    raise exception using errcode = 'FF404', message = 'NOT_FOUND', detail = jsonb_build_object('field', 'userId');
  end if;
  perform private.check_period(create_trip_rpc.start_date, create_trip_rpc.end_date);
  if not v_manages and create_trip_rpc.start_date < now() then
    raise exception using errcode = 'FF101', message = 'TOO_SOON',
      detail = jsonb_build_object('field', 'startDate', 'earliest', private.iso(date_trunc('minute', now()) + interval '1 minute'));
  end if;

  perform private.lock_cars(array[v_car.id]);
  perform private.extend_overdue(v_car.id);
  select c.* into v_car from public.cars as c where c.id = create_trip_rpc.car_id and c.retired_at is null;
  if not found then
    raise exception using errcode = 'FF404', message = 'NOT_FOUND', detail = jsonb_build_object('field', 'carId');
  end if;

  if v_rental then
    v_plan := private.rate_plan_of(v_car);
    if v_plan.id is null then
      raise exception using errcode = 'FF103', message = 'NOT_PRICED';
    end if;
    select sum(l.amount) into v_total
      from private.price_lines(v_plan, v_car.time_zone, create_trip_rpc.start_date, create_trip_rpc.end_date) as l;
    if v_total > create_trip_rpc.max_total then
      raise exception using errcode = 'FF004', message = 'PRICE_CHANGED',
        detail = jsonb_build_object('totalCost', v_total, 'currency', v_plan.currency);
    end if;
  end if;

  insert into public.trips as t (car_id, id, fleet_id, booked_by_id, purpose, status, trip_start_date, trip_end_date,
    prep_minutes, turnaround_minutes, back_to_back, blocked, currency, rate_plan_id)
  values (v_car.id, private.uuid_v7(), v_car.fleet_id, v_renter, v_purpose, 'confirmed',
    create_trip_rpc.start_date, create_trip_rpc.end_date, v_car.prep_minutes, v_car.turnaround_minutes, v_car.back_to_back,
    private.blocked_range(create_trip_rpc.start_date, create_trip_rpc.end_date,
      v_car.prep_minutes, v_car.turnaround_minutes, v_car.back_to_back),
    coalesce(v_plan.currency, (select f.currency from public.fleets as f where f.id = v_car.fleet_id)), v_plan.id)
  on conflict on constraint prevent_overlap do nothing
  returning t.* into v_trip;
  if not found then
    raise exception using errcode = 'FF001', message = 'TRIP_OVERLAP',
      detail = private.overlap_details(v_car.id, create_trip_rpc.start_date, create_trip_rpc.end_date,
        v_car.prep_minutes, v_car.turnaround_minutes, v_car.back_to_back);
  end if;

  if v_rental then
    insert into public.trip_lines (car_id, trip_id, id, kind, description, quantity, unit_amount, amount)
    select v_trip.car_id, v_trip.id, private.uuid_v7(), l.kind, l.description, l.quantity, l.unit_amount, l.amount
      from private.price_lines(v_plan, v_car.time_zone, v_trip.trip_start_date, v_trip.trip_end_date) as l;
  end if;
  return (select private.trip_json(t) from public.trips as t where t.car_id = v_trip.car_id and t.id = v_trip.id);
end
$$;

comment on function public.create_trip_rpc(uuid, uuid, timestamptz, timestamptz, jsonb, text, bigint) is 'Books a car for a period.';
alter function public.create_trip_rpc(uuid, uuid, timestamptz, timestamptz, jsonb, text, bigint) owner to fleetflow_fn;
revoke all on function public.create_trip_rpc(uuid, uuid, timestamptz, timestamptz, jsonb, text, bigint) from public;
grant execute on function public.create_trip_rpc(uuid, uuid, timestamptz, timestamptz, jsonb, text, bigint) to fleetflow_api;
