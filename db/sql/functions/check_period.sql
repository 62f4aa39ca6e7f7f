-- What: refuses a period that is missing, infinite, empty, reversed, outside the years 1900 to 9998 or too long.
-- Who: every function that books or moves a trip.
-- Raises: BAD_INPUT (field startDate or endDate), TOO_LONG (maxDays, limit in minutes, nearest).
create or replace function private.check_period(starts timestamptz, ends timestamptz) returns void
  language plpgsql immutable parallel safe
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  v_fault text := private.period_fault(check_period.starts, check_period.ends);
begin
  if v_fault = 'TOO_LONG' then
    raise exception using errcode = 'FF102', message = 'TOO_LONG',
      detail = jsonb_build_object('field', 'endDate', 'maxDays', 366, 'limit', 527040,
        'nearest', private.iso(check_period.starts + make_interval(hours => 24 * 366)));
  elsif v_fault is not null then
    raise exception using errcode = 'FF400', message = 'BAD_INPUT',
      detail = jsonb_build_object('field', v_fault, 'reason', 'PERIOD_INVALID');
  end if;
end
$$;

comment on function private.check_period(timestamptz, timestamptz) is 'Refuses a period that nobody could drive.';
revoke all on function private.check_period(timestamptz, timestamptz) from public;
grant execute on function private.check_period(timestamptz, timestamptz) to fleetflow_fn;
