-- Nothing new is stored about somebody who was erased meanwhile.
drop trigger if exists _110_person on public.quotes;
create trigger _110_person after insert on public.quotes
  for each row execute function private.check_person('user_id');
