-- What: a stored row as the API shows it; NULL stays NULL.
-- Who: event_of.
create or replace function private.entity_json(entity text, stored jsonb) returns jsonb
  language sql stable
  set search_path = pg_catalog, public, pg_temp
as $$
  select case when entity_json.stored is null then null
    else case entity_json.entity
      when 'trip' then private.trip_json(jsonb_populate_record(null::public.trips, entity_json.stored))
      -- The log knows what only the fleet is shown.
      when 'car' then private.car_json(jsonb_populate_record(null::public.cars, entity_json.stored)) || jsonb_build_object(
        'odometer', stored -> 'odometer', 'externalId', stored -> 'external_id', 'retireReason', stored -> 'retire_reason')
      when 'review' then private.review_json(jsonb_populate_record(null::public.reviews, entity_json.stored))
    end end
$$;

comment on function private.entity_json(text, jsonb) is 'A stored row as the API shows it.';
revoke all on function private.entity_json(text, jsonb) from public;
grant execute on function private.entity_json(text, jsonb) to fleetflow_sys;
