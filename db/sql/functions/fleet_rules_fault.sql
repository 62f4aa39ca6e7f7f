-- What: the field of the first rule that a fleet could not have, NULL for none. A member that is absent stays what it is; null takes a rule away.
-- Who: set_fleet_rules. The checks on the table `fleets` are the second line.
create or replace function private.fleet_rules_fault(rules jsonb) returns text
  language plpgsql immutable parallel safe
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  v_field text;
  v_value jsonb;
  v_fault text;
begin
  if jsonb_typeof(rules) is distinct from 'object' then
    return 'rules';
  end if;
  for v_field, v_value in select e.key, nullif(e.value, 'null') from jsonb_each(rules) as e order by e.key loop
    if v_field = 'openingHours' or v_field = 'cancellationPolicy' then
      v_fault := case v_field when 'openingHours' then private.hours_fault(v_value) else private.policy_fault(v_value) end;
      if v_fault is not null then
        return rtrim(v_field || '.' || v_fault, '.');
      end if;
    elsif v_field = 'closedDays' then
      if jsonb_typeof(v_value) <> 'array' or jsonb_array_length(v_value) > 1000 or exists (
           select from jsonb_array_elements(v_value) as d (day)
            where jsonb_typeof(d.day) <> 'string' or not private.is_day(d.day #>> '{}')) then
        return v_field;
      end if;
    elsif v_field in ('minMinutes', 'maxMinutes', 'noticeMinutes', 'horizonDays', 'maxOpenTrips') then
      if v_value is not null and (jsonb_typeof(v_value) <> 'number' or v_value #>> '{}' !~ '^(0|[1-9][0-9]{0,5})$'
           or (v_value #>> '{}')::integer not between case v_field when 'noticeMinutes' then 0 else 1 end
              and case v_field when 'horizonDays' then 3660 when 'maxOpenTrips' then 10000 else 527040 end) then
        return v_field;
      end if;
    else
      return left(v_field, 60);
    end if;
  end loop;
  return null;
end
$$;

comment on function private.fleet_rules_fault(jsonb) is 'The field of the first rule that a fleet could not have.';
revoke all on function private.fleet_rules_fault(jsonb) from public;
grant execute on function private.fleet_rules_fault(jsonb) to fleetflow_fn;
