-- What: refuses a period that is missing, infinite, empty, reversed, outside the years 1900 to 9998 or too long.
-- Who: every function that books or moves a trip.
-- Raises: BAD_INPUT (field startDate or endDate), TOO_LONG (maxDays).
create or replace function private.check_period(starts timestamptz, ends timestamptz) returns void
  language plpgsql immutable parallel safe
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  c_max_days constant integer := 366;
  v_field text;
begin
  v_field := case
    when check_period.starts is null or not isfinite(check_period.starts)
      or check_period.starts < '1900-01-01 00:00:00+00' or check_period.starts >= '9999-01-01 00:00:00+00' then 'startDate'
    when check_period.ends is null or not isfinite(check_period.ends)
      or check_period.ends >= '9999-01-01 00:00:00+00' or check_period.ends <= check_period.starts then 'endDate'
  end;
  if v_field is not null then
    raise exception using errcode = 'FF400', message = 'BAD_INPUT',
      detail = jsonb_build_object('field', v_field, 'reason', 'PERIOD_INVALID');
  end if;
  if check_period.ends - check_period.starts > make_interval(hours => 24 * c_max_days) then
    raise exception using errcode = 'FF102', message = 'TOO_LONG',
      detail = jsonb_build_object('field', 'endDate', 'maxDays', c_max_days);
  end if;
end
$$;

comment on function private.check_period(timestamptz, timestamptz) is 'Refuses a period that nobody could drive.';
revoke all on function private.check_period(timestamptz, timestamptz) from public;
grant execute on function private.check_period(timestamptz, timestamptz) to fleetflow_fn;
