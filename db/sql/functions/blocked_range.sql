-- What: the range for which a trip takes its car: from the start less preparation to the end plus turnaround.
--   Closed on both sides, or open at the end where trips may follow back to back.
-- Who: everything that books, moves or imports a trip.
create or replace function private.blocked_range(
  starts timestamptz, ends timestamptz, prep_minutes integer, turnaround_minutes integer, back_to_back boolean
) returns tstzrange
  language plpgsql immutable parallel safe
  set search_path = pg_catalog, public, pg_temp
as $$
begin
  return tstzrange(
      blocked_range.starts - make_interval(mins => blocked_range.prep_minutes),
      blocked_range.ends + make_interval(mins => blocked_range.turnaround_minutes),
      case when blocked_range.back_to_back then '[)' else '[]' end);
end
$$;

comment on function private.blocked_range(timestamptz, timestamptz, integer, integer, boolean) is 'What a trip takes of its car.';
revoke all on function private.blocked_range(timestamptz, timestamptz, integer, integer, boolean) from public;
grant execute on function private.blocked_range(timestamptz, timestamptz, integer, integer, boolean) to fleetflow_fn, fleetflow_sys;
