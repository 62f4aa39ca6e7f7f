-- What: locks the cars of a plan of moves, then the people in it, and says whether the plan is still true: its cars still stand in for each
--   other, and its trips are on them and may be moved.
-- Who: book_with_moves. Runs as fleetflow_sys: trips are other people's. Locks: the cars ascending, then the renter and all drivers ascending.
create or replace function private.hold_plan(car_class public.car_classes, manages boolean, plan jsonb, people uuid[]) returns boolean
  language plpgsql volatile security definer
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  v_cars uuid[] := array(select distinct c::uuid from jsonb_array_elements_text(plan -> 'cars') as c);
  v_trips uuid[] := array(select (m ->> 'tripId')::uuid from jsonb_array_elements(plan -> 'moves') as m);
  v_people uuid[];
  v_still integer;
begin
  perform private.lock_cars(v_cars);
  perform private.extend_overdue(c) from unnest(v_cars) as c;
  select count(*), array_agg(t.driver_id) into v_still, v_people
    from unnest(v_cars) as c (id)
    join public.trips as t on t.car_id = c.id and t.id = any (v_trips)
   where private.may_be_moved(t);
  perform private.lock_users(hold_plan.people || v_people);
  return v_still = cardinality(v_trips) and cardinality(v_cars) = (
    select count(*) from private.class_cars(hold_plan.car_class, hold_plan.manages, '{}') as k where k.instant and (k.car).id = any (v_cars));
end
$$;

comment on function private.hold_plan(public.car_classes, boolean, jsonb, uuid[]) is 'Locks what a plan of moves needs and says whether it still holds.';
alter function private.hold_plan(public.car_classes, boolean, jsonb, uuid[]) owner to fleetflow_sys;
revoke all on function private.hold_plan(public.car_classes, boolean, jsonb, uuid[]) from public;
grant execute on function private.hold_plan(public.car_classes, boolean, jsonb, uuid[]) to fleetflow_fn;
