-- The event log is only ever added to.
drop trigger if exists _050_append on public.event_log;
create trigger _050_append before update or delete or truncate on public.event_log
  for each statement execute function private.guard_log();
