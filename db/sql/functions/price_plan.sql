-- What: a price by a version of a rate plan, as it is quoted, charged and remembered: {"ratePlanId", "planVersion", "currency", "total",
--   "lines", "extras", "pricing", "asOf"}.
-- Who: price_trip, reprice_lines. Raises: BAD_INPUT (field extras; or endDate, reason AMOUNT_TOO_LARGE: more than JSON can say exactly).
create or replace function private.price_plan(
  plan public.rate_plans, time_zone text, starts timestamptz, ends timestamptz, extras jsonb, as_of timestamptz, kept jsonb default null
) returns jsonb
  language plpgsql stable
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  v_tariff jsonb := private.tariff_of(price_plan.plan);
  v_extras jsonb := private.chosen_extras(v_tariff, price_plan.extras);
  v_price jsonb := private.price_rental(v_tariff, price_plan.time_zone, price_plan.starts, price_plan.ends, v_extras, price_plan.as_of, price_plan.kept);
begin
  if (v_price ->> 'total')::bigint > 9007199254740991 then
    raise exception using errcode = 'FF400', message = 'BAD_INPUT', detail = jsonb_build_object('field', 'endDate', 'reason', 'AMOUNT_TOO_LARGE');
  end if;
  return v_price || jsonb_build_object('ratePlanId', (price_plan.plan).id, 'planVersion', (price_plan.plan).version,
    'currency', (price_plan.plan).currency, 'extras', v_extras, 'asOf', private.iso(price_plan.as_of));
end
$$;

comment on function private.price_plan(public.rate_plans, text, timestamptz, timestamptz, jsonb, timestamptz, jsonb) is
  'A price by a version of a rate plan.';
revoke all on function private.price_plan(public.rate_plans, text, timestamptz, timestamptz, jsonb, timestamptz, jsonb) from public;
grant execute on function private.price_plan(public.rate_plans, text, timestamptz, timestamptz, jsonb, timestamptz, jsonb) to fleetflow_fn, fleetflow_sys;
