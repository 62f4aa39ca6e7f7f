-- Nothing new is stored about somebody who was erased meanwhile.
drop trigger if exists _110_person on public.idempotency_keys;
create trigger _110_person after insert on public.idempotency_keys
  for each row execute function private.check_person('user_id');
