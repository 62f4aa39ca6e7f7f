-- What: refuses an operation that a trip's state does not allow, and says what the caller can do from here instead.
-- Who: functions that change a trip. Raises: INVALID_STATE (from, operation, allowed).
create or replace function private.refuse_trip(trip public.trips, operation text) returns void
  language plpgsql stable
  set search_path = pg_catalog, public, pg_temp
as $$
begin
  raise exception using errcode = 'FF002', message = 'INVALID_STATE', detail = jsonb_build_object(
    'from', (private.settled(refuse_trip.trip)).status, 'operation', refuse_trip.operation,
    'allowed', array_remove(private.allowed_operations(refuse_trip.trip), refuse_trip.operation));
end
$$;

comment on function private.refuse_trip(public.trips, text) is 'Refuses an operation that a trip''s state does not allow.';
revoke all on function private.refuse_trip(public.trips, text) from public;
grant execute on function private.refuse_trip(public.trips, text) to fleetflow_fn;
