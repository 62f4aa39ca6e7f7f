-- What: books for several people in one transaction. `calls` are 1 to 32 objects with the arguments of create_trip_rpc; the answer has a member for
--   each, in their order: {"answer": ...}, or what the idempotency key had, with "replayed": true, or null, which says "send this one alone".
--   Null is whatever is refused, fails, has to wait or is not well made: nothing of it is left, and its neighbours are not touched.
--   Each call has one subtransaction and no more, so that all of them fit into PostgreSQL's cache of 64.
-- Who: each call by itself, as create_trip_rpc: recognised by its own private.enter, which is preceded by nobody.
-- Raises: nothing about a call, only that `calls` are no 1 to 32 (field calls).
-- Locks: what create_trip_rpc locks, and nobody waits: cars that somebody has are skipped, everything else is given up after a millisecond. Who does
--   not wait is in no deadlock.
create or replace function public.create_trips_rpc(calls jsonb) returns jsonb
  language plpgsql volatile security definer
  set search_path = pg_catalog, public, pg_temp
  set lock_timeout = '1ms'
as $$
declare
  c_uuid constant text := '^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$';
  v_actor uuid;
  v_call jsonb;
  v_idle uuid[];
  v_outcome jsonb;
  v_outcomes jsonb := '[]';
begin
  if jsonb_typeof(create_trips_rpc.calls) is distinct from 'array' or jsonb_array_length(create_trips_rpc.calls) not between 1 and 32 then
    raise exception using errcode = 'FF400', message = 'BAD_INPUT', detail = jsonb_build_object('field', 'calls');
  end if;
  v_idle := private.lock_idle_cars(array(
    select distinct (c.call ->> 'car_id')::uuid from jsonb_array_elements(create_trips_rpc.calls) as c (call) where c.call ->> 'car_id' ~ c_uuid));

  for v_call in select c.call from jsonb_array_elements(create_trips_rpc.calls) with ordinality as c (call, n) order by c.n loop
    v_outcome := null;
    if v_call ->> 'car_id' ~ c_uuid and (v_call ->> 'car_id')::uuid = any (v_idle) then
      begin
        perform private.forget_actor();
        v_actor := private.enter(v_call -> 'actor', 'trips.create', true);
        v_outcome := private.attempt('trips.create', v_actor, private.create_trip_call(v_call), v_call ->> 'idempotency_key');
      exception when others then
        v_outcome := null;
      end;
    end if;
    v_outcomes := v_outcomes || jsonb_build_array(v_outcome);
  end loop;
  return v_outcomes;
end
$$;

comment on function public.create_trips_rpc(jsonb) is 'Books for several people in one transaction.';
alter function public.create_trips_rpc(jsonb) owner to fleetflow_fn;
revoke all on function public.create_trips_rpc(jsonb) from public;
grant execute on function public.create_trips_rpc(jsonb) to fleetflow_api;
