-- What: stores a plan, or the next version of the one with that name; whatever an older version priced follows. Past trips and quotes keep
--   the version they were priced by.
-- Who: perform, for create_rate_plan_rpc. Input: fleet, name, tariff, assignTo ({carId}, {carClass} or {"fleet": true}).
-- Raises: NOT_FOUND (fleet, carId, carClass), FORBIDDEN, BAD_INPUT (the path in the tariff). Locks: cars, classes and fleet that follow.
create or replace function private.create_rate_plan(actor uuid, input jsonb) returns jsonb
  language plpgsql volatile
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  v_fleet uuid := private.managed_fleet(input ->> 'fleet');
  v_tariff jsonb := input -> 'tariff';
  v_to jsonb := nullif(input -> 'assignTo', 'null');
  v_plan public.rate_plans;
begin
  if coalesce(length(input ->> 'name') not between 1 and 200, true) then
    raise exception using errcode = 'FF400', message = 'BAD_INPUT', detail = jsonb_build_object('field', 'name');
  elsif jsonb_typeof(v_to) <> 'object' then
    raise exception using errcode = 'FF400', message = 'BAD_INPUT', detail = jsonb_build_object('field', 'assignTo');
  end if;
  perform private.check_tariff(v_tariff);
  -- Somebody else may store the same version first: then ours is the next one.
  while v_plan.id is null loop
    insert into public.rate_plans as p (id, fleet_id, name, version, currency, day_rate, hour_rate, minimum_charge, rules)
    select private.uuid_v7(), f.id, input ->> 'name',
           1 + coalesce((select max(o.version) from public.rate_plans as o where o.fleet_id = f.id and o.name = input ->> 'name'), 0),
           f.currency, (v_tariff ->> 'dayRate')::bigint, (v_tariff ->> 'hourRate')::bigint, (v_tariff ->> 'minimumCharge')::bigint,
           v_tariff - '{dayRate,hourRate,minimumCharge,seasons}'::text[]
      from public.fleets as f where f.id = v_fleet
    on conflict on constraint rate_plans_fleet_id_name_version_key do nothing
    returning p.* into v_plan;
  end loop;
  insert into public.rate_plan_seasons (rate_plan_id, id, name, days, day_rate, ppm)
  select v_plan.id, private.uuid_v7(), s ->> 'name', daterange((s ->> 'from')::date, (s ->> 'to')::date, '[]'),
         (s ->> 'dayRate')::bigint, (s ->> 'ppm')::integer
    from jsonb_array_elements(v_tariff -> 'seasons') as s;
  perform private.follow_rate_plan(v_plan);
  if v_to is not null then
    perform private.assign_rate_plan(create_rate_plan.actor, (v_to - 'fleet') || jsonb_build_object('fleet', v_fleet, 'ratePlanId', v_plan.id));
  end if;
  return private.rate_plan_json(v_plan);
end
$$;

comment on function private.create_rate_plan(uuid, jsonb) is 'Stores a plan, or its next version.';
revoke all on function private.create_rate_plan(uuid, jsonb) from public;
grant execute on function private.create_rate_plan(uuid, jsonb) to fleetflow_fn;
