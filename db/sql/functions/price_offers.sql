-- What: what a rental of each of several cars would cost, {"total", "currency"}: price_trip, once for each rate plan or class and zone. NULL for a car
--   that has no price, or one beyond all numbers, or whose plan does not know the extras.
-- Who: searches and refusals, under the caller's policies. Catches: BAD_INPUT, NOT_PRICED, and what is out of a bigint's range: one fleet's tariff is nobody else's
--   concern.
create or replace function private.price_offers(car_ids uuid[], starts timestamptz, ends timestamptz, extras jsonb, as_of timestamptz)
  returns table (car_id uuid, price jsonb)
  language plpgsql stable
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  v_car public.cars;
  v_key text;
  v_prices jsonb := '{}';
  v_price jsonb;
begin
  for v_car in select c.* from public.cars as c where c.id = any (price_offers.car_ids) loop
    v_key := coalesce(v_car.rate_plan_id, v_car.car_class_id) || v_car.time_zone;
    if not v_prices ? v_key then
      begin
        v_price := private.price_trip(v_car, price_offers.starts, price_offers.ends, price_offers.extras, price_offers.as_of);
      exception when sqlstate 'FF400' or sqlstate 'FF103' or numeric_value_out_of_range then
        v_price := null;
      end;
      v_prices := v_prices || jsonb_build_object(v_key,
        case when v_price is not null then jsonb_build_object('total', v_price -> 'total', 'currency', v_price -> 'currency') end);
    end if;
    price_offers.car_id := v_car.id;
    price_offers.price := nullif(v_prices -> v_key, 'null');
    return next;
  end loop;
end
$$;

comment on function private.price_offers(uuid[], timestamptz, timestamptz, jsonb, timestamptz) is 'What a rental of each of several cars would cost.';
revoke all on function private.price_offers(uuid[], timestamptz, timestamptz, jsonb, timestamptz) from public;
grant execute on function private.price_offers(uuid[], timestamptz, timestamptz, jsonb, timestamptz) to fleetflow_fn;
