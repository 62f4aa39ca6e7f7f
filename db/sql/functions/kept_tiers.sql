-- What: for each of `days` local days from `first`, the length tier that it was granted before; NULL for a new day, and altogether where nothing is kept.
-- Who: days_price; `kept` are runs of {"from", "count", "tier"}.
create or replace function private.kept_tiers(first date, days integer, kept jsonb) returns integer[]
  language plpgsql immutable parallel safe
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  v_tiers integer[];
  v_run jsonb;
  v_from integer;
begin
  if coalesce(jsonb_array_length(kept_tiers.kept), 0) = 0 then
    return null;
  end if;
  v_tiers := array_fill(null::integer, array[kept_tiers.days]);
  for v_run in select r from jsonb_array_elements(kept_tiers.kept) as r loop
    v_from := (v_run ->> 'from')::date - kept_tiers.first + 1;
    for i in greatest(1, v_from) .. least(kept_tiers.days, v_from + (v_run ->> 'count')::integer - 1) loop
      v_tiers[i] := (v_run ->> 'tier')::integer;
    end loop;
  end loop;
  return v_tiers;
end
$$;

comment on function private.kept_tiers(date, integer, jsonb) is 'The length tier that each day was granted before.';
revoke all on function private.kept_tiers(date, integer, jsonb) from public;
grant execute on function private.kept_tiers(date, integer, jsonb) to fleetflow_fn, fleetflow_sys;
