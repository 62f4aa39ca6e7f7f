-- What: refuses a fourth live hold. What somebody holds in a fleet of their own, as its owner or manager, does not count,
--   nor what a fleet holds for them: anybody may open a fleet, and would use up a stranger's three.
-- Who: hold_trip, under the lock of the renter's row. Runs as fleetflow_sys: it counts in every fleet. Raises: QUOTA_EXCEEDED (limit).
create or replace function private.check_holds(renter uuid) returns void
  language plpgsql volatile security definer
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  c_limit constant integer := 3;
  v_held uuid[] := array(
    select t.id from public.trips as t
     where t.booked_by_id = check_holds.renter and t.status = 'held' and t.hold_expires_at > now()
       and not exists (select from public.fleet_members as m
                        where m.user_id = check_holds.renter and m.fleet_id = t.fleet_id and m.role in ('owner', 'manager')));
begin
  if cardinality(v_held) < c_limit then
    return;
  end if;
  if (select count(*) from unnest(v_held) as h (id)
       where not exists (select from public.outbox as o
                          where o.entity_id = h.id and o.before is null and o.actor_id <> check_holds.renter)
         and not exists (select from public.event_log as l
                          where l.entity_id = h.id and l.was is null and l.actor_id <> check_holds.renter)) >= c_limit then
    raise exception using errcode = 'FF108', message = 'QUOTA_EXCEEDED', detail = jsonb_build_object('limit', c_limit);
  end if;
end
$$;

comment on function private.check_holds(uuid) is 'Refuses a fourth live hold.';
alter function private.check_holds(uuid) owner to fleetflow_sys;
revoke all on function private.check_holds(uuid) from public;
grant execute on function private.check_holds(uuid) to fleetflow_fn;
