-- Nothing new is stored about somebody who was erased meanwhile.
drop trigger if exists _110_person on public.reviews;
create trigger _110_person after insert on public.reviews
  for each row execute function private.check_person('author_id');
