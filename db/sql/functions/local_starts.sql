-- What: the local times at which the occurrences of a series begin: 1 to 200 texts like 2027-05-03T10:00, each later than the one before.
-- Who: create_trip_series. Raises: BAD_INPUT (field rrule; reason NO_OCCURRENCES, TOO_MANY, NOT_ASCENDING or BAD_OCCURRENCE).
create or replace function private.local_starts(given jsonb) returns timestamp[]
  language plpgsql immutable
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  v_fault text;
begin
  v_fault := case
    when jsonb_typeof(given) is distinct from 'array' then 'BAD_OCCURRENCE'
    when jsonb_array_length(given) = 0 then 'NO_OCCURRENCES'
    when jsonb_array_length(given) > 200 then 'TOO_MANY'
    when exists (select from jsonb_array_elements(given) as e (start)
                  where jsonb_typeof(e.start) <> 'string' or not private.is_day(left(e.start #>> '{}', 10))
                     or substr(e.start #>> '{}', 11) !~ '^T([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9])?$') then 'BAD_OCCURRENCE' end;
  if v_fault is null and exists (
       select from (select e.start::timestamp as wall, lag(e.start::timestamp) over (order by e.place) as before
                      from jsonb_array_elements_text(given) with ordinality as e (start, place)) as s where s.wall <= s.before) then
    v_fault := 'NOT_ASCENDING';
  end if;
  if v_fault is not null then
    raise exception using errcode = 'FF400', message = 'BAD_INPUT', detail = jsonb_build_object('field', 'rrule', 'reason', v_fault);
  end if;
  return array(select e.start::timestamp from jsonb_array_elements_text(given) with ordinality as e (start, place) order by e.place);
end
$$;

comment on function private.local_starts(jsonb) is 'The local times at which the occurrences of a series begin.';
revoke all on function private.local_starts(jsonb) from public;
grant execute on function private.local_starts(jsonb) to fleetflow_fn;
