-- What: the plan that moves every listed trip to its target: {"moves": [{"tripId", "version", "carId"}]}; NULL when one has none.
-- Who: block_car, with what plan_block listed.
create or replace function private.plan_of(listed jsonb) returns jsonb
  language sql immutable parallel safe
  set search_path = pg_catalog, public, pg_temp
as $$
  select case when bool_and(l.trip ->> 'targetCarId' is not null) then jsonb_build_object('moves', jsonb_agg(
           jsonb_build_object('tripId', l.trip -> 'tripId', 'version', l.trip -> 'version', 'carId', l.trip -> 'targetCarId') order by l.place)) end
    from jsonb_array_elements(plan_of.listed) with ordinality as l (trip, place)
$$;

comment on function private.plan_of(jsonb) is 'The plan that moves every listed trip to its target.';
revoke all on function private.plan_of(jsonb) from public;
grant execute on function private.plan_of(jsonb) to fleetflow_fn;
