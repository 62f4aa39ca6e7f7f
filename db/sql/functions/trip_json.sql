-- What: a trip as the API shows it.
-- Who: entry functions, with a row they have read under the caller's policies.
create or replace function private.trip_json(trip public.trips) returns jsonb
  language plpgsql stable parallel safe
  set search_path = pg_catalog, public, pg_temp
as $$
begin
  return private.trip_text(trip_json.trip)::jsonb;
end
$$;

comment on function private.trip_json(public.trips) is 'A trip as the API shows it.';
revoke all on function private.trip_json(public.trips) from public;
grant execute on function private.trip_json(public.trips) to fleetflow_fn, fleetflow_sys;
