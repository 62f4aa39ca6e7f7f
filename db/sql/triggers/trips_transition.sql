-- Every change of a trip's status is a row of trip_transitions.
drop trigger if exists _100_transition on public.trips;
create trigger _100_transition before update of status on public.trips
  for each row when (old.status is distinct from new.status) execute function private.check_transition();
