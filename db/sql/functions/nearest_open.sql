-- What: the opening instant nearest to another one, not before and not after two limits (both may be it); of two as near the earlier one.
--   NULL if there is none within 400 days. Within a minute of an end that is not open itself the minute before it is taken.
-- Who: rule_fault, and whoever proposes another time.
create or replace function private.nearest_open(
  fleet_id uuid, time_zone text, instant timestamptz, not_before timestamptz, not_after timestamptz
) returns timestamptz
  language plpgsql stable parallel safe
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  c_minute constant interval := '1 minute';
  v_days integer;
  v_from timestamptz;
  v_until timestamptz;
  v_found timestamptz;
begin
  foreach v_days in array array[8, 60, 400] loop
    v_from := greatest(nearest_open.not_before, nearest_open.instant - make_interval(hours => 24 * v_days));
    v_until := least(nearest_open.not_after, nearest_open.instant + make_interval(hours => 24 * v_days));
    exit when v_from > v_until;
    select p.point into v_found
      from unnest(private.open_ranges(nearest_open.fleet_id, nearest_open.time_zone, tstzrange(v_from, v_until, '[]'))) as r (span)
     cross join lateral (
       select case when nearest_open.instant <@ r.span then nearest_open.instant
                   when nearest_open.instant <= lower(r.span) then lower(r.span) + case when lower_inc(r.span) then interval '0' else c_minute end
                   else upper(r.span) - case when upper_inc(r.span) then interval '0' else c_minute end end as point
     ) as p
     where p.point <@ r.span
     order by greatest(p.point - nearest_open.instant, nearest_open.instant - p.point), p.point
     limit 1;
    exit when v_found is not null;
  end loop;
  return v_found;
end
$$;

comment on function private.nearest_open(uuid, text, timestamptz, timestamptz, timestamptz) is 'The opening instant nearest to another one.';
revoke all on function private.nearest_open(uuid, text, timestamptz, timestamptz, timestamptz) from public;
grant execute on function private.nearest_open(uuid, text, timestamptz, timestamptz, timestamptz) to fleetflow_fn, fleetflow_sys;
