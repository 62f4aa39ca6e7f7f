-- No trip to come is stored on a retired car. What is imported is completed already: history stays history.
drop trigger if exists _100_in_service on public.trips;
create trigger _100_in_service after insert on public.trips
  for each row when (new.status <> 'completed') execute function private.check_in_service();
