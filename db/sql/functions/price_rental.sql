-- What: the price of a rental: {"total", "lines", "pricing"}. The one function that prices, for quotes, bookings, changes, searches and late
--   returns: pure, so the same arguments always give the same price. `tariff` is what private.tariff_of answers, `extras` is a list of
--   {"code", "quantity"}, `as_of` when it was booked, `kept` the `pricing` of the trip that is changed.
--   In order: time, extras, fees, discounts, taxes; a share is of everything above it and rounded once, half up. What is inclusive is
--   shown with quantity 0: its unit is the tax that the price contains. Every step grows with the one before, so no rental costs more
--   than a longer one. `pricing` is what a trip remembers, so that a later change keeps what was agreed.
-- Who: price_trip, reprice_lines, and whoever prices many cars of one plan.
create or replace function private.price_rental(
  tariff jsonb, time_zone text, starts timestamptz, ends timestamptz, extras jsonb, as_of timestamptz, kept jsonb default null
) returns jsonb
  language plpgsql immutable parallel safe
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  v_time jsonb := private.time_lines(price_rental.tariff, price_rental.time_zone, price_rental.starts, price_rental.ends, price_rental.kept -> 'days');
  v_lines jsonb := v_time -> 'lines';
  v_total bigint := (v_time ->> 'amount')::bigint;
  v_rule jsonb;
  v_quantity bigint;
  v_amount bigint;
begin
  if jsonb_array_length(price_rental.extras) > 0 then
    for v_rule, v_quantity in
      select e, (x ->> 'quantity')::bigint * case e ->> 'per' when 'day' then (v_time ->> 'days')::bigint else 1 end
        from jsonb_array_elements(price_rental.tariff -> 'extras') with ordinality as r (e, n)
        join jsonb_array_elements(price_rental.extras) as x on x ->> 'code' = e ->> 'code'
       order by n
    loop
      v_amount := (v_rule ->> 'amount')::bigint;
      v_lines := v_lines || private.line('extra', v_rule ->> 'name', v_quantity, v_amount);
      v_total := v_total + v_quantity * v_amount;
    end loop;
  end if;
  for i in 0 .. coalesce(jsonb_array_length(price_rental.tariff -> 'fees'), 0) - 1 loop
    v_rule := price_rental.tariff -> 'fees' -> i;
    v_amount := coalesce((v_rule ->> 'amount')::bigint, private.share(v_total, (v_rule ->> 'ppm')::bigint));
    v_lines := v_lines || private.line('fee', v_rule ->> 'name', 1, v_amount);
    v_total := v_total + v_amount;
  end loop;
  for i in 0 .. coalesce(jsonb_array_length(price_rental.tariff -> 'discounts'), 0) - 1 loop
    v_rule := price_rental.tariff -> 'discounts' -> i;
    continue when price_rental.starts - price_rental.as_of < make_interval(hours => 24 * coalesce((v_rule ->> 'leadDays')::integer, 0));
    v_amount := -private.share(v_total, (v_rule ->> 'ppm')::bigint);
    v_lines := v_lines || private.line('discount', v_rule ->> 'name', 1, v_amount);
    v_total := v_total + v_amount;
  end loop;
  if jsonb_array_length(price_rental.tariff -> 'taxes') > 0 then
    v_rule := private.tax_lines(price_rental.tariff, v_total);
    v_lines := v_lines || v_rule;
    for i in 0 .. jsonb_array_length(v_rule) - 1 loop
      v_total := v_total + (v_rule -> i ->> 'amount')::bigint;
    end loop;
  end if;
  return jsonb_build_object('total', v_total, 'lines', v_lines, 'pricing', jsonb_build_object(
    'timeZone', price_rental.time_zone, 'asOf', private.iso(price_rental.as_of), 'days', v_time -> 'granted', 'begunDays', v_time -> 'days'));
end
$$;

comment on function private.price_rental(jsonb, text, timestamptz, timestamptz, jsonb, timestamptz, jsonb) is 'The price of a rental, line by line.';
revoke all on function private.price_rental(jsonb, text, timestamptz, timestamptz, jsonb, timestamptz, jsonb) from public;
grant execute on function private.price_rental(jsonb, text, timestamptz, timestamptz, jsonb, timestamptz, jsonb) to fleetflow_fn, fleetflow_sys;
