-- What: refuses to change what a fleet is called, who sees it and its time zone to whoever does not own it: policies judge rows, and
--   managers change the rules in the same row.
-- Who: the trigger on updates of those columns, for what people's policies bind. Raises: FORBIDDEN.
create or replace function private.guard_fleet() returns trigger
  language plpgsql volatile
  set search_path = pg_catalog, public, pg_temp
as $$
begin
  if current_user = 'fleetflow_fn' then
    if old.id not in (select private.my_fleets('{owner}')) then
      raise exception using errcode = 'FF403', message = 'FORBIDDEN';
    end if;
  end if;
  return new;
end
$$;

comment on function private.guard_fleet() is 'Only owners change what a fleet is.';
revoke all on function private.guard_fleet() from public;
