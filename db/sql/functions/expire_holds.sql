-- What: writes down what time has decided about a car's trips: dead holds and requests expire and no longer block the car, what is no rental
--   is completed at its end. Nobody's doing: the change carries no user.
-- Who: lock_car where there is anything to write, so whoever takes a car's lock. Runs as fleetflow_sys: the trips are other people's.
create or replace function private.expire_holds(car_id uuid) returns void
  language plpgsql volatile security definer
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  v_uid text := current_setting('fleetflow.uid', true);
  v_operation text := current_setting('fleetflow.operation', true);
begin
  perform set_config('fleetflow.uid', '', true), set_config('fleetflow.operation', 'time', true);
  update public.trips as t
     set status = (private.settled(t)).status, returned_at = (private.settled(t)).returned_at
   where t.car_id = expire_holds.car_id
     and (case when t.status = 'held' then t.hold_expires_at when t.status = 'requested' then t.respond_by
                 when t.purpose <> 'rental' and t.status in ('confirmed', 'active') then t.trip_end_date end) <= now();
  perform set_config('fleetflow.uid', coalesce(v_uid, ''), true), set_config('fleetflow.operation', coalesce(v_operation, ''), true);
end
$$;

comment on function private.expire_holds(uuid) is 'Writes down what time has decided about a car''s trips.';
alter function private.expire_holds(uuid) owner to fleetflow_sys;
revoke all on function private.expire_holds(uuid) from public;
grant execute on function private.expire_holds(uuid) to fleetflow_fn;
