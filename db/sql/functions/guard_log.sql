-- What: refuses to change, remove or empty what the event log holds, whatever somebody's rights. One change passes: an event of a trip or review
--   of somebody who has been erased loses what they wrote and their name, and nothing else (private.redacted).
-- Who: the triggers on event_log.
create or replace function private.guard_log() returns trigger
  language plpgsql volatile
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  v_redacted public.event_log;
begin
  if tg_op = 'UPDATE' then
    v_redacted := old;
    v_redacted.after := private.redacted(old.after);
    v_redacted.was := private.redacted(old.was);
    if to_jsonb(new) = to_jsonb(v_redacted) and exists (
      select from public.users as u
       where u.erased_at is not null and (u.id in (select t.booked_by_id from public.trips as t where t.id = old.entity_id and t.purpose = 'rental')
          or u.id in (select r.author_id from public.reviews as r where r.car_id = old.car_id and r.id = old.entity_id)))
    then
      return new;
    end if;
  end if;
  raise exception using errcode = 'insufficient_privilege', message = 'the event log is only ever added to';
end
$$;

comment on function private.guard_log() is 'Refuses every change of the event log but adding to it.';
revoke all on function private.guard_log() from public;
