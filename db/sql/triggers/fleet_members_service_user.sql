-- The service user of an API key never becomes more than the key was made for.
drop trigger if exists _050_service_user on public.fleet_members;
create trigger _050_service_user before insert or update on public.fleet_members
  for each row execute function private.guard_service_user();
