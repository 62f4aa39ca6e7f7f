-- Nothing new is stored about somebody who was erased meanwhile.
drop trigger if exists _110_person on public.fleet_members;
create trigger _110_person after insert on public.fleet_members
  for each row execute function private.check_person('user_id');
