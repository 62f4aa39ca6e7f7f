-- What: a version of a rate plan as the API shows it, with what it prices. Who: functions about rate plans, for whoever may set prices.
create or replace function private.rate_plan_json(plan public.rate_plans) returns jsonb
  language sql stable
  set search_path = pg_catalog, public, pg_temp
as $$
  select jsonb_build_object(
    'id', (rate_plan_json.plan).id,
    'fleetId', (rate_plan_json.plan).fleet_id,
    'name', (rate_plan_json.plan).name,
    'version', (rate_plan_json.plan).version,
    'newest', not exists (
      select from public.rate_plans as o
       where o.fleet_id = (rate_plan_json.plan).fleet_id and o.name = (rate_plan_json.plan).name and o.version > (rate_plan_json.plan).version),
    'currency', (rate_plan_json.plan).currency,
    'tariff', private.tariff_of(rate_plan_json.plan) - 'currency',
    'assignedTo', jsonb_build_object(
      'fleet', exists (select from public.fleets as f where f.id = (rate_plan_json.plan).fleet_id and f.rate_plan_id = (rate_plan_json.plan).id),
      'carClasses', (select coalesce(jsonb_agg(cc.slug order by cc.slug), '[]') from public.car_classes as cc
                      where cc.fleet_id = (rate_plan_json.plan).fleet_id and cc.rate_plan_id = (rate_plan_json.plan).id),
      'cars', (select count(*) from public.cars as c
                where c.fleet_id = (rate_plan_json.plan).fleet_id and c.rate_plan_id = (rate_plan_json.plan).id)),
    'createdAt', private.iso((rate_plan_json.plan).created_at))
$$;

comment on function private.rate_plan_json(public.rate_plans) is 'A version of a rate plan as the API shows it.';
revoke all on function private.rate_plan_json(public.rate_plans) from public;
grant execute on function private.rate_plan_json(public.rate_plans) to fleetflow_fn;
