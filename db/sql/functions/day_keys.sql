-- What: for each of `count` local days from `first`, what sets its price: 8 x its season's place in the tariff (0: none) + its
--   weekday (1 Monday to 7 Sunday; 0 where the weekday changes nothing). A day belongs to the date on which it begins.
-- Who: days_price, fresh_days.
create or replace function private.day_keys(tariff jsonb, first date, count integer) returns integer[]
  language plpgsql immutable parallel safe
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  v_keys integer[] := array_fill(0, array[day_keys.count]);
  v_factors jsonb := day_keys.tariff -> 'weekdays';
  v_seasons jsonb := day_keys.tariff -> 'seasons';
  v_season jsonb;
  v_weekday integer;
begin
  if v_factors is not null then
    for i in 1 .. day_keys.count loop
      v_weekday := extract(isodow from day_keys.first + i - 1);
      if v_factors -> v_weekday - 1 <> '1000000' then
        v_keys[i] := v_weekday;
      end if;
    end loop;
  end if;
  for place in 1 .. coalesce(jsonb_array_length(v_seasons), 0) loop
    v_season := v_seasons -> place - 1;
    for i in greatest(1, (v_season ->> 'from')::date - day_keys.first + 1)
          .. least(day_keys.count, (v_season ->> 'to')::date - day_keys.first + 1) loop
      v_keys[i] := v_keys[i] % 8 + 8 * place;
    end loop;
  end loop;
  return v_keys;
end
$$;

comment on function private.day_keys(jsonb, date, integer) is 'What sets the price of each day: its season and its weekday.';
revoke all on function private.day_keys(jsonb, date, integer) from public;
grant execute on function private.day_keys(jsonb, date, integer) to fleetflow_fn, fleetflow_sys;
