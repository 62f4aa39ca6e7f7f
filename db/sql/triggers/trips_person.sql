-- Nothing new is stored about somebody who was erased meanwhile.
drop trigger if exists _110_person on public.trips;
create trigger _110_person after insert on public.trips
  for each row when (new.status <> 'completed') execute function private.check_person('booked_by_id');
