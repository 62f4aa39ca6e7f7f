-- What: refuses a series by its first occurrence that cannot be booked, and lists all of them with their codes.
--   `faults` is [{"startDate", "endDate", "code", "detail"}].
-- Who: create_trip_series.
-- Raises: TRIP_OVERLAP (conflicts, nextFree), OUTSIDE_HOURS (field, nearest), TOO_SHORT and TOO_LONG (limit in minutes, nearest), TOO_SOON (earliest),
--   TOO_FAR (latest), QUOTA_EXCEEDED (limit), each with occurrences.
create or replace function private.refuse_occurrences(faults jsonb) returns void
  language plpgsql immutable
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  v_detail jsonb := (faults -> 0 -> 'detail')
    || jsonb_build_object('occurrences', (select jsonb_agg(f.fault - 'detail' order by f.place)
                                            from jsonb_array_elements(faults) with ordinality as f (fault, place)));
begin
  if faults -> 0 ->> 'code' = 'TRIP_OVERLAP' then
    raise exception using errcode = 'FF001', message = 'TRIP_OVERLAP', detail = v_detail;
  end if;
  perform private.refuse_rule(jsonb_build_object('code', faults -> 0 -> 'code', 'detail', v_detail));
end
$$;

comment on function private.refuse_occurrences(jsonb) is 'Refuses a series by its first occurrence that cannot be booked.';
revoke all on function private.refuse_occurrences(jsonb) from public;
grant execute on function private.refuse_occurrences(jsonb) to fleetflow_fn;
