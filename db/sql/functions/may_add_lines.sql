-- What: whether the caller may add lines to a trip's price: its renter, by an API key in its fleet alone; its fleet's owners and managers; and
--   drivers where they take the car back. One call for a row: an insert would have PostgreSQL prepare the policies of trips besides.
--   Volatile: it has to see a trip that the same statement stores.
-- Who: the policy trip_lines_add. Runs as fleetflow_sys.
create or replace function private.may_add_lines(car_id uuid, trip_id uuid) returns boolean
  language plpgsql volatile security definer
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  v_renter uuid;
  v_fleet uuid;
  v_role text;
begin
  select t.booked_by_id, t.fleet_id into v_renter, v_fleet from public.trips as t where t.car_id = may_add_lines.car_id and t.id = may_add_lines.trip_id;
  if v_renter = private.uid() and v_fleet = coalesce(private.key_fleet(), v_fleet) then
    return true;
  end if;
  v_role := private.my_role(v_fleet);
  return coalesce(v_role in ('owner', 'manager') or (v_role = 'driver' and current_setting('fleetflow.operation', true) = 'trips.complete'), false);
end
$$;

comment on function private.may_add_lines(uuid, uuid) is 'Whether the caller may add lines to a trip''s price.';
alter function private.may_add_lines(uuid, uuid) owner to fleetflow_sys;
revoke all on function private.may_add_lines(uuid, uuid) from public;
grant execute on function private.may_add_lines(uuid, uuid) to fleetflow_fn;
