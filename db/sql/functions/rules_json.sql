-- What: the rules of a fleet as the API shows them. A rule that is null binds nobody.
-- Who: entry functions, with a row they have read under the caller's policies.
create or replace function private.rules_json(fleet public.fleets) returns jsonb
  language sql immutable parallel safe
  set search_path = pg_catalog, public, pg_temp
as $$
  select jsonb_build_object(
    'fleetId', (rules_json.fleet).id,
    'fleet', (rules_json.fleet).slug,
    'openingHours', (rules_json.fleet).opening_hours,
    'closedDays', (select coalesce(jsonb_agg(to_char(d.day, 'YYYY-MM-DD') order by d.day), '[]') from unnest((rules_json.fleet).closed_days) as d (day)),
    'minMinutes', (rules_json.fleet).min_minutes,
    'maxMinutes', (rules_json.fleet).max_minutes,
    'noticeMinutes', (rules_json.fleet).notice_minutes,
    'horizonDays', (rules_json.fleet).horizon_days,
    'maxOpenTrips', (rules_json.fleet).max_open_trips,
    'cancellationPolicy', (rules_json.fleet).cancellation_policy,
    'version', (rules_json.fleet).rules_version)
$$;

comment on function private.rules_json(public.fleets) is 'The rules of a fleet as the API shows them.';
revoke all on function private.rules_json(public.fleets) from public;
grant execute on function private.rules_json(public.fleets) to fleetflow_fn;
