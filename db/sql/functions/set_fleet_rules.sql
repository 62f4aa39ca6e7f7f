-- What: sets the rules of a fleet. What is booked already keeps what it was booked under.
-- Who: perform, for set_fleet_rules_rpc. Input: fleet, rules, version.
-- Raises: NOT_FOUND (fleet), FORBIDDEN, BAD_INPUT (field), VERSION_MISMATCH (version). Locks: the fleet.
create or replace function private.set_fleet_rules(actor uuid, input jsonb) returns jsonb
  language plpgsql volatile
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  v_id uuid := private.find_fleet(input ->> 'fleet');
  v_rules jsonb := input -> 'rules';
  v_fault text := private.fleet_rules_fault(v_rules);
  v_fleet public.fleets;
begin
  if v_id not in (select private.my_fleets('{owner,manager}')) then
    raise exception using errcode = 'FF403', message = 'FORBIDDEN';
  end if;
  if v_fault is not null then
    raise exception using errcode = 'FF400', message = 'BAD_INPUT', detail = jsonb_build_object('field', v_fault);
  end if;
  select f.* into v_fleet from public.fleets as f where f.id = v_id for no key update;
  if v_fleet.rules_version <> (input ->> 'version')::integer then
    raise exception using errcode = 'FF412', message = 'VERSION_MISMATCH', detail = jsonb_build_object('version', v_fleet.rules_version);
  end if;
  v_rules := private.rules_json(v_fleet) || v_rules;
  if (v_rules ->> 'minMinutes')::integer > (v_rules ->> 'maxMinutes')::integer then
    raise exception using errcode = 'FF400', message = 'BAD_INPUT', detail = jsonb_build_object('field', 'maxMinutes', 'reason', 'BELOW_MINIMUM');
  end if;
  update public.fleets as f
     set opening_hours = nullif(v_rules -> 'openingHours', 'null'),
         closed_days = array(select distinct (d.day)::date from jsonb_array_elements_text(nullif(v_rules -> 'closedDays', 'null')) as d (day) order by 1),
         min_minutes = (v_rules ->> 'minMinutes')::integer,
         max_minutes = (v_rules ->> 'maxMinutes')::integer,
         notice_minutes = coalesce((v_rules ->> 'noticeMinutes')::integer, 0),
         horizon_days = (v_rules ->> 'horizonDays')::integer,
         max_open_trips = (v_rules ->> 'maxOpenTrips')::integer,
         cancellation_policy = nullif(v_rules -> 'cancellationPolicy', 'null'),
         rules_version = f.rules_version + 1
   where f.id = v_id
  returning f.* into v_fleet;
  return private.rules_json(v_fleet);
end
$$;

comment on function private.set_fleet_rules(uuid, jsonb) is 'Sets the rules of a fleet.';
revoke all on function private.set_fleet_rules(uuid, jsonb) from public;
grant execute on function private.set_fleet_rules(uuid, jsonb) to fleetflow_fn;
