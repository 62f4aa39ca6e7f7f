-- What: what a rental in the fleet's time zone would cost by a tariff that is not stored: {"totalCost", "currency", "lines"}.
-- Who: perform, for preview_rate_plan_rpc. Input: fleet, tariff, startDate, endDate, extras.
-- Raises: NOT_FOUND (fleet), FORBIDDEN, BAD_INPUT (the path in the tariff, extras, dates), TOO_LONG (maxDays, limit, nearest).
create or replace function private.preview_rate_plan(actor uuid, input jsonb) returns jsonb
  language plpgsql stable
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  v_fleet public.fleets;
  v_start timestamptz := (input ->> 'startDate')::timestamptz;
  v_end timestamptz := (input ->> 'endDate')::timestamptz;
  v_tariff jsonb := input -> 'tariff';
  v_price jsonb;
begin
  select f.* into v_fleet from public.fleets as f where f.id = private.managed_fleet(input ->> 'fleet', true);
  perform private.check_period(v_start, v_end);
  perform private.check_tariff(v_tariff);
  v_price := private.price_rental(v_tariff, v_fleet.time_zone, v_start, v_end, private.chosen_extras(v_tariff, input -> 'extras'), now());
  return jsonb_build_object('totalCost', v_price -> 'total', 'currency', v_fleet.currency, 'lines', v_price -> 'lines');
end
$$;

comment on function private.preview_rate_plan(uuid, jsonb) is 'What a rental would cost by a tariff that is not stored.';
revoke all on function private.preview_rate_plan(uuid, jsonb) from public;
grant execute on function private.preview_rate_plan(uuid, jsonb) to fleetflow_fn;
