-- What: which rule of the car's fleet a rental would break, as {"code", "detail"}; NULL for none. A fleet's own use (purpose) breaks none, and its
--   owners and managers may overrule all but the quota of somebody else. A trip that is changed (`was`: its period so far) is judged by what
--   changes, and its quota never; `except_ids` are trips that the booking takes the place of.
-- Who: check_rules, and whoever tries several periods. After the car's lock. Locks: the renter, where the fleet has a quota.
-- Runs as fleetflow_sys: a renter may have a trip in a fleet that shows itself to its members only.
create or replace function private.rule_fault(
  car public.cars, renter uuid, purpose text, starts timestamptz, ends timestamptz, manages boolean,
  was tstzrange default null, except_ids uuid[] default '{}'
) returns jsonb
  language plpgsql volatile security definer
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  v_fleet public.fleets;
  v_fault jsonb;
  v_open integer;
begin
  if rule_fault.purpose <> 'rental' then
    return null;
  end if;
  select f.* into v_fleet from public.fleets as f where f.id = (rule_fault.car).fleet_id;
  if not rule_fault.manages then
    v_fault := coalesce(private.start_fault(v_fleet, (rule_fault.car).time_zone, rule_fault.starts, rule_fault.was),
                        private.end_fault(v_fleet, (rule_fault.car).time_zone, rule_fault.starts, rule_fault.ends, rule_fault.was));
    if v_fault is not null then
      return v_fault;
    end if;
  end if;
  if v_fleet.max_open_trips is null or rule_fault.was is not null or (rule_fault.manages and rule_fault.renter = private.uid()) then
    return null;
  end if;
  perform private.lock_users(array[rule_fault.renter]);
  -- Two years back is longer than any rental: an index range instead of everything that somebody ever rented.
  select count(*) into v_open
    from public.trips as t
   where t.booked_by_id = rule_fault.renter and t.trip_start_date > now() - interval '2 years'
     and t.fleet_id = v_fleet.id and t.purpose = 'rental' and t.id <> all (rule_fault.except_ids)
     and (t.status = 'active' or (t.status = 'confirmed' and t.trip_end_date > now())
       or (t.status = 'held' and t.hold_expires_at > now()) or (t.status = 'requested' and t.respond_by > now()));
  if v_open >= v_fleet.max_open_trips then
    return jsonb_build_object('code', 'QUOTA_EXCEEDED', 'detail', jsonb_build_object('limit', v_fleet.max_open_trips));
  end if;
  return null;
end
$$;

comment on function private.rule_fault(public.cars, uuid, text, timestamptz, timestamptz, boolean, tstzrange, uuid[]) is
  'Which rule of its fleet a rental would break.';
alter function private.rule_fault(public.cars, uuid, text, timestamptz, timestamptz, boolean, tstzrange, uuid[]) owner to fleetflow_sys;
revoke all on function private.rule_fault(public.cars, uuid, text, timestamptz, timestamptz, boolean, tstzrange, uuid[]) from public;
grant execute on function private.rule_fault(public.cars, uuid, text, timestamptz, timestamptz, boolean, tstzrange, uuid[]) to fleetflow_fn;
