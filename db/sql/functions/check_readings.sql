-- What: refuses readings that no car shows: an odometer below 0 or above 10 million, fuel outside 0 to 100 percent. Absent is no reading.
-- Who: functions that start or complete a trip. Raises: BAD_INPUT (field odometer or fuel).
create or replace function private.check_readings(input jsonb) returns void
  language plpgsql immutable parallel safe
  set search_path = pg_catalog, public, pg_temp
as $$
begin
  if (input ->> 'odometer')::bigint not between 0 and 10000000 or (input ->> 'fuel')::bigint not between 0 and 100 then
    raise exception using errcode = 'FF400', message = 'BAD_INPUT', detail = jsonb_build_object('field',
      case when (input ->> 'odometer')::bigint not between 0 and 10000000 then 'odometer' else 'fuel' end);
  end if;
end
$$;

comment on function private.check_readings(jsonb) is 'Refuses readings that no car shows.';
revoke all on function private.check_readings(jsonb) from public;
grant execute on function private.check_readings(jsonb) to fleetflow_fn;
