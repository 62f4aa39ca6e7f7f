-- A car's rating aggregates follow its reviews on insert, update and delete.
drop trigger if exists _100_aggregates on public.reviews;
create trigger _100_aggregates after insert or update of rating or delete on public.reviews
  for each row execute function private.apply_review();
