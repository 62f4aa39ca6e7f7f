-- What: what is wrong with a cancellation policy: the path of the first fault (`tiers.0.refundPpm`, empty for the whole), NULL for none.
--   One of the names flexible, moderate, strict and non_refundable, or {"tiers": [{"beforeMinutes": 2880, "refundPpm": 1000000}, ...]}: 1 to 10
--   tiers, from the earliest to the latest; the later somebody cancels, the less comes back.
-- Who: set_fleet_rules and the check on fleets.
create or replace function private.policy_fault(policy jsonb) returns text
  language plpgsql immutable parallel safe
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  v_tier jsonb;
  v_place integer;
  v_minutes integer := 527041;
  v_refund integer := 1000000;
begin
  if policy is null or policy in ('"flexible"', '"moderate"', '"strict"', '"non_refundable"') then
    return null;
  elsif jsonb_typeof(policy) <> 'object' or policy - 'tiers' <> '{}' then
    return '';
  elsif jsonb_typeof(policy -> 'tiers') is distinct from 'array' or jsonb_array_length(policy -> 'tiers') not between 1 and 10 then
    return 'tiers';
  end if;
  for v_tier, v_place in select t.tier, t.place - 1 from jsonb_array_elements(policy -> 'tiers') with ordinality as t (tier, place) loop
    if jsonb_typeof(v_tier) <> 'object' or v_tier - '{beforeMinutes,refundPpm}'::text[] <> '{}' then
      return 'tiers.' || v_place;
    elsif coalesce(v_tier ->> 'beforeMinutes', '') !~ '^(0|[1-9][0-9]{0,5})$' or jsonb_typeof(v_tier -> 'beforeMinutes') <> 'number'
       or (v_tier ->> 'beforeMinutes')::integer >= v_minutes then
      return 'tiers.' || v_place || '.beforeMinutes';
    elsif coalesce(v_tier ->> 'refundPpm', '') !~ '^(0|[1-9][0-9]{0,6})$' or jsonb_typeof(v_tier -> 'refundPpm') <> 'number'
       or (v_tier ->> 'refundPpm')::integer > v_refund then
      return 'tiers.' || v_place || '.refundPpm';
    end if;
    v_minutes := (v_tier ->> 'beforeMinutes')::integer;
    v_refund := (v_tier ->> 'refundPpm')::integer;
  end loop;
  return null;
end
$$;

comment on function private.policy_fault(jsonb) is 'What is wrong with a cancellation policy, NULL when nothing is.';
revoke all on function private.policy_fault(jsonb) from public;
grant execute on function private.policy_fault(jsonb) to fleetflow_fn, fleetflow_sys;
