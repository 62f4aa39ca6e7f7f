-- What: moves up to `batch` changes from the outbox to the end of the event log, in order and without a gap, and rings one bell.
--   Answers how many it took; NULL at once when another relay is at work. Whatever interrupts it, a change is in one of the two tables.
--   One car's changes are numbered under its lock, so whoever sees a change sees all earlier ones of that car: taking committed rows by
--   number keeps their order. Across cars the log's order is the order in which changes were found.
-- Who: relay_events. Runs as fleetflow_sys. Locks: the relay's row, so that one works at a time.
create or replace function private.relay(batch integer) returns integer
  language plpgsql volatile security definer
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  v_pos bigint;
  v_changes public.outbox[];
  v_logged integer;
begin
  -- Nothing to do costs nothing: no lock, no transaction number.
  if not exists (select from public.outbox) then
    return 0;
  end if;
  select r.last_pos into v_pos from public.event_relay as r for update skip locked;
  if not found then
    return null;
  end if;
  -- What a moved trip leaves behind tells nothing: it waits for the row that tells of the move and goes with it.
  v_changes := array(
    select o from public.outbox as o
     where not (o.after is null and exists (
       select from public.outbox as i
        where i.entity_id = o.entity_id and i.xact = o.xact and i.before is null and i.after is not null))
     order by o.seq limit relay.batch);
  if cardinality(v_changes) = 0 then
    return 0;
  end if;
  v_changes := v_changes || array(
    select o
      from unnest(v_changes) as c
      join public.outbox as o on o.entity_id = c.entity_id and o.xact = c.xact and o.after is null
     where c.before is null and c.after is not null and c.version > 1);

  insert into public.event_log (pos, id, entity, entity_id, car_id, fleet_id, type, actor_id, actor_role, operation, version, after, was, occurred_at)
  select v_pos + row_number() over (order by c.seq), e.id, e.entity, e.entity_id, e.car_id, e.fleet_id, e.type, e.actor_id, e.actor_role,
         e.operation, e.version, e.after, e.was, e.occurred_at
    from unnest(v_changes) as c
   cross join lateral private.event_of(c) as e
   where e.id is not null;
  get diagnostics v_logged = row_count;
  delete from public.outbox as o where o.seq = any (select c.seq from unnest(v_changes) as c);
  update public.event_relay as r set last_pos = v_pos + v_logged, moved_at = clock_timestamp() where r.single;
  perform pg_notify('fleetflow_events', (v_pos + v_logged)::text);
  return cardinality(v_changes);
end
$$;

comment on function private.relay(integer) is 'Moves changes from the outbox to the event log.';
alter function private.relay(integer) owner to fleetflow_sys;
revoke all on function private.relay(integer) from public;
grant execute on function private.relay(integer) to fleetflow_fn;
