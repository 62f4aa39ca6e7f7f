-- Every change of a trip counts as a version, except its total, which follows its lines.
drop trigger if exists _060_version on public.trips;
create trigger _060_version before update on public.trips
  for each row execute function private.count_version();
