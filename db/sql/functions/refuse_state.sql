-- What: refuses an operation that a trip's state does not allow, and says which operations it does allow.
-- Who: functions that change a trip. Raises: INVALID_STATE (from, operation, allowed).
create or replace function private.refuse_state(status text, operation text) returns void
  language plpgsql stable
  set search_path = pg_catalog, public, pg_temp
as $$
begin
  raise exception using errcode = 'FF002', message = 'INVALID_STATE',
    detail = jsonb_build_object('from', refuse_state.status, 'operation', refuse_state.operation, 'allowed',
      (select coalesce(jsonb_agg(distinct s.operation order by s.operation), '[]')
         from public.trip_transitions as s where s.from_status = refuse_state.status));
end
$$;

comment on function private.refuse_state(text, text) is 'Refuses an operation that a state does not allow.';
revoke all on function private.refuse_state(text, text) from public;
grant execute on function private.refuse_state(text, text) to fleetflow_fn, fleetflow_sys;
