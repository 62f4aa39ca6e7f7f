-- What: takes the row locks of people whose trips or limits are about to change, in ascending order of id. NULLs are ignored.
-- Who: every function that names a driver or counts a renter's trips: one call for all of them, after the cars and before the quotes.
--   Answers how many it locked. Runs as fleetflow_sys: people do not see each other. Locks: the users.
create or replace function private.lock_users(user_ids uuid[]) returns integer
  language plpgsql volatile security definer
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  v_locked integer;
begin
  select count(*) into v_locked
    from (select from public.users as u where u.id = any (lock_users.user_ids) order by u.id for no key update) as locked;
  return v_locked;
end
$$;

comment on function private.lock_users(uuid[]) is 'Locks people in ascending order, after cars and before quotes.';
alter function private.lock_users(uuid[]) owner to fleetflow_sys;
revoke all on function private.lock_users(uuid[]) from public;
grant execute on function private.lock_users(uuid[]) to fleetflow_fn;
