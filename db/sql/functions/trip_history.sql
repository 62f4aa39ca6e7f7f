-- What: a page of a trip's events, oldest first, after the event that `cursor` names; NULL where the trip has no such event.
--   One statement reads the log and the outbox, so an event that is just being moved is seen once. A trip's events have the same order in
--   both. `inside` tells whether the reader belongs to the fleet: they see the names of people, a renter sees the name of the fleet.
-- Who: list_trip_history_rpc, for a trip that the caller may see. Runs as fleetflow_sys: nobody else may read events.
create or replace function private.trip_history(trip_id uuid, page_limit integer, cursor uuid, inside boolean) returns jsonb
  language sql stable security definer
  set search_path = pg_catalog, public, pg_temp
as $$
  with events as (
    select false as coming, l.pos as place, l.id, l.type, l.operation, l.version, l.actor_id, l.actor_role, l.fleet_id, l.after, l.was, l.occurred_at
      from public.event_log as l
     where l.entity_id = trip_history.trip_id
    union all
    select true, o.seq, e.id, e.type, e.operation, e.version, e.actor_id, e.actor_role, e.fleet_id, e.after, e.was, e.occurred_at
      from public.outbox as o cross join lateral private.event_of(o) as e
     where o.entity_id = trip_history.trip_id and e.id is not null
  ), page as (
    select e.*, row_number() over (order by e.coming, e.place) as n
      from events as e
     where trip_history.cursor is null
        or (e.coming, e.place) > (select c.coming, c.place from events as c where c.id = trip_history.cursor)
     order by e.coming, e.place limit trip_history.page_limit + 1
  )
  select jsonb_build_object(
      'items', coalesce(jsonb_agg(jsonb_build_object(
        'id', p.id, 'type', p.type, 'operation', p.operation, 'version', p.version, 'occurredAt', private.iso(p.occurred_at),
        'actor', jsonb_build_object('role', p.actor_role, 'name', case
          when p.actor_role = 'system' then null
          when p.actor_role = 'fleet' and not trip_history.inside then (select f.name from public.fleets as f where f.id = p.fleet_id)
          else (select u.name from public.users as u where u.id = p.actor_id) end),
        'changes', private.changes_of(p.was, p.after)) order by p.n) filter (where p.n <= trip_history.page_limit), '[]'),
      'nextCursor', case when count(*) > trip_history.page_limit then max(p.id::text) filter (where p.n = trip_history.page_limit) end)
    from page as p
  having trip_history.cursor is null or exists (select from events as c where c.id = trip_history.cursor)
$$;

comment on function private.trip_history(uuid, integer, uuid, boolean) is 'A page of a trip''s events.';
alter function private.trip_history(uuid, integer, uuid, boolean) owner to fleetflow_sys;
revoke all on function private.trip_history(uuid, integer, uuid, boolean) from public;
grant execute on function private.trip_history(uuid, integer, uuid, boolean) to fleetflow_fn;
