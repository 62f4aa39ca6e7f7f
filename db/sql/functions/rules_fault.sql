-- What: where the rules of a rate plan are not what a tariff is made of, as a path like `rules.tiers.1.ppm`; NULL where they are.
--   Factors and shares are in parts per million, amounts in minor units. Length tiers grow in days and never in price: so no rental costs
--   more than a longer one, also one that was extended.
-- Who: the constraint on rate_plans; check_tariff, which answers the path.
create or replace function private.rules_fault(rules jsonb, path text default 'rules') returns text
  language plpgsql immutable parallel safe
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  c_shape constant jsonb := '{
    "weekdays?": {"least": 7, "most": 7, "each": [0, 10000000]},
    "tiers?": {"least": 0, "most": 20, "each": {"days": [2, 366], "ppm": [0, 1000000]}},
    "extras?": {"least": 0, "most": 50, "each": {"code": "^[a-z0-9][a-z0-9_-]{0,39}$", "name": "^.{1,80}$", "per": "^(trip|day)$",
      "amount": [0, 1000000000000]}},
    "fees?": {"least": 0, "most": 20, "each": {"name": "^.{1,80}$", "amount?": [0, 1000000000000], "ppm?": [0, 1000000]}},
    "discounts?": {"least": 0, "most": 20, "each": {"name": "^.{1,80}$", "ppm": [0, 1000000], "leadDays?": [0, 366]}},
    "taxes?": {"least": 0, "most": 10, "each": {"name": "^.{1,80}$", "ppm": [0, 1000000], "inclusive": true}},
    "distance?": {"unit": "^(km|mi)$", "includedPerDay": [0, 100000], "perUnit": [0, 1000000000]},
    "fuel?": {"perPercent": [0, 1000000000]}}';
  v_fault text := private.shape_fault(rules_fault.rules, c_shape, rules_fault.path);
begin
  if v_fault is not null then
    return v_fault;
  end if;
  select rules_fault.path || '.tiers.' || t.place into v_fault
    from (select n - 1 as place, (x ->> 'days')::integer <= lag((x ->> 'days')::integer) over w
                 or (x ->> 'ppm')::integer > lag((x ->> 'ppm')::integer) over w as bad
            from jsonb_array_elements(rules_fault.rules -> 'tiers') with ordinality as t (x, n) window w as (order by n)) as t
   where t.bad order by t.place limit 1;
  if found then
    return v_fault;
  end if;
  select rules_fault.path || '.extras.' || n - 1 || '.code' into v_fault
    from jsonb_array_elements(rules_fault.rules -> 'extras') with ordinality as e (x, n)
   where exists (select from jsonb_array_elements(rules_fault.rules -> 'extras') with ordinality as o (y, m)
                  where m < n and y ->> 'code' = x ->> 'code') order by n limit 1;
  if found then
    return v_fault;
  end if;
  select rules_fault.path || '.fees.' || n - 1 into v_fault
    from jsonb_array_elements(rules_fault.rules -> 'fees') with ordinality as f (x, n)
   where (x ? 'amount') = (x ? 'ppm') order by n limit 1;
  return v_fault;
end
$$;

comment on function private.rules_fault(jsonb, text) is 'Where the rules of a rate plan are not what a tariff is made of.';
revoke all on function private.rules_fault(jsonb, text) from public;
grant execute on function private.rules_fault(jsonb, text) to fleetflow_fn, fleetflow_sys;
