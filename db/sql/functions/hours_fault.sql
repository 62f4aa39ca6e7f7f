-- What: what is wrong with opening hours: the path of the first fault (`mon.0.1`, empty for the whole), NULL for none.
--   {"mon": [["08:00", "12:00"], ["22:00", "02:00"]], ...}: days mon to sun, up to 10 ranges a day, ascending and apart; `24:00` may end a range;
--   the last one of a day may run past midnight. A day that is absent is closed, and at least one is not.
-- Who: set_fleet_rules and the check on fleets.
create or replace function private.hours_fault(hours jsonb) returns text
  language plpgsql immutable parallel safe
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  v_day text;
  v_ranges jsonb;
  v_range jsonb;
  v_place integer;
  v_before text;
begin
  if hours is null then
    return null;
  elsif jsonb_typeof(hours) <> 'object' then
    return '';
  end if;
  for v_day, v_ranges in select e.key, e.value from jsonb_each(hours) as e order by e.key loop
    if v_day not in ('mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun') or jsonb_typeof(v_ranges) <> 'array' or jsonb_array_length(v_ranges) > 10 then
      return v_day;
    end if;
    v_before := '';
    for v_range, v_place in select r.range, r.place - 1 from jsonb_array_elements(v_ranges) with ordinality as r (range, place) loop
      if jsonb_typeof(v_range) <> 'array' or jsonb_array_length(v_range) <> 2 then
        return v_day || '.' || v_place;
      elsif jsonb_typeof(v_range -> 0) <> 'string' or v_range ->> 0 !~ '^([01][0-9]|2[0-3]):[0-5][0-9]$' or v_range ->> 0 <= v_before then
        return v_day || '.' || v_place || '.0';
      elsif jsonb_typeof(v_range -> 1) <> 'string' or v_range ->> 1 !~ '^(([01][0-9]|2[0-3]):[0-5][0-9]|24:00)$' or v_range ->> 0 = v_range ->> 1
         or (v_range ->> 1 < v_range ->> 0 and v_place < jsonb_array_length(v_ranges) - 1) then
        return v_day || '.' || v_place || '.1';
      end if;
      v_before := v_range ->> 1;
    end loop;
  end loop;
  return case when not exists (select from jsonb_each(hours) as e where jsonb_array_length(e.value) > 0) then '' end;
end
$$;

comment on function private.hours_fault(jsonb) is 'What is wrong with opening hours, NULL when nothing is.';
revoke all on function private.hours_fault(jsonb) from public;
grant execute on function private.hours_fault(jsonb) to fleetflow_fn, fleetflow_sys;
