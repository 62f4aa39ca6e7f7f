-- What: the exact price of a day in 10^-12 minor units: base rate, then the season's own rate or factor, then the weekday's factor.
-- Who: days_price, fresh_days; `key` as private.day_keys makes it.
create or replace function private.key_price(tariff jsonb, key integer) returns numeric
  language plpgsql immutable parallel safe
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  v_season jsonb := case when key_price.key >= 8 then key_price.tariff -> 'seasons' -> (key_price.key / 8 - 1) end;
  v_price numeric := coalesce(v_season ->> 'dayRate', key_price.tariff ->> 'dayRate')::numeric * coalesce((v_season ->> 'ppm')::numeric, 1000000);
begin
  if key_price.key % 8 = 0 then
    return v_price * 1000000;
  end if;
  return v_price * (key_price.tariff -> 'weekdays' ->> (key_price.key % 8 - 1))::numeric;
end
$$;

comment on function private.key_price(jsonb, integer) is 'The exact price of a day.';
revoke all on function private.key_price(jsonb, integer) from public;
grant execute on function private.key_price(jsonb, integer) to fleetflow_fn, fleetflow_sys;
