-- What: takes a car out of the fleet's offer for good. Its past stays; members still see it. A car that is retired stays as it is.
-- Who: perform, for retire_car_rpc: owners and managers of the fleet. Input: id, reason.
-- Raises: NOT_FOUND (field id), FORBIDDEN, BAD_INPUT (field reason),
--   INVALID_STATE (from, operation, allowed, count, trips: what stands in the way). Locks: the car.
create or replace function private.retire_car(actor uuid, input jsonb) returns jsonb
  language plpgsql volatile
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  v_car public.cars := private.managed_car((input ->> 'id')::uuid);
  v_reason text := private.reason_of(input);
  v_open jsonb;
begin
  perform private.lock_cars(array[v_car.id]);
  v_car := private.managed_car(v_car.id);
  if v_car.retired_at is null then
    v_open := private.close_car(v_car.id);
    if v_open is not null then
      raise exception using errcode = 'FF002', message = 'INVALID_STATE',
        detail = v_open || '{"from": "booked", "operation": "retire", "allowed": ["update"]}';
    end if;
    update public.cars as c set retired_at = now(), retire_reason = v_reason where c.id = v_car.id returning c.* into v_car;
  end if;
  return private.car_json(v_car);
end
$$;

comment on function private.retire_car(uuid, jsonb) is 'Takes a car out of the fleet''s offer for good.';
revoke all on function private.retire_car(uuid, jsonb) from public;
grant execute on function private.retire_car(uuid, jsonb) to fleetflow_fn;
