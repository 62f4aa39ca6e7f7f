-- What: what is wrong with a period: the name of the bound that is missing, infinite, outside the years 1900 to 9998, empty or reversed
--   (startDate, endDate), or TOO_LONG above 366 days. NULL for a period that somebody could drive.
-- Who: check_period for one booking, import_trips for every row of a batch (plpgsql, because it costs a tenth of what SQL does there).
create or replace function private.period_fault(starts timestamptz, ends timestamptz) returns text
  language plpgsql immutable parallel safe
  set search_path = pg_catalog, public, pg_temp
as $$
begin
  return case
    when period_fault.starts is null or not isfinite(period_fault.starts)
      or period_fault.starts < '1900-01-01 00:00:00+00' or period_fault.starts >= '9999-01-01 00:00:00+00' then 'startDate'
    when period_fault.ends is null or not isfinite(period_fault.ends)
      or period_fault.ends >= '9999-01-01 00:00:00+00' or period_fault.ends <= period_fault.starts then 'endDate'
    when period_fault.ends - period_fault.starts > make_interval(hours => 24 * 366) then 'TOO_LONG'
  end;
end
$$;

comment on function private.period_fault(timestamptz, timestamptz) is 'What is wrong with a period, NULL when nothing is.';
revoke all on function private.period_fault(timestamptz, timestamptz) from public;
grant execute on function private.period_fault(timestamptz, timestamptz) to fleetflow_fn, fleetflow_sys;
