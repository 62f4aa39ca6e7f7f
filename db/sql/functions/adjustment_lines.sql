-- What: what a return adds to a trip's price: {"delta", "lines", "pricing"}. A late return is priced like an extension; then come the
--   distance above what the begun days include, the missing fuel, and the taxes on both. NULL readings are not charged.
-- Who: whatever completes a trip. Runs as fleetflow_sys: the renter may no longer see the car. Raises: BAD_INPUT (field endDate, odometer).
create or replace function private.adjustment_lines(
  trip public.trips, returned_at timestamptz, start_odometer integer, end_odometer integer, start_fuel integer, end_fuel integer
) returns jsonb
  language plpgsql stable security definer
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  v_price jsonb := private.reprice_booked(adjustment_lines.trip, (adjustment_lines.trip).trip_start_date,
    greatest(adjustment_lines.returned_at, (adjustment_lines.trip).trip_end_date));
  v_lines jsonb := v_price -> 'lines';
  v_delta bigint := (v_price ->> 'delta')::bigint;
  v_tariff jsonb;
  v_taxes jsonb;
  v_more jsonb := '[]';
  v_units integer;
  v_sum bigint := 0;
begin
  select private.tariff_of(p) into v_tariff from public.rate_plans as p
   where p.id = (adjustment_lines.trip).rate_plan_id and (adjustment_lines.trip).purpose = 'rental';
  v_units := adjustment_lines.end_odometer - adjustment_lines.start_odometer
    - (v_tariff -> 'distance' ->> 'includedPerDay')::integer * (v_price -> 'pricing' ->> 'begunDays')::integer;
  if v_units > 0 then
    v_more := v_more || private.line('adjustment', format('Distance above what is included, %s', v_tariff -> 'distance' ->> 'unit'),
      v_units, (v_tariff -> 'distance' ->> 'perUnit')::bigint);
    v_sum := v_sum + v_units * (v_tariff -> 'distance' ->> 'perUnit')::bigint;
  end if;
  v_units := adjustment_lines.start_fuel - adjustment_lines.end_fuel;
  if v_units > 0 and v_tariff ? 'fuel' then
    v_more := v_more || private.line('adjustment', 'Missing fuel, %', v_units, (v_tariff -> 'fuel' ->> 'perPercent')::bigint);
    v_sum := v_sum + v_units * (v_tariff -> 'fuel' ->> 'perPercent')::bigint;
  end if;
  if v_sum > 0 then
    v_taxes := private.tax_lines(v_tariff, v_sum);
    v_more := v_more || v_taxes;
    v_sum := v_sum + (select coalesce(sum((l ->> 'amount')::bigint), 0) from jsonb_array_elements(v_taxes) as l);
  end if;
  if greatest(v_sum, (adjustment_lines.trip).total_cost + v_delta + v_sum) > 9007199254740991 then
    raise exception using errcode = 'FF400', message = 'BAD_INPUT', detail = jsonb_build_object('field', 'odometer', 'reason', 'AMOUNT_TOO_LARGE');
  end if;
  return jsonb_build_object('delta', v_delta + v_sum, 'lines', v_lines || v_more, 'pricing', v_price -> 'pricing');
end
$$;

comment on function private.adjustment_lines(public.trips, timestamptz, integer, integer, integer, integer) is 'What a return adds to a trip''s price.';
alter function private.adjustment_lines(public.trips, timestamptz, integer, integer, integer, integer) owner to fleetflow_sys;
revoke all on function private.adjustment_lines(public.trips, timestamptz, integer, integer, integer, integer) from public;
grant execute on function private.adjustment_lines(public.trips, timestamptz, integer, integer, integer, integer) to fleetflow_fn;
