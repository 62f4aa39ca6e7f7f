-- What: refuses a row that would say something new of somebody who was erased while its transaction was on its way (40001: it begins again, and
--   nobody is recognised then).
-- Who: the triggers on inserts into tables of what people do; the argument names the column. Runs as fleetflow_sys: people do not see each other.
-- Locks: the person's key, as the row's foreign key does.
create or replace function private.check_person() returns trigger
  language plpgsql volatile security definer
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  v_person uuid;
  v_erased timestamptz;
begin
  -- Columns are named only for tables that have them.
  case tg_argv[0]
    when 'user_id' then v_person := new.user_id;
    when 'booked_by_id' then v_person := new.booked_by_id;
    when 'author_id' then v_person := new.author_id;
  end case;
  select u.erased_at into v_erased from public.users as u where u.id = v_person for key share;
  if v_erased is not null then
    perform private.try_again();
  end if;
  return null;
end
$$;

comment on function private.check_person() is 'Refuses rows about somebody who was erased meanwhile.';
alter function private.check_person() owner to fleetflow_sys;
revoke all on function private.check_person() from public;
