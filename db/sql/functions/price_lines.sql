-- What: the price of a rental, line by line, in minor units of the plan's currency. The only place that computes a price.
--   Whole local days by the wall clock of the car's zone (Saturday 10:00 to Sunday 10:00 is one day on 23, 24 and 25 hour days),
--   then the rest in real time: up to 59 minutes free after a whole day, else the cheaper of started hours and one more day.
--   Never below the plan's minimum charge.
-- Who: everything that books or moves a rental.
create or replace function private.price_lines(plan public.rate_plans, time_zone text, starts timestamptz, ends timestamptz)
  returns table (kind text, description text, quantity integer, unit_amount bigint, amount bigint)
  language plpgsql immutable parallel safe
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  c_grace_minutes constant integer := 59;
  v_local timestamp := price_lines.starts at time zone price_lines.time_zone;
  v_from timestamptz;
  v_days integer := floor(extract(epoch from price_lines.ends - price_lines.starts) / 86400) + 2;
  v_rest numeric;
  v_hours integer := 0;
  v_total bigint := 0;
begin
  loop
    v_from := case when v_days = 0 then price_lines.starts
      else private.instant_of(v_local + make_interval(days => v_days), price_lines.time_zone) end;
    exit when v_days = 0 or v_from <= price_lines.ends;
    v_days := v_days - 1;
  end loop;
  v_rest := extract(epoch from price_lines.ends - v_from);
  if v_days = 0 or v_rest > c_grace_minutes * 60 then
    v_hours := ceil(v_rest / 3600);
  end if;
  if v_hours * (price_lines.plan).hour_rate >= (price_lines.plan).day_rate and v_hours > 0 then
    v_days := v_days + 1;
    v_hours := 0;
  end if;

  for kind, description, quantity, unit_amount in
    values ('day', 'Days', v_days, (price_lines.plan).day_rate), ('hour', 'Hours', v_hours, (price_lines.plan).hour_rate)
  loop
    continue when quantity = 0;
    amount := quantity * unit_amount;
    v_total := v_total + amount;
    return next;
  end loop;
  if v_total < (price_lines.plan).minimum_charge then
    kind := 'minimum';
    description := 'Minimum charge';
    quantity := 1;
    unit_amount := (price_lines.plan).minimum_charge - v_total;
    amount := unit_amount;
    return next;
  end if;
end
$$;

comment on function private.price_lines(public.rate_plans, text, timestamptz, timestamptz) is 'The price of a rental, line by line.';
revoke all on function private.price_lines(public.rate_plans, text, timestamptz, timestamptz) from public;
grant execute on function private.price_lines(public.rate_plans, text, timestamptz, timestamptz) to fleetflow_fn, fleetflow_sys;
