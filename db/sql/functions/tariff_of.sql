-- What: a version of a rate plan with its seasons, as the one document that private.price_rental reads.
-- Who: price_trip, reprice_lines; for many cars of one plan once. Runs as fleetflow_sys, as rate_plan_of does.
create or replace function private.tariff_of(plan public.rate_plans) returns jsonb
  language plpgsql stable parallel safe security definer
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  v_seasons jsonb;
begin
  select jsonb_agg(jsonb_strip_nulls(jsonb_build_object('name', s.name, 'from', lower(s.days), 'to', upper(s.days) - 1,
           'dayRate', s.day_rate, 'ppm', s.ppm)) order by s.days) into v_seasons
    from public.rate_plan_seasons as s where s.rate_plan_id = (tariff_of.plan).id;
  return (tariff_of.plan).rules || jsonb_build_object('currency', (tariff_of.plan).currency, 'dayRate', (tariff_of.plan).day_rate,
    'hourRate', (tariff_of.plan).hour_rate, 'minimumCharge', (tariff_of.plan).minimum_charge, 'seasons', coalesce(v_seasons, '[]'));
end
$$;

comment on function private.tariff_of(public.rate_plans) is 'A version of a rate plan as one document.';
alter function private.tariff_of(public.rate_plans) owner to fleetflow_sys;
revoke all on function private.tariff_of(public.rate_plans) from public;
grant execute on function private.tariff_of(public.rate_plans) to fleetflow_fn, fleetflow_sys;
