-- What: the price of whole days: {"amount", "lines", "granted"}. Each day's price is rounded once, half up, and a line counts days of one price.
--   The length tier that `days` reach is a factor on all of them. A day that is kept (`kept`: runs of {"from", "count", "tier"}) keeps
--   the tier it was granted, as long as the rental is long enough for it. Where a longer rental would cost less, its price counts: the
--   difference is a line of its own. `granted` are the runs that a later change keeps.
--   The price never falls as days are added: inside a tier that only adds days, and no length costs more than what a longer tier costs.
-- Who: time_lines.
create or replace function private.days_price(tariff jsonb, first date, days integer, kept jsonb) returns jsonb
  language plpgsql immutable parallel safe
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  c_half constant numeric := 500000000000000000;
  c_whole constant numeric := 1000000000000000000;
  v_keys integer[] := private.day_keys(days_price.tariff, days_price.first, days_price.days);
  v_kept integer[] := private.kept_tiers(days_price.first, days_price.days, days_price.kept);
  v_ppms bigint[] := '{1000000}';  -- by length + 1
  v_longer integer[] := '{}';      -- the tiers that this length does not reach
  v_own integer := 0;              -- the tier that it does
  v_tiers jsonb := days_price.tariff -> 'tiers';
  v_id integer;
  v_place integer;
  v_groups integer[] := '{}';      -- key x 1000 + tier, and beside it the price and number of such days
  v_units bigint[] := '{}';
  v_counts bigint[] := '{}';
  v_sum bigint := 0;
  v_best bigint;
  v_best_length integer;
  v_longer_price bigint;
  v_cheapest numeric;
  v_lines jsonb := '[]';
begin
  for i in 0 .. coalesce(jsonb_array_length(v_tiers), 0) - 1 loop
    v_id := (v_tiers -> i ->> 'days')::integer;
    v_ppms[v_id + 1] := (v_tiers -> i ->> 'ppm')::bigint;
    if v_id <= days_price.days then
      v_own := v_id;
    else
      v_longer := v_longer || v_id;
    end if;
  end loop;

  for i in 1 .. days_price.days loop
    v_id := v_keys[i] * 1000 + case when v_kept[i] <= days_price.days then v_kept[i] else v_own end;
    v_place := array_position(v_groups, v_id);
    if v_place is null then
      v_groups := v_groups || v_id;
      v_units := v_units || div(private.key_price(days_price.tariff, v_keys[i]) * v_ppms[v_id % 1000 + 1] + c_half, c_whole)::bigint;
      v_counts := v_counts || 1::bigint;
    else
      v_counts[v_place] := v_counts[v_place] + 1;
    end if;
  end loop;
  for i in 1 .. cardinality(v_groups) loop
    v_sum := v_sum + v_units[i] * v_counts[i];
    v_lines := v_lines || private.line('day', private.day_name(days_price.tariff, v_groups[i] / 1000, v_groups[i] % 1000), v_counts[i], v_units[i]);
  end loop;

  v_best := v_sum;
  foreach v_id in array v_longer loop
    v_cheapest := coalesce(v_cheapest, private.cheapest_day(days_price.tariff));
    continue when v_id * div(v_cheapest * v_ppms[v_id + 1] + c_half, c_whole) >= v_best;
    v_longer_price := private.fresh_days(days_price.tariff, days_price.first, v_id, v_ppms[v_id + 1]);
    if v_longer_price < v_best then
      v_best := v_longer_price;
      v_best_length := v_id;
    end if;
  end loop;
  if v_best_length is not null then
    v_lines := v_lines || private.line('best_price', format('Best price: no dearer than %s days', v_best_length), 1, v_best - v_sum);
  end if;
  return jsonb_build_object('amount', v_best, 'lines', v_lines,
    'granted', private.granted_runs(days_price.first, days_price.days, v_kept, coalesce(v_best_length, v_own)));
end
$$;

comment on function private.days_price(jsonb, date, integer, jsonb) is 'The price of whole days, line by line.';
revoke all on function private.days_price(jsonb, date, integer, jsonb) from public;
grant execute on function private.days_price(jsonb, date, integer, jsonb) to fleetflow_fn, fleetflow_sys;
