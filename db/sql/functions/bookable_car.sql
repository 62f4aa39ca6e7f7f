-- What: the car that somebody wants to hold or book, as they see it, after asking whether they may: for themselves, or as an owner or
--   manager of its fleet for any renter and any purpose. Nothing is locked yet.
-- Who: functions that hold or book a named car. Input: carId, userId, startDate, endDate, purpose, driverId.
-- Raises: NOT_FOUND (field carId, userId or driverId), FORBIDDEN, BAD_INPUT, TOO_LONG (maxDays, limit, nearest).
create or replace function private.bookable_car(actor uuid, input jsonb) returns public.cars
  language plpgsql stable
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  v_renter uuid := coalesce((input ->> 'userId')::uuid, bookable_car.actor);
  v_purpose text := coalesce(input ->> 'purpose', 'rental');
  v_manages boolean;
  v_car public.cars;
begin
  select c.* into v_car from public.cars as c where c.id = (input ->> 'carId')::uuid and c.retired_at is null;
  if not found then
    raise exception using errcode = 'FF404', message = 'NOT_FOUND', detail = jsonb_build_object('field', 'carId');
  end if;
  if v_purpose not in ('rental', 'maintenance', 'repair', 'owner_use') then
    raise exception using errcode = 'FF400', message = 'BAD_INPUT', detail = jsonb_build_object('field', 'purpose');
  end if;
  v_manages := coalesce(private.my_role(v_car.fleet_id) in ('owner', 'manager'), false);
  if not v_manages and (v_renter <> bookable_car.actor or v_purpose <> 'rental') then
    raise exception using errcode = 'FF403', message = 'FORBIDDEN';
  end if;
  if v_renter <> bookable_car.actor and not private.user_is_active(v_renter) then
    raise exception using errcode = 'FF404', message = 'NOT_FOUND', detail = jsonb_build_object('field', 'userId');
  end if;
  if private.period_fault((input ->> 'startDate')::timestamptz, (input ->> 'endDate')::timestamptz) is not null then
    perform private.check_period((input ->> 'startDate')::timestamptz, (input ->> 'endDate')::timestamptz);
  end if;
  if input ->> 'driverId' is not null then
    perform private.check_driver(v_car.fleet_id, v_renter, (input ->> 'driverId')::uuid, v_manages);
  end if;
  return v_car;
end
$$;

comment on function private.bookable_car(uuid, jsonb) is 'The car that somebody wants to hold or book.';
revoke all on function private.bookable_car(uuid, jsonb) from public;
grant execute on function private.bookable_car(uuid, jsonb) to fleetflow_fn;
