-- What: a price in 10^-12 minor units that no day of the tariff undercuts, before length factors.
-- Who: days_price, to see that a longer rental cannot cost less without adding up its days.
create or replace function private.cheapest_day(tariff jsonb) returns numeric
  language plpgsql immutable parallel safe
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  v_weekdays jsonb := cheapest_day.tariff -> 'weekdays';
  v_price numeric := private.key_price(cheapest_day.tariff, 0);
  v_factor numeric := 1000000;
begin
  for place in 1 .. coalesce(jsonb_array_length(cheapest_day.tariff -> 'seasons'), 0) loop
    v_price := least(v_price, private.key_price(cheapest_day.tariff, 8 * place));
  end loop;
  for i in 0 .. coalesce(jsonb_array_length(v_weekdays), 0) - 1 loop
    v_factor := least(v_factor, (v_weekdays ->> i)::numeric);
  end loop;
  return div(v_price * v_factor, 1000000);
end
$$;

comment on function private.cheapest_day(jsonb) is 'A price that no day of the tariff undercuts.';
revoke all on function private.cheapest_day(jsonb) from public;
grant execute on function private.cheapest_day(jsonb) to fleetflow_fn, fleetflow_sys;
