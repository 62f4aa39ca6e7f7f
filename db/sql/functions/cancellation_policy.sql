-- What: a fleet's choice of cancellation policy written out: {"name", "tiers": [{"beforeMinutes", "refundPpm"}]}, the earliest tier first.
--   NULL chooses flexible; a fleet's own tiers are named custom.
-- Who: policy_of, and cancel_terms for trips that remember none.
create or replace function private.cancellation_policy(chosen jsonb) returns jsonb
  language plpgsql immutable parallel safe
  set search_path = pg_catalog, public, pg_temp
as $$
begin
  return case when jsonb_typeof(chosen) = 'object' then jsonb_build_object('name', 'custom', 'tiers', chosen -> 'tiers')
      else jsonb_build_object('name', coalesce(chosen #>> '{}', 'flexible'), 'tiers', case coalesce(chosen #>> '{}', 'flexible')
        when 'flexible' then '[{"beforeMinutes": 1440, "refundPpm": 1000000}, {"beforeMinutes": 0, "refundPpm": 500000}]'::jsonb
        when 'moderate' then '[{"beforeMinutes": 7200, "refundPpm": 1000000}, {"beforeMinutes": 1440, "refundPpm": 500000}]'
        when 'strict' then '[{"beforeMinutes": 20160, "refundPpm": 1000000}, {"beforeMinutes": 10080, "refundPpm": 500000}]'
        else '[]' end) end;
end
$$;

comment on function private.cancellation_policy(jsonb) is 'A choice of cancellation policy written out.';
revoke all on function private.cancellation_policy(jsonb) from public;
grant execute on function private.cancellation_policy(jsonb) to fleetflow_fn, fleetflow_sys;
