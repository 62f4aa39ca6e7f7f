-- What: takes a car out of the fleet's offer for good. One statement.
-- Who: owners and managers of the fleet.
-- Raises: UNAUTHENTICATED, FORBIDDEN. Answers perform's outcome of private.retire_car.
create or replace function public.retire_car_rpc(car_id uuid, actor jsonb, reason text default null, idempotency_key text default null) returns jsonb
  language plpgsql volatile security definer
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  v_actor uuid := private.enter(retire_car_rpc.actor, 'cars.retire', true);
begin
  return private.perform('cars.retire', v_actor, jsonb_build_object('id', retire_car_rpc.car_id, 'reason', retire_car_rpc.reason),
    retire_car_rpc.idempotency_key);
end
$$;

comment on function public.retire_car_rpc(uuid, jsonb, text, text) is 'Takes a car out of the fleet''s offer for good.';
alter function public.retire_car_rpc(uuid, jsonb, text, text) owner to fleetflow_fn;
revoke all on function public.retire_car_rpc(uuid, jsonb, text, text) from public;
grant execute on function public.retire_car_rpc(uuid, jsonb, text, text) to fleetflow_api;
