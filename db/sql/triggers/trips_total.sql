-- `trips.total_cost` is written by the trigger on trip_lines and by nobody else, whatever their rights.
drop trigger if exists _050_total_insert on public.trips;
create trigger _050_total_insert before insert on public.trips
  for each row when (new.total_cost <> 0) execute function private.guard_total();

drop trigger if exists _050_total_update on public.trips;
create trigger _050_total_update before update of total_cost on public.trips
  for each row when (old.total_cost is distinct from new.total_cost) execute function private.guard_total();
