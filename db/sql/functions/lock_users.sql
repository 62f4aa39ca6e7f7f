-- What: takes the row lock under which what a person may have is counted; several people in ascending order of id.
-- Who: functions that count a renter's trips or holds, after the cars and before the quotes. Answers how many rows it locked.
-- Runs as fleetflow_sys: people may not change users, and `for no key update` under row level security asks for that right.
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

comment on function private.lock_users(uuid[]) is 'Locks people in ascending order; what they may have is counted under it.';
alter function private.lock_users(uuid[]) owner to fleetflow_sys;
revoke all on function private.lock_users(uuid[]) from public;
grant execute on function private.lock_users(uuid[]) to fleetflow_fn;
