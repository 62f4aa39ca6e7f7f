-- What: takes a car out of service for a period. Answers {"trip", "inTheWay", "plan"}. A rehearsal without a plan that finds trips in the way
--   stores nothing: it lists them, each with its target car (null: none is free, or it may not move), and answers the plan when all can
--   move. With a plan all of its moves and the block happen, or none; `inTheWay` then says what was moved.
-- Who: perform, for block_car_rpc. Input: carId, startDate, endDate, purpose, note, plan {"moves": [{"tripId", "version", "carId"}]}, dryRun.
-- Raises: NOT_FOUND (field carId), FORBIDDEN, BAD_INPUT, TOO_LONG (maxDays, limit, nearest), TRIP_OVERLAP (conflicts, nextFree), PLAN_STALE (changes),
--   INVALID_STATE and DRIVER_BUSY (neither: what moves has been compared and keeps its times, and a block names no driver).
-- Locks: the car and the plan's targets ascending, then drivers, then trips.
create or replace function private.block_car(actor uuid, input jsonb) returns jsonb
  language plpgsql volatile
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  v_start timestamptz := (input ->> 'startDate')::timestamptz;
  v_end timestamptz := (input ->> 'endDate')::timestamptz;
  v_note text := nullif(btrim(input ->> 'note', E' \t\n\r'), '');
  v_moves jsonb := private.moves_of_plan(input -> 'plan');
  v_listed jsonb;
  v_changes jsonb;
  v_car public.cars;
  v_trip public.trips;
begin
  select c.* into v_car from public.cars as c where c.id = (input ->> 'carId')::uuid and c.retired_at is null;
  if not found then
    raise exception using errcode = 'FF404', message = 'NOT_FOUND', detail = jsonb_build_object('field', 'carId');
  end if;
  if v_car.fleet_id not in (select private.my_fleets('{owner,manager}')) then
    raise exception using errcode = 'FF403', message = 'FORBIDDEN';
  end if;
  if input ->> 'purpose' not in ('maintenance', 'repair', 'owner_use') or length(v_note) > 1000 then
    raise exception using errcode = 'FF400', message = 'BAD_INPUT',
      detail = jsonb_build_object('field', case when length(v_note) > 1000 then 'note' else 'purpose' end);
  end if;
  perform private.check_period(v_start, v_end);

  if (input ->> 'dryRun')::boolean and v_moves is null then
    v_listed := private.plan_block(v_car, v_start, v_end);
    if v_listed <> '[]' then
      return jsonb_build_object('trip', null, 'inTheWay', v_listed, 'plan', private.plan_of(v_listed));
    end if;
  end if;
  perform private.lock_cars(array(select (m.move ->> 'carId')::uuid from jsonb_array_elements(coalesce(v_moves, '[]')) as m (move)) || v_car.id);
  v_car := private.take_car(v_car.id);
  if v_moves is not null then
    v_listed := private.list_in_the_way(v_car, v_start, v_end,
      (select jsonb_object_agg(m.move ->> 'tripId', m.move -> 'carId') from jsonb_array_elements(v_moves) as m (move)));
    v_changes := private.plan_changes(v_car, v_start, v_end, v_moves);
    if v_changes = '[]' then
      v_changes := private.move_planned(v_moves);
    end if;
    if v_changes <> '[]' then
      perform private.refuse_plan(v_changes);
    end if;
  end if;
  v_trip := private.book_trip(v_car, block_car.actor, input ->> 'purpose', 'confirmed', v_start, v_end, null, jsonb_build_object('note', v_note));
  if v_trip.id is null then
    perform private.refuse_overlap(v_car.id, v_start, v_end, v_car.prep_minutes, v_car.turnaround_minutes, v_car.back_to_back);
  end if;
  return jsonb_build_object('trip', private.trip_json(v_trip), 'inTheWay', coalesce(v_listed, '[]'),
    'plan', case when v_moves is not null then input -> 'plan' end);
end
$$;

comment on function private.block_car(uuid, jsonb) is 'Takes a car out of service for a period.';
revoke all on function private.block_car(uuid, jsonb) from public;
grant execute on function private.block_car(uuid, jsonb) to fleetflow_fn;
