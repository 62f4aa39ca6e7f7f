-- Every change of a review is an event in the making.
drop trigger if exists _200_outbox_insert on public.reviews;
create trigger _200_outbox_insert after insert on public.reviews for each row execute function private.note_change('review');

drop trigger if exists _200_outbox_update on public.reviews;
create trigger _200_outbox_update after update on public.reviews
  for each row when (old.* is distinct from new.*) execute function private.note_change('review');

drop trigger if exists _200_outbox_delete on public.reviews;
create trigger _200_outbox_delete after delete on public.reviews for each row execute function private.note_change('review');
