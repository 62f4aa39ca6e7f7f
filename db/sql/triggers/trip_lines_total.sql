-- `trips.total_cost` follows trip_lines; PostgreSQL wants one trigger an event where transition tables are read.
drop trigger if exists _100_total_insert on public.trip_lines;
create trigger _100_total_insert after insert on public.trip_lines
  referencing new table as new_lines for each statement execute function private.apply_trip_lines();

drop trigger if exists _100_total_update on public.trip_lines;
create trigger _100_total_update after update on public.trip_lines
  referencing old table as old_lines new table as new_lines for each statement execute function private.apply_trip_lines();

drop trigger if exists _100_total_delete on public.trip_lines;
create trigger _100_total_delete after delete on public.trip_lines
  referencing old table as old_lines for each statement execute function private.apply_trip_lines();
