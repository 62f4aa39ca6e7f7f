-- What: the price of a rental of a car by the plan that prices it now: {"ratePlanId", "planVersion", "currency", "total", "lines", "extras",
--   "pricing", "asOf"}. `extras` is a list of {"code", "quantity"}; `pricing` is what the trip remembers.
-- Who: everything that quotes or books a rental, under the caller's policies. Raises: NOT_PRICED, BAD_INPUT (field extras, endDate).
create or replace function private.price_trip(
  car public.cars, starts timestamptz, ends timestamptz, extras jsonb default '[]', as_of timestamptz default now()
) returns jsonb
  language plpgsql stable
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  v_plan public.rate_plans := private.rate_plan_of(price_trip.car);
begin
  if v_plan.id is null then
    raise exception using errcode = 'FF103', message = 'NOT_PRICED';
  end if;
  return private.price_plan(v_plan, (price_trip.car).time_zone, price_trip.starts, price_trip.ends, price_trip.extras, price_trip.as_of);
end
$$;

comment on function private.price_trip(public.cars, timestamptz, timestamptz, jsonb, timestamptz) is 'The price of a rental of a car.';
revoke all on function private.price_trip(public.cars, timestamptz, timestamptz, jsonb, timestamptz) from public;
grant execute on function private.price_trip(public.cars, timestamptz, timestamptz, jsonb, timestamptz) to fleetflow_fn, fleetflow_sys;
