-- What: what a line of days is called: its season, its weekday where that changes the price, its length tier. Who: days_price.
create or replace function private.day_name(tariff jsonb, key integer, tier integer) returns text
  language plpgsql immutable parallel safe
  set search_path = pg_catalog, public, pg_temp
as $$
begin
  return concat_ws(', ', 'Days',
    case when day_name.key >= 8 then day_name.tariff -> 'seasons' -> (day_name.key / 8 - 1) ->> 'name' end,
    (array['Mondays', 'Tuesdays', 'Wednesdays', 'Thursdays', 'Fridays', 'Saturdays', 'Sundays'])[day_name.key % 8],
    case when day_name.tier > 0 then format('from %s days', day_name.tier) end);
end
$$;

comment on function private.day_name(jsonb, integer, integer) is 'What a line of days is called.';
revoke all on function private.day_name(jsonb, integer, integer) from public;
grant execute on function private.day_name(jsonb, integer, integer) to fleetflow_fn, fleetflow_sys;
