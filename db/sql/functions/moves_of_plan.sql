-- What: the moves of a plan that a caller has sent back, with nothing in them but trip, version and car; NULL without a plan.
-- Who: block_car. Raises: BAD_INPUT (field plan).
create or replace function private.moves_of_plan(plan jsonb) returns jsonb
  language plpgsql immutable parallel safe
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  c_moves constant integer := 200;
  c_uuid constant text := '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$';
  v_moves jsonb := moves_of_plan.plan -> 'moves';
begin
  if coalesce(moves_of_plan.plan, 'null') = 'null' then
    return null;
  end if;
  if jsonb_typeof(v_moves) is distinct from 'array' or jsonb_array_length(v_moves) > c_moves
     or exists (select from jsonb_array_elements(v_moves) as m (move)
                 where coalesce(lower(m.move ->> 'tripId') !~ c_uuid or lower(m.move ->> 'carId') !~ c_uuid
                   or m.move ->> 'version' !~ '^[1-9][0-9]{0,8}$', true))
     or (select count(distinct lower(m.move ->> 'tripId')) from jsonb_array_elements(v_moves) as m (move)) < jsonb_array_length(v_moves) then
    raise exception using errcode = 'FF400', message = 'BAD_INPUT', detail = jsonb_build_object('field', 'plan');
  end if;
  return (select coalesce(jsonb_agg(jsonb_build_object('tripId', lower(m.move ->> 'tripId'), 'version', (m.move ->> 'version')::integer,
            'carId', lower(m.move ->> 'carId'))), '[]') from jsonb_array_elements(v_moves) as m (move));
end
$$;

comment on function private.moves_of_plan(jsonb) is 'The moves of a plan that a caller has sent back.';
revoke all on function private.moves_of_plan(jsonb) from public;
grant execute on function private.moves_of_plan(jsonb) to fleetflow_fn;
