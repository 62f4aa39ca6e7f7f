-- Every change of a car is an event in the making.
drop trigger if exists _200_outbox_insert on public.cars;
create trigger _200_outbox_insert after insert on public.cars for each row execute function private.note_change('car');

drop trigger if exists _200_outbox_update on public.cars;
create trigger _200_outbox_update after update on public.cars
  for each row when (old.* is distinct from new.*) execute function private.note_change('car');

drop trigger if exists _200_outbox_delete on public.cars;
create trigger _200_outbox_delete after delete on public.cars for each row execute function private.note_change('car');
