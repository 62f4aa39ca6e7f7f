-- What: writes down that a row of trips, cars or reviews has changed, beside the change and in its transaction. What is changed again
--   within the same version and transaction (a total that follows its lines, the aggregates of a car) stays one row.
--   Rows are kept as they are; what the API would show is worked out by the relay, when no writer waits for it.
-- Who: the triggers on trips, cars and reviews; their argument names the entity. Runs as fleetflow_sys: nobody else may write the outbox.
-- Locks: none of its own. The number is drawn under the lock of the changed row, so one car's changes are numbered in their order.
create or replace function private.note_change() returns trigger
  language plpgsql volatile security definer
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  v_before jsonb := to_jsonb(old);
  v_after jsonb := to_jsonb(new);
  v_row jsonb := coalesce(v_after, v_before);
begin
  insert into public.outbox as o (car_id, entity, entity_id, version, xact, id, actor_id, operation, before, after, occurred_at)
  values (coalesce(v_row ->> 'car_id', v_row ->> 'id')::uuid, tg_argv[0], (v_row ->> 'id')::uuid, coalesce((v_row ->> 'version')::integer, 0),
    pg_current_xact_id(), private.uuid_v7(), private.uid(), nullif(current_setting('fleetflow.operation', true), ''),
    v_before, v_after, clock_timestamp())
  on conflict on constraint outbox_pkey do update set after = excluded.after;
  return null;
end
$$;

comment on function private.note_change() is 'Writes down a change of a trip, car or review.';
alter function private.note_change() owner to fleetflow_sys;
revoke all on function private.note_change() from public;
