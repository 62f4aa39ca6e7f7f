-- What: one car with its rates and rating.
-- Who: whoever sees it. Raises: UNAUTHENTICATED, FORBIDDEN, NOT_FOUND (absent, or hidden).
create or replace function public.get_car_rpc(car_id uuid, actor jsonb) returns jsonb
  language plpgsql volatile security definer
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  v_actor uuid := private.enter(get_car_rpc.actor, 'cars.get', false);
  v_car public.cars;
begin
  select c.* into v_car from public.cars as c where c.id = get_car_rpc.car_id;
  if not found then
    raise exception using errcode = 'FF404', message = 'NOT_FOUND', detail = jsonb_build_object('field', 'id');
  end if;
  return private.car_json(v_car);
end
$$;

comment on function public.get_car_rpc(uuid, jsonb) is 'One car with its rates and rating.';
alter function public.get_car_rpc(uuid, jsonb) owner to fleetflow_fn;
revoke all on function public.get_car_rpc(uuid, jsonb) from public;
grant execute on function public.get_car_rpc(uuid, jsonb) to fleetflow_api;
