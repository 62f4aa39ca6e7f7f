-- What: a version of a rate plan with its seasons, as the one document that private.price_rental reads.
-- Who: price_trip, reprice_lines; for many cars of one plan once.
create or replace function private.tariff_of(plan public.rate_plans) returns jsonb
  language sql stable parallel safe
  set search_path = pg_catalog, public, pg_temp
as $$
  select (tariff_of.plan).rules || jsonb_build_object('currency', (tariff_of.plan).currency, 'dayRate', (tariff_of.plan).day_rate,
    'hourRate', (tariff_of.plan).hour_rate, 'minimumCharge', (tariff_of.plan).minimum_charge,
    'seasons', coalesce((
      select jsonb_agg(jsonb_strip_nulls(jsonb_build_object('name', s.name, 'from', lower(s.days), 'to', upper(s.days) - 1,
               'dayRate', s.day_rate, 'ppm', s.ppm)) order by s.days)
        from public.rate_plan_seasons as s where s.rate_plan_id = (tariff_of.plan).id), '[]'))
$$;

comment on function private.tariff_of(public.rate_plans) is 'A version of a rate plan as one document.';
revoke all on function private.tariff_of(public.rate_plans) from public;
grant execute on function private.tariff_of(public.rate_plans) to fleetflow_fn, fleetflow_sys;
