-- What: what the time of a rental costs: {"amount", "lines", "granted", "days"}. Whole days, then for the rest the cheaper of started
--   hours and one more day, at least the minimum charge. `days` counts begun days, for what is charged by the day.
-- Who: price_rental.
create or replace function private.time_lines(tariff jsonb, time_zone text, starts timestamptz, ends timestamptz, kept jsonb) returns jsonb
  language plpgsql immutable parallel safe
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  v_units integer[] := private.rental_units(time_lines.time_zone, time_lines.starts, time_lines.ends);
  v_first date := (time_lines.starts at time zone time_lines.time_zone)::date;
  v_begun integer := v_units[1] + case when v_units[2] > 0 then 1 else 0 end;
  v_hour bigint := (time_lines.tariff ->> 'hourRate')::bigint;
  v_minimum bigint := (time_lines.tariff ->> 'minimumCharge')::bigint;
  v_days jsonb := private.days_price(time_lines.tariff, v_first, v_begun, time_lines.kept);
  v_amount bigint := (v_days ->> 'amount')::bigint;
  v_lines jsonb;
  v_whole jsonb;
begin
  if v_units[2] > 0 then
    v_whole := case when v_units[1] = 0 then '{"amount": 0, "lines": [], "granted": []}'
      else private.days_price(time_lines.tariff, v_first, v_units[1], time_lines.kept) end;
    if (v_whole ->> 'amount')::bigint + v_units[2] * v_hour < v_amount then
      v_amount := (v_whole ->> 'amount')::bigint + v_units[2] * v_hour;
      v_days := jsonb_set(v_whole, '{lines}', v_whole -> 'lines' || private.line('hour', 'Hours', v_units[2], v_hour));
    end if;
  end if;
  v_lines := v_days -> 'lines';
  if v_amount < v_minimum then
    v_lines := v_lines || private.line('minimum', 'Minimum charge', 1, v_minimum - v_amount);
    v_amount := v_minimum;
  end if;
  return jsonb_build_object('amount', v_amount, 'lines', v_lines, 'granted', v_days -> 'granted', 'days', v_begun);
end
$$;

comment on function private.time_lines(jsonb, text, timestamptz, timestamptz, jsonb) is 'What the time of a rental costs.';
revoke all on function private.time_lines(jsonb, text, timestamptz, timestamptz, jsonb) from public;
grant execute on function private.time_lines(jsonb, text, timestamptz, timestamptz, jsonb) to fleetflow_fn, fleetflow_sys;
