-- What: the event that a row of the outbox stands for, as the log keeps it, without its place in the log. NULL where nothing is left to
--   tell: made and removed in one transaction, or changed back. `after` is what the API shows, `was` holds the old values of what differs.
--   A trip that moves to another car is removed there and made here, with the same id and in one transaction: the event of the new row
--   tells both, the old row tells nothing.
-- Who: the relay and trip_history, as fleetflow_sys.
create or replace function private.event_of(change public.outbox) returns public.event_log
  language plpgsql stable
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  c_derived constant text[] := '{overdue,updatedAt,version}';
  v_before jsonb := change.before;
  v_row jsonb;
  v_was jsonb;
  v_event public.event_log;
begin
  if change.entity = 'trip' and change.before is null and change.after is not null and change.version > 1 then
    select o.before into v_before
      from public.outbox as o
     where o.entity_id = change.entity_id and o.xact = change.xact and o.before is not null and o.after is null;
  elsif change.entity = 'trip' and change.after is null and exists (
    select from public.outbox as o
     where o.entity_id = change.entity_id and o.xact = change.xact and o.before is null and o.after is not null
  ) then
    return null;
  end if;
  if v_before is not distinct from change.after then
    return null;
  end if;
  v_row := coalesce(change.after, v_before);
  v_event.id := private.event_id(change.id, change.occurred_at);
  v_event.entity := change.entity;
  v_event.entity_id := change.entity_id;
  v_event.car_id := change.car_id;
  v_event.fleet_id := coalesce((v_row ->> 'fleet_id')::uuid, (select c.fleet_id from public.cars as c where c.id = change.car_id));
  v_event.type := private.event_type(change.entity, v_before, change.after);
  v_event.actor_id := change.actor_id;
  v_event.actor_role := case
    when v_event.type = 'trip.expired' then 'system'
    when change.actor_id::text in (v_row ->> 'booked_by_id', v_row ->> 'author_id') then 'renter'
    when exists (select from public.fleet_members as m where m.fleet_id = v_event.fleet_id and m.user_id = change.actor_id) then 'fleet'
    else 'system' end;
  v_event.operation := change.operation;
  v_event.version := nullif(change.version, 0);
  v_event.occurred_at := change.occurred_at;
  v_event.after := private.entity_json(change.entity, change.after);
  v_was := private.entity_json(change.entity, v_before);
  if change.after is not null and v_was is not null then
    v_was := (select coalesce(jsonb_object_agg(w.key, w.value), '{}') from jsonb_each(v_was) as w
               where w.value is distinct from v_event.after -> w.key and w.key <> all (c_derived));
  end if;
  v_event.was := v_was;
  return v_event;
end
$$;

comment on function private.event_of(public.outbox) is 'The event that a row of the outbox stands for.';
revoke all on function private.event_of(public.outbox) from public;
grant execute on function private.event_of(public.outbox) to fleetflow_sys;
