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
  v_car uuid;
  v_version integer := 0;
  v_follows boolean := tg_op = 'UPDATE';
begin
  -- Columns are named only for tables that have them.
  if tg_argv[0] = 'car' then
    v_car := coalesce(new.id, old.id);
  else
    v_car := coalesce(new.car_id, old.car_id);
  end if;
  if tg_argv[0] = 'trip' then
    v_version := coalesce(new.version, old.version);
    v_follows := v_follows and old.version = new.version;
    -- A removal is a change of its own, after a version that this very transaction made; it takes in a total that only followed its lines,
    -- and a row that was made in this transaction too, of which nothing is left to tell.
    if tg_op = 'DELETE' then
      v_version := old.version + (not exists (
        select from public.outbox as o
         where o.entity_id = old.id and o.xact = pg_current_xact_id() and o.version = old.version and o.car_id = v_car
           and (o.before is null or o.before -> 'version' = o.after -> 'version')))::integer;
    end if;
  end if;
  if v_follows then
    update public.outbox as o
       set after = to_jsonb(new)
     where o.entity_id = new.id and o.xact = pg_current_xact_id() and o.version = v_version and o.car_id = v_car;
    if found then
      return null;
    end if;
  end if;
  insert into public.outbox as o (car_id, entity, entity_id, version, xact, actor_id, operation, before, after, occurred_at)
  values (v_car, tg_argv[0], coalesce(new.id, old.id), v_version, pg_current_xact_id(), nullif(current_setting('fleetflow.uid', true), '')::uuid,
    nullif(current_setting('fleetflow.operation', true), ''), to_jsonb(old), to_jsonb(new), clock_timestamp())
  on conflict on constraint outbox_pkey do update set after = excluded.after;
  return null;
end
$$;

comment on function private.note_change() is 'Writes down a change of a trip, car or review.';
alter function private.note_change() owner to fleetflow_sys;
revoke all on function private.note_change() from public;
