-- What: the name of what happened between two states of a thing, each as a row of its table or NULL: `trip.created`, `car.updated` ...
--   A trip that changes its status is named by the status it has now, one that changes its car has moved.
-- Who: event_of.
create or replace function private.event_type(entity text, before jsonb, after jsonb) returns text
  language sql immutable parallel safe
  set search_path = pg_catalog, public, pg_temp
as $$
  select event_type.entity || '.' || case
    when before is null then 'created'
    when after is null then 'deleted'
    when entity = 'trip' and before ->> 'car_id' <> after ->> 'car_id' then 'moved'
    when entity = 'trip' and before ->> 'status' <> after ->> 'status'
      then case after ->> 'status' when 'active' then 'started' else after ->> 'status' end
    when entity = 'car' and before ->> 'retired_at' is null and after ->> 'retired_at' is not null then 'retired'
    else 'updated' end
$$;

comment on function private.event_type(text, jsonb, jsonb) is 'The name of what happened to a thing.';
revoke all on function private.event_type(text, jsonb, jsonb) from public;
grant execute on function private.event_type(text, jsonb, jsonb) to fleetflow_sys;
