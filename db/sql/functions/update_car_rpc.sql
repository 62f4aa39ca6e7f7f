-- What: changes what is known of a car. One statement. `changes` holds members as create_car_rpc's `car`: what is absent stays, null clears
--   seats, lat with lng, odometer and externalId.
-- Who: owners and managers of the fleet.
-- Raises: UNAUTHENTICATED, FORBIDDEN. Answers perform's outcome of private.update_car.
create or replace function public.update_car_rpc(car_id uuid, changes jsonb, actor jsonb, idempotency_key text default null) returns jsonb
  language plpgsql volatile security definer
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  v_actor uuid := private.enter(update_car_rpc.actor, 'cars.update', true);
begin
  -- To clear a member is another input than not to name it, also for the key.
  return private.perform('cars.update', v_actor, jsonb_build_object(
      'id', update_car_rpc.car_id, 'changes', jsonb_strip_nulls(update_car_rpc.changes),
      'cleared', (select coalesce(jsonb_agg(c.key order by c.key), '[]') from jsonb_each(update_car_rpc.changes) as c where c.value = 'null')),
    update_car_rpc.idempotency_key);
end
$$;

comment on function public.update_car_rpc(uuid, jsonb, jsonb, text) is 'Changes what is known of a car.';
alter function public.update_car_rpc(uuid, jsonb, jsonb, text) owner to fleetflow_fn;
revoke all on function public.update_car_rpc(uuid, jsonb, jsonb, text) from public;
grant execute on function public.update_car_rpc(uuid, jsonb, jsonb, text) to fleetflow_api;
