-- What: {days, hours}: the whole local days of a rental by the wall clock of the car's zone (Saturday 10:00 to Sunday 10:00 is one day on
--   23, 24 and 25 hour days), and the started hours of the rest in real time. The rest is free up to 59 minutes after a whole day.
-- Who: time_lines.
create or replace function private.rental_units(time_zone text, starts timestamptz, ends timestamptz) returns integer[]
  language plpgsql immutable parallel safe
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  c_grace_minutes constant integer := 59;
  v_local timestamp := rental_units.starts at time zone rental_units.time_zone;
  v_from timestamptz := rental_units.starts;
  v_days integer := floor(extract(epoch from rental_units.ends - rental_units.starts) / 86400) + 2;
  v_rest numeric;
begin
  while v_days > 0 loop
    v_from := private.instant_of(v_local + make_interval(days => v_days), rental_units.time_zone);
    exit when v_from <= rental_units.ends;
    v_days := v_days - 1;
    v_from := rental_units.starts;
  end loop;
  v_rest := extract(epoch from rental_units.ends - v_from);
  if v_days > 0 and v_rest <= c_grace_minutes * 60 then
    return array[v_days, 0];
  end if;
  return array[v_days, ceil(v_rest / 3600)::integer];
end
$$;

comment on function private.rental_units(text, timestamptz, timestamptz) is 'The whole local days of a rental and the started hours of the rest.';
revoke all on function private.rental_units(text, timestamptz, timestamptz) from public;
grant execute on function private.rental_units(text, timestamptz, timestamptz) to fleetflow_fn, fleetflow_sys;
