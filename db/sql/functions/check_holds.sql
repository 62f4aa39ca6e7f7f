-- What: refuses a fourth live hold. What somebody holds in a fleet of their own, as its owner or manager, does not count.
-- Who: hold_trip, under the lock of the renter's row. Runs as fleetflow_sys: it counts in every fleet. Raises: QUOTA_EXCEEDED (limit).
create or replace function private.check_holds(renter uuid) returns void
  language plpgsql volatile security definer
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  c_limit constant integer := 3;
begin
  if (select count(*)
        from public.trips as t
       where t.booked_by_id = check_holds.renter and t.status = 'held' and t.hold_expires_at > now()
         and not exists (select from public.fleet_members as m
                          where m.user_id = check_holds.renter and m.fleet_id = t.fleet_id and m.role in ('owner', 'manager'))) >= c_limit then
    raise exception using errcode = 'FF108', message = 'QUOTA_EXCEEDED', detail = jsonb_build_object('limit', c_limit);
  end if;
end
$$;

comment on function private.check_holds(uuid) is 'Refuses a fourth live hold.';
alter function private.check_holds(uuid) owner to fleetflow_sys;
revoke all on function private.check_holds(uuid) from public;
grant execute on function private.check_holds(uuid) to fleetflow_fn;
