-- What: the next starts at which a trip of so many minutes fits on a car, from now or from `not_before` on: {"nextFree", "nextStarts"}.
-- Who: whoever sees the car; who does not manage its fleet is told starts that its rules allow.
-- Raises: UNAUTHENTICATED, FORBIDDEN, NOT_FOUND (field id), BAD_INPUT (minutes, from).
create or replace function public.next_free_rpc(car_id uuid, minutes integer, actor jsonb, not_before timestamptz default null) returns jsonb
  language plpgsql volatile security definer
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  v_actor uuid := private.enter(next_free_rpc.actor, 'cars.nextFree', false);
  v_from timestamptz := coalesce(next_free_rpc.not_before, date_trunc('minute', now()) + interval '1 minute');
  v_car public.cars;
  v_starts timestamptz[];
begin
  select c.* into v_car from public.cars as c where c.id = next_free_rpc.car_id and c.retired_at is null;
  if not found then
    raise exception using errcode = 'FF404', message = 'NOT_FOUND', detail = jsonb_build_object('field', 'id');
  end if;
  if next_free_rpc.minutes is null or next_free_rpc.minutes not between 1 and 527040 then
    raise exception using errcode = 'FF400', message = 'BAD_INPUT', detail = jsonb_build_object('field', 'minutes');
  end if;
  if private.period_fault(v_from, v_from + make_interval(days => 1)) is not null then
    raise exception using errcode = 'FF400', message = 'BAD_INPUT', detail = jsonb_build_object('field', 'from');
  end if;
  v_starts := private.next_free(v_car, make_interval(mins => next_free_rpc.minutes), v_from,
    v_car.fleet_id not in (select private.my_fleets('{owner,manager}')), 5, v_actor);
  return jsonb_build_object('nextFree', private.iso(v_starts[1]),
    'nextStarts', (select coalesce(jsonb_agg(private.iso(s) order by s), '[]') from unnest(v_starts) as s));
end
$$;

comment on function public.next_free_rpc(uuid, integer, jsonb, timestamptz) is 'The next starts at which a trip of a length fits on a car.';
alter function public.next_free_rpc(uuid, integer, jsonb, timestamptz) owner to fleetflow_fn;
revoke all on function public.next_free_rpc(uuid, integer, jsonb, timestamptz) from public;
grant execute on function public.next_free_rpc(uuid, integer, jsonb, timestamptz) to fleetflow_api;
