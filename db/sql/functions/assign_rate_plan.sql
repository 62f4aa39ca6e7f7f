-- What: says which plan prices a car, a class or, with neither, whatever else the fleet has; without a plan, takes it away.
-- Who: perform, for assign_rate_plan_rpc; create_rate_plan. Input: fleet, ratePlanId, carId, carClass (slug).
-- Raises: NOT_FOUND (fleet, ratePlanId, carId, carClass), FORBIDDEN, BAD_INPUT (carClass beside carId). Locks: the car, the class or the fleet.
create or replace function private.assign_rate_plan(actor uuid, input jsonb) returns jsonb
  language plpgsql volatile
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  v_fleet uuid := private.managed_fleet(input ->> 'fleet');
  v_plan uuid := (input ->> 'ratePlanId')::uuid;
  v_car uuid := (input ->> 'carId')::uuid;
  v_class uuid;
  v_missing text;
begin
  if v_car is not null and input ->> 'carClass' is not null then
    raise exception using errcode = 'FF400', message = 'BAD_INPUT', detail = jsonb_build_object('field', 'carClass', 'reason', 'ONE_TARGET');
  end if;
  select cc.id into v_class from public.car_classes as cc where cc.fleet_id = v_fleet and cc.slug = input ->> 'carClass';
  v_missing := case
    when v_plan is not null and not exists (select from public.rate_plans as p where p.id = v_plan and p.fleet_id = v_fleet) then 'ratePlanId'
    when v_car is not null and not exists (select from public.cars as c where c.id = v_car and c.fleet_id = v_fleet) then 'carId'
    when v_class is null and input ->> 'carClass' is not null then 'carClass' end;
  if v_missing is not null then
    raise exception using errcode = 'FF404', message = 'NOT_FOUND', detail = jsonb_build_object('field', v_missing);
  end if;
  perform private.put_rate_plan(v_fleet, v_plan, v_car, v_class);
  return jsonb_build_object('fleetId', v_fleet, 'ratePlanId', v_plan, 'carId', v_car, 'carClass', input ->> 'carClass');
end
$$;

comment on function private.assign_rate_plan(uuid, jsonb) is 'Says which plan prices a car, a class or a fleet.';
revoke all on function private.assign_rate_plan(uuid, jsonb) from public;
grant execute on function private.assign_rate_plan(uuid, jsonb) to fleetflow_fn;
