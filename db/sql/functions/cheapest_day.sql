-- What: a price in 10^-12 minor units that no day of the tariff undercuts, before length factors.
-- Who: days_price, to see that a longer rental cannot cost less without adding up its days.
create or replace function private.cheapest_day(tariff jsonb) returns numeric
  language plpgsql immutable parallel safe
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  v_price numeric := private.key_price(cheapest_day.tariff, 0);
begin
  if jsonb_array_length(cheapest_day.tariff -> 'seasons') > 0 then
    v_price := least(v_price, (
      select min(private.key_price(cheapest_day.tariff, 8 * i))
        from generate_series(1, jsonb_array_length(cheapest_day.tariff -> 'seasons')) as i));
  end if;
  if cheapest_day.tariff ? 'weekdays' then
    v_price := div(v_price * (select min(w::numeric) from jsonb_array_elements_text(cheapest_day.tariff -> 'weekdays') as w), 1000000);
  end if;
  return v_price;
end
$$;

comment on function private.cheapest_day(jsonb) is 'A price that no day of the tariff undercuts.';
revoke all on function private.cheapest_day(jsonb) from public;
grant execute on function private.cheapest_day(jsonb) to fleetflow_fn, fleetflow_sys;
