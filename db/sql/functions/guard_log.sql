-- What: refuses to change, remove or empty what the event log holds, whatever somebody's rights.
-- Who: the triggers on event_log.
create or replace function private.guard_log() returns trigger
  language plpgsql volatile
  set search_path = pg_catalog, public, pg_temp
as $$
begin
  raise exception using errcode = 'insufficient_privilege', message = 'the event log is only ever added to';
end
$$;

comment on function private.guard_log() is 'Refuses every change of the event log but adding to it.';
revoke all on function private.guard_log() from public;
