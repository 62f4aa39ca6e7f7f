-- What: a quote as the API shows it; id and expiresAt are null where it was not stored. Who: quote_trip.
create or replace function private.quote_json(quote public.quotes) returns jsonb
  language sql stable
  set search_path = pg_catalog, public, pg_temp
as $$
  select jsonb_build_object(
    'id', (quote_json.quote).id,
    'carId', (quote_json.quote).car_id,
    'userId', (quote_json.quote).user_id,
    'startDate', private.iso((quote_json.quote).start_date),
    'endDate', private.iso((quote_json.quote).end_date),
    'extras', (quote_json.quote).extras,
    'totalCost', (quote_json.quote).total_cost,
    'currency', (quote_json.quote).priced -> 'currency',
    'lines', (quote_json.quote).priced -> 'lines',
    'ratePlanId', (quote_json.quote).rate_plan_id,
    'ratePlanVersion', (quote_json.quote).priced -> 'planVersion',
    'offeredExtras', (select coalesce(p.rules -> 'extras', '[]') from public.rate_plans as p where p.id = (quote_json.quote).rate_plan_id),
    'expiresAt', private.iso((quote_json.quote).expires_at),
    'createdAt', private.iso((quote_json.quote).created_at))
$$;

comment on function private.quote_json(public.quotes) is 'A quote as the API shows it.';
revoke all on function private.quote_json(public.quotes) from public;
grant execute on function private.quote_json(public.quotes) to fleetflow_fn, fleetflow_sys;
