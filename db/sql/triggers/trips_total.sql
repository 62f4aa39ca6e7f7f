-- `trips.total_cost` is what the lines say, whatever the rights of who writes: a trip may begin with a total if its lines come in the same
-- statement; after that only the trigger on trip_lines moves it.
drop trigger if exists _050_total_insert on public.trips;
drop trigger if exists _110_total_insert on public.trips;
create trigger _110_total_insert after insert on public.trips
  for each row when (new.total_cost <> 0) execute function private.check_total();

drop trigger if exists _050_total_update on public.trips;
create trigger _050_total_update before update of total_cost on public.trips
  for each row when (old.total_cost is distinct from new.total_cost) execute function private.guard_total();
