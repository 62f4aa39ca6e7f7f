-- What: refuses a driver who may not be named: anybody names the renter, and the fleet's owners and managers (`manages`) any active
--   member of the fleet as well. A renter who is named sees the trip and may take themselves off it. NULL, no driver, passes.
-- Who: functions that book a trip or change its driver. Runs as fleetflow_sys: people do not see each other.
-- Raises: NOT_FOUND (field driverId).
create or replace function private.check_driver(fleet_id uuid, renter uuid, driver uuid, manages boolean) returns void
  language plpgsql stable security definer
  set search_path = pg_catalog, public, pg_temp
as $$
begin
  if check_driver.driver is not null and not (private.user_is_active(check_driver.driver) and (
       check_driver.driver = check_driver.renter
       or (check_driver.manages and exists (
             select from public.fleet_members as m where m.fleet_id = check_driver.fleet_id and m.user_id = check_driver.driver)))) then
    raise exception using errcode = 'FF404', message = 'NOT_FOUND', detail = jsonb_build_object('field', 'driverId');
  end if;
end
$$;

comment on function private.check_driver(uuid, uuid, uuid, boolean) is 'Refuses a driver who may not be named.';
alter function private.check_driver(uuid, uuid, uuid, boolean) owner to fleetflow_sys;
revoke all on function private.check_driver(uuid, uuid, uuid, boolean) from public;
grant execute on function private.check_driver(uuid, uuid, uuid, boolean) to fleetflow_fn;
