-- What: makes driver_assignments say what a trip says now: its driver is taken from its start (or an earlier handover) to its end (or an
--   earlier return) while the trip occupies its car, and free otherwise. A hold or request whose time is over makes nobody busy.
-- Who: every function that stores a trip or changes its status, times or driver, with the row as it is afterwards. Nothing else writes
--   driver_assignments, but erase_person removes. Runs as fleetflow_sys: the other trips of a driver may be somebody else's.
-- Raises: DRIVER_BUSY (windows, never whose). Locks: the driver, who has been locked together with the renter before.
create or replace function private.assign_driver(trip public.trips) returns void
  language plpgsql volatile security definer
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  c_shown constant integer := 20;
  v_driver uuid := (trip).driver_id;
  v_from timestamptz := least((trip).started_at, (trip).trip_start_date);
  v_until timestamptz := least((trip).returned_at, (trip).trip_end_date);
  v_expires timestamptz := case (trip).status when 'held' then (trip).hold_expires_at when 'requested' then (trip).respond_by end;
begin
  delete from public.driver_assignments as a
   where a.trip_id = (trip).id
     and (a.driver_id, a.period, a.expires_at) is distinct from (v_driver, tstzrange(v_from, greatest(v_from, v_until)), v_expires);
  if v_driver is null or v_until <= v_from or (trip).status not in ('held', 'requested', 'confirmed', 'active', 'completed') then
    delete from public.driver_assignments as a where a.trip_id = (trip).id;
    return;
  end if;
  if exists (select from public.driver_assignments as a where a.trip_id = (trip).id) then
    return;
  end if;

  perform private.lock_users(array[v_driver]);
  delete from public.driver_assignments as a
   where a.driver_id = v_driver and a.period && tstzrange(v_from, v_until) and a.expires_at <= now();
  insert into public.driver_assignments (driver_id, trip_id, period, expires_at)
  values (v_driver, (trip).id, tstzrange(v_from, v_until), v_expires)
  on conflict on constraint driver_busy do nothing;
  if not found then
    raise exception using errcode = 'FF008', message = 'DRIVER_BUSY', detail = jsonb_build_object('field', 'driverId', 'windows', (
      select jsonb_agg(jsonb_build_object('startDate', private.iso(lower(b.period)), 'endDate', private.iso(upper(b.period))) order by b.period)
        from (select a.period from public.driver_assignments as a
               where a.driver_id = v_driver and a.period && tstzrange(v_from, v_until) order by a.period limit c_shown) as b));
  end if;
end
$$;

comment on function private.assign_driver(public.trips) is 'Makes driver_assignments say what a trip says.';
alter function private.assign_driver(public.trips) owner to fleetflow_sys;
revoke all on function private.assign_driver(public.trips) from public;
grant execute on function private.assign_driver(public.trips) to fleetflow_fn;
