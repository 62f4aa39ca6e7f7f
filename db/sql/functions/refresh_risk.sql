-- What: marks the trips of a car that begin where the trip before them was cut short of its turnaround, and unmarks all others.
-- Who: functions after which a trip of the car is late, back, moved or gone, under the car's lock. Runs as fleetflow_sys and in nobody's
--   name: the trip at risk is somebody else's.
create or replace function private.refresh_risk(car_id uuid) returns void
  language plpgsql volatile security definer
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  v_uid text := current_setting('fleetflow.uid', true);
begin
  perform set_config('fleetflow.uid', '', true);
  update public.trips as t
     set at_risk = r.risk
    from (select n.id, n.status in ('held', 'requested', 'confirmed') and exists (
                   select from public.trips as late
                    where late.car_id = n.car_id and late.blocked -|- n.blocked and upper(late.blocked) = lower(n.blocked)
                      and late.cut and late.status in ('active', 'completed')) as risk
            from public.trips as n
           where n.car_id = refresh_risk.car_id and (n.at_risk or n.status in ('held', 'requested', 'confirmed'))) as r
   where t.car_id = refresh_risk.car_id and t.id = r.id and t.at_risk <> r.risk;
  perform set_config('fleetflow.uid', coalesce(v_uid, ''), true);
end
$$;

comment on function private.refresh_risk(uuid) is 'Marks the trips that begin where the one before them is late.';
alter function private.refresh_risk(uuid) owner to fleetflow_sys;
revoke all on function private.refresh_risk(uuid) from public;
grant execute on function private.refresh_risk(uuid) to fleetflow_fn, fleetflow_sys;
