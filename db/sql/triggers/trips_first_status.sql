-- A trip begins held, requested, confirmed or (imported) completed; judged once a statement.
drop trigger if exists _100_first_status on public.trips;
create trigger _100_first_status after insert on public.trips
  referencing new table as new_trips for each statement execute function private.check_first_status();
