-- What: refuses a `total_cost` that somebody sets by hand.
-- Who: the triggers on trips. The trigger on trip_lines, which alone may move the column, runs one level deeper than a statement.
create or replace function private.guard_total() returns trigger
  language plpgsql volatile
  set search_path = pg_catalog, public, pg_temp
as $$
begin
  if pg_trigger_depth() > 1 then
    return new;
  end if;
  raise exception using errcode = 'insufficient_privilege', message = 'total_cost follows trip_lines and is never written by hand';
end
$$;

comment on function private.guard_total() is 'Refuses a total_cost that does not come from trip_lines.';
revoke all on function private.guard_total() from public;
