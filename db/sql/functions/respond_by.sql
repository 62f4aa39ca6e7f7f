-- What: until when a fleet answers a request for a trip that begins at `starts`: 8 hours from now, and at the latest 2 hours before the start.
-- Who: functions that hold or book a car that needs its fleet's approval.
-- Raises: TOO_SOON (earliest), where that would leave the fleet less than 30 minutes.
create or replace function private.respond_by(starts timestamptz) returns timestamptz
  language plpgsql stable
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  v_limit timestamptz := least(now() + interval '8 hours', respond_by.starts - interval '2 hours');
begin
  if v_limit < now() + interval '30 minutes' then
    raise exception using errcode = 'FF101', message = 'TOO_SOON', detail = jsonb_build_object(
      'field', 'startDate', 'earliest', private.iso(date_trunc('minute', now()) + interval '2 hours 31 minutes'));
  end if;
  return v_limit;
end
$$;

comment on function private.respond_by(timestamptz) is 'Until when a fleet answers a request.';
revoke all on function private.respond_by(timestamptz) from public;
grant execute on function private.respond_by(timestamptz) to fleetflow_fn;
