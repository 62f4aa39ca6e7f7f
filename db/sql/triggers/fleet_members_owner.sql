-- A fleet that has an owner keeps one.
drop trigger if exists _100_owner on public.fleet_members;
create trigger _100_owner after delete or update on public.fleet_members
  for each row when (old.role = 'owner') execute function private.keep_owner();
