-- What: refuses trips that begin their life in a state in which no trip may begin; one look for a whole statement.
-- Who: the trigger on inserts into trips. Raises: INVALID_STATE (from, operation, allowed).
create or replace function private.check_first_status() returns trigger
  language plpgsql volatile security definer
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  v_status text;
begin
  select n.status into v_status
    from (select distinct t.status from new_trips as t) as n
   where not exists (select from public.trip_transitions as s where s.from_status = 'none' and s.to_status = n.status)
   limit 1;
  if v_status is not null then
    perform private.refuse_state('none', v_status);
  end if;
  return null;
end
$$;

comment on function private.check_first_status() is 'Refuses trips that begin in a state in which no trip may begin.';
alter function private.check_first_status() owner to fleetflow_sys;
revoke all on function private.check_first_status() from public;
