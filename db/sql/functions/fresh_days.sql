-- What: what `count` days from `first` cost with one length factor for all of them; each day is rounded once, half up.
-- Who: days_price, to look for a longer rental that costs less.
create or replace function private.fresh_days(tariff jsonb, first date, count integer, ppm bigint) returns bigint
  language sql immutable parallel safe
  set search_path = pg_catalog, public, pg_temp
as $$
  select sum(d.days * div(private.key_price(fresh_days.tariff, d.key) * fresh_days.ppm + 500000000000000000, 1000000000000000000))::bigint
    from (select k.key, count(*) as days
            from unnest(private.day_keys(fresh_days.tariff, fresh_days.first, fresh_days.count)) as k (key)
           group by k.key) as d
$$;

comment on function private.fresh_days(jsonb, date, integer, bigint) is 'What days cost with one length factor.';
revoke all on function private.fresh_days(jsonb, date, integer, bigint) from public;
grant execute on function private.fresh_days(jsonb, date, integer, bigint) to fleetflow_fn, fleetflow_sys;
