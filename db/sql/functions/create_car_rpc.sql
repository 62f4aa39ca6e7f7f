-- What: adds a car to a fleet. One statement. `car` holds carClass (slug or id) and name, and may hold seats, lat and lng (microdegrees),
--   timeZone, prepMinutes, turnaroundMinutes, backToBack, instantBooking, odometer, externalId.
-- Who: owners and managers of the fleet.
-- Raises: UNAUTHENTICATED, FORBIDDEN. Answers perform's outcome of private.create_car.
create or replace function public.create_car_rpc(fleet text, car jsonb, actor jsonb, idempotency_key text default null) returns jsonb
  language plpgsql volatile security definer
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  v_actor uuid := private.enter(create_car_rpc.actor, 'cars.create', true);
begin
  return private.perform('cars.create', v_actor, jsonb_build_object('fleet', create_car_rpc.fleet, 'car', jsonb_strip_nulls(create_car_rpc.car)),
    create_car_rpc.idempotency_key);
end
$$;

comment on function public.create_car_rpc(text, jsonb, jsonb, text) is 'Adds a car to a fleet.';
alter function public.create_car_rpc(text, jsonb, jsonb, text) owner to fleetflow_fn;
revoke all on function public.create_car_rpc(text, jsonb, jsonb, text) from public;
grant execute on function public.create_car_rpc(text, jsonb, jsonb, text) to fleetflow_api;
