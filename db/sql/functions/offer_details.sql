-- What: what a caller is told whose car or class is taken: when else (conflicts, nextFree, nextStarts) and, for as many as they asked, what else
--   (alternatives: of the car's class near the car; for a class, the fleet's other classes).
-- Who: enrich_refusal, for TRIP_OVERLAP and CLASS_FULL. `detail` is what was raised: carId, or fleetId and carClassId; startDate, endDate.
create or replace function private.offer_details(operation text, actor uuid, input jsonb, code text, detail jsonb) returns jsonb
  language plpgsql volatile
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  c_starts constant integer := 3;
  c_near constant integer := 50000;
  v_start timestamptz := (detail ->> 'startDate')::timestamptz;
  v_end timestamptz := (detail ->> 'endDate')::timestamptz;
  v_renter uuid := coalesce((input ->> 'userId')::uuid, offer_details.actor);
  -- A booking takes the renter's own holds along; anything else finds them in the way.
  v_own uuid := case when offer_details.operation in ('trips.create', 'trips.createInClass', 'trips.createSeries') then v_renter end;
  v_rental boolean := coalesce(input ->> 'purpose', 'rental') = 'rental';
  v_wanted integer := least(5, coalesce((input ->> 'alternatives')::integer, 0));
  v_fleet uuid := (detail ->> 'fleetId')::uuid;
  v_filter jsonb;
  v_bound boolean;
  v_starts timestamptz[];
  v_answer jsonb;
begin
  if offer_details.code = 'TRIP_OVERLAP' then
    select c.fleet_id, jsonb_build_object('fleetId', c.fleet_id, 'classId', c.car_class_id, 'exceptId', c.id,
             'lat', c.lat_microdegrees, 'lng', c.lng_microdegrees, 'radius', c_near)
      into v_fleet, v_filter
      from public.cars as c where c.id = (detail ->> 'carId')::uuid;
  else
    v_filter := jsonb_build_object('fleetId', v_fleet, 'lat', detail -> 'latMicrodegrees', 'lng', detail -> 'lngMicrodegrees', 'radius', c_near);
  end if;
  v_bound := v_rental and (v_fleet is null or v_fleet not in (select private.my_fleets('{owner,manager}')));
  if offer_details.code = 'TRIP_OVERLAP' then
    v_answer := private.overlap_details(offer_details.detail, v_bound, v_own);
  else
    v_starts := private.class_starts(v_filter || jsonb_build_object('classId', detail -> 'carClassId'), v_start, v_end, v_bound, v_own, c_starts);
    v_answer := jsonb_build_object('nextFree', private.iso(v_starts[1]),
      'nextStarts', (select coalesce(jsonb_agg(private.iso(s) order by s), '[]') from unnest(v_starts) as s));
    v_filter := v_filter || jsonb_build_object('exceptClassId', detail -> 'carClassId');
  end if;
  return v_answer || jsonb_build_object('alternatives', case when v_wanted > 0 and v_filter is not null then
    private.alternatives(v_filter, v_start, v_end, coalesce(nullif(input -> 'extras', 'null'), '[]'), v_rental, v_own, v_wanted) else '[]' end);
end
$$;

comment on function private.offer_details(text, uuid, jsonb, text, jsonb) is 'What else can be had when a car or class is taken.';
revoke all on function private.offer_details(text, uuid, jsonb, text, jsonb) from public;
grant execute on function private.offer_details(text, uuid, jsonb, text, jsonb) to fleetflow_fn;
