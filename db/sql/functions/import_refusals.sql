-- What: why the rows of an imported batch that were not stored were not: how many are known `already`, and for the others the code
--   (BAD_INPUT with the bound at fault, TOO_LONG, TRIP_OVERLAP) and the trip in the way { id, externalId, startDate, endDate }.
-- Who: private.import_trips, after it has stored the rest.
create or replace function private.import_refusals(
  bounds text, cars uuid[], ids uuid[], external_ids text[], starts timestamptz[], ends timestamptz[], stored uuid[]
) returns jsonb
  language plpgsql stable
  set search_path = pg_catalog, public, pg_temp
  set plan_cache_mode = force_custom_plan
as $$
declare
  v_answer jsonb;
begin
  with given as (
    select g.*
      from unnest(import_refusals.cars, import_refusals.ids, import_refusals.external_ids, import_refusals.starts, import_refusals.ends)
             with ordinality as g (car_id, id, external_id, starts, ends, n)
  ), left_out as (
    select g.*, private.period_fault(g.starts, g.ends) as fault
      from given as g
     where not exists (select from unnest(import_refusals.stored) as s (id) where s.id = g.id)
  ), judged as (
    -- A row is known when its id was there before, or was stored by an earlier row of this batch.
    select l.*, k.id is not null and coalesce(own.n < l.n, true) as known
      from left_out as l
      left join lateral (select t.id from public.trips as t where t.car_id = l.car_id and t.external_id = l.external_id limit 1) as k on true
      left join given as own on own.id = k.id
  )
  select jsonb_build_object(
    'already', count(*) filter (where j.known),
    'refused', coalesce(jsonb_agg(jsonb_strip_nulls(jsonb_build_object(
      'row', j.n,
      'code', case when j.fault is null then 'TRIP_OVERLAP' when j.fault = 'TOO_LONG' then 'TOO_LONG' else 'BAD_INPUT' end,
      'field', case j.fault when 'startDate' then 'start' when 'endDate' then 'end' when 'TOO_LONG' then 'end' end,
      'reason', case when j.fault <> 'TOO_LONG' then 'PERIOD_INVALID' end,
      'conflict', c.conflict)) order by j.n) filter (where not j.known), '[]'))
    into v_answer
    from judged as j
    left join lateral (
      select jsonb_build_object('id', t.id, 'externalId', t.external_id,
               'startDate', private.iso(t.trip_start_date), 'endDate', private.iso(t.trip_end_date)) as conflict
        from public.trips as t
       where t.car_id = j.car_id
         and t.blocked && case when j.fault is null and not j.known then tstzrange(j.starts, j.ends, import_refusals.bounds) end
         and t.status in ('held', 'requested', 'confirmed', 'active', 'completed')
       order by lower(t.blocked), t.id
       limit 1) as c on true;
  return v_answer;
end
$$;

comment on function private.import_refusals(text, uuid[], uuid[], text[], timestamptz[], timestamptz[], uuid[]) is
  'Why rows of an imported batch were not stored.';
alter function private.import_refusals(text, uuid[], uuid[], text[], timestamptz[], timestamptz[], uuid[]) owner to fleetflow_sys;
revoke all on function private.import_refusals(text, uuid[], uuid[], text[], timestamptz[], timestamptz[], uuid[]) from public;
