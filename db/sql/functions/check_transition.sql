-- What: refuses a step of a trip's life that is not a row of trip_transitions, and a rental that would be completed without having begun:
--   only what is no rental is completed by time.
-- Who: the trigger on updates of trips.status. Raises: INVALID_STATE (from, operation, allowed).
create or replace function private.check_transition() returns trigger
  language plpgsql volatile security definer
  set search_path = pg_catalog, public, pg_temp
as $$
begin
  if not exists (select from public.trip_transitions as s where s.from_status = old.status and s.to_status = new.status)
     or (old.status = 'confirmed' and new.status = 'completed' and new.purpose = 'rental') then
    perform private.refuse_state(old.status, new.status);
  end if;
  return new;
end
$$;

comment on function private.check_transition() is 'Refuses a step that is not in trip_transitions.';
alter function private.check_transition() owner to fleetflow_sys;
revoke all on function private.check_transition() from public;
