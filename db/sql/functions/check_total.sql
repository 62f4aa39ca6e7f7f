-- What: refuses a trip that begins with a `total_cost` and whose lines do not say so at the end of the statement.
-- Who: the trigger on inserts into trips. Runs as fleetflow_sys, which sees every line.
create or replace function private.check_total() returns trigger
  language plpgsql volatile security definer
  set search_path = pg_catalog, public, pg_temp
as $$
begin
  if (select t.total_cost from public.trips as t where t.car_id = new.car_id and t.id = new.id)
     <> (select coalesce(sum(l.amount), 0) from public.trip_lines as l where l.car_id = new.car_id and l.trip_id = new.id)
  then
    raise exception using errcode = 'insufficient_privilege', message = 'total_cost follows trip_lines and is never written by hand';
  end if;
  return null;
end
$$;

comment on function private.check_total() is 'Refuses a total_cost that a trip''s lines do not add up to.';
alter function private.check_total() owner to fleetflow_sys;
revoke all on function private.check_total() from public;
