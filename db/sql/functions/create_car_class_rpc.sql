-- What: adds a car class to a fleet. One statement.
-- Who: owners and managers of the fleet.
-- Raises: UNAUTHENTICATED, FORBIDDEN. Answers perform's outcome of private.create_class.
create or replace function public.create_car_class_rpc(fleet text, slug text, name text, actor jsonb, idempotency_key text default null) returns jsonb
  language plpgsql volatile security definer
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  v_actor uuid := private.enter(create_car_class_rpc.actor, 'carClasses.create', true);
begin
  return private.perform('carClasses.create', v_actor, jsonb_build_object(
      'fleet', create_car_class_rpc.fleet, 'slug', create_car_class_rpc.slug, 'name', create_car_class_rpc.name),
    create_car_class_rpc.idempotency_key);
end
$$;

comment on function public.create_car_class_rpc(text, text, text, jsonb, text) is 'Adds a car class to a fleet.';
alter function public.create_car_class_rpc(text, text, text, jsonb, text) owner to fleetflow_fn;
revoke all on function public.create_car_class_rpc(text, text, text, jsonb, text) from public;
grant execute on function public.create_car_class_rpc(text, text, text, jsonb, text) to fleetflow_api;
