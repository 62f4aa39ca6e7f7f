-- What: the price of a rental of a car: {"ratePlanId", "currency", "total", "lines": [{kind, description, quantity, unitAmount, amount}]}.
-- Who: everything that quotes or books a rental, under the caller's policies. Raises: NOT_PRICED.
create or replace function private.price_trip(car public.cars, starts timestamptz, ends timestamptz) returns jsonb
  language plpgsql stable
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  v_plan public.rate_plans := private.rate_plan_of(price_trip.car);
begin
  if v_plan.id is null then
    raise exception using errcode = 'FF103', message = 'NOT_PRICED';
  end if;
  return (
    select jsonb_build_object('ratePlanId', v_plan.id, 'currency', v_plan.currency, 'total', sum(l.amount),
             'lines', jsonb_agg(jsonb_build_object('kind', l.kind, 'description', l.description, 'quantity', l.quantity,
                                                   'unitAmount', l.unit_amount, 'amount', l.amount)))
      from private.price_lines(v_plan, (price_trip.car).time_zone, price_trip.starts, price_trip.ends) as l);
end
$$;

comment on function private.price_trip(public.cars, timestamptz, timestamptz) is 'The price of a rental of a car.';
revoke all on function private.price_trip(public.cars, timestamptz, timestamptz) from public;
grant execute on function private.price_trip(public.cars, timestamptz, timestamptz) to fleetflow_fn;
