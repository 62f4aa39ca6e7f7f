-- The event log is only ever added to. Its rows are looked at one by one, because the events of an erased person lose their words.
drop trigger if exists _050_append on public.event_log;
create trigger _050_append before delete or truncate on public.event_log
  for each statement execute function private.guard_log();

drop trigger if exists _050_redact on public.event_log;
create trigger _050_redact before update on public.event_log
  for each row execute function private.guard_log();
