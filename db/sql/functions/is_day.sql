-- What: whether a text is a day of the calendar, `2027-02-28`, in the years 1900 to 9998.
-- Who: fleet_rules_fault.
create or replace function private.is_day(day text) returns boolean
  language sql immutable parallel safe
  set search_path = pg_catalog, public, pg_temp
as $$
  select case when is_day.day ~ '^(19|[2-9][0-9])[0-9]{2}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])$' and is_day.day < '9999'
    then right(is_day.day, 2)::integer
         <= extract(day from make_date(left(is_day.day, 4)::integer, substr(is_day.day, 6, 2)::integer, 1) + interval '1 month' - interval '1 day')
    else false end
$$;

comment on function private.is_day(text) is 'Whether a text is a day of the calendar.';
revoke all on function private.is_day(text) from public;
grant execute on function private.is_day(text) to fleetflow_fn;
