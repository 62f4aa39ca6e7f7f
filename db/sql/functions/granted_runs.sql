-- What: runs of {"from", "count", "tier"}: the length tier of each of `days` days from `first`, kept or, for a new day, `tier`.
-- Who: days_price; private.kept_tiers reads them back.
create or replace function private.granted_runs(first date, days integer, kept integer[], tier integer) returns jsonb
  language plpgsql immutable parallel safe
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  v_runs jsonb := '[]';
  v_from integer := 1;
begin
  for i in 1 .. granted_runs.days loop
    continue when i < granted_runs.days
      and coalesce(granted_runs.kept[i], granted_runs.tier) = coalesce(granted_runs.kept[i + 1], granted_runs.tier);
    v_runs := v_runs || jsonb_build_object('from', granted_runs.first + v_from - 1, 'count', i - v_from + 1,
      'tier', coalesce(granted_runs.kept[i], granted_runs.tier));
    v_from := i + 1;
  end loop;
  return v_runs;
end
$$;

comment on function private.granted_runs(date, integer, integer[], integer) is 'The length tier of each day, as runs.';
revoke all on function private.granted_runs(date, integer, integer[], integer) from public;
grant execute on function private.granted_runs(date, integer, integer[], integer) to fleetflow_fn, fleetflow_sys;
