-- What: the member of an input that a fleet cannot have, or NULL: slug, name, currency, timeZone, visibility. What is absent is no fault.
--   A slug that looks like an id would never be found.
-- Who: create_fleet, update_fleet.
create or replace function private.fleet_fault(input jsonb) returns text
  language sql stable parallel safe
  set search_path = pg_catalog, public, pg_temp
as $$
  select case
    when input ->> 'slug' !~ '^[a-z0-9][a-z0-9-]{0,62}$' or input ->> 'slug' ~ '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$' then 'slug'
    when length(input ->> 'name') > 200 or btrim(input ->> 'name', E' \t\n\r') = '' then 'name'
    when not private.is_currency(input ->> 'currency') and input ->> 'currency' is not null then 'currency'
    when not private.is_zone(input ->> 'timeZone') and input ->> 'timeZone' is not null then 'timeZone'
    when input ->> 'visibility' not in ('public', 'members') then 'visibility' end
$$;

comment on function private.fleet_fault(jsonb) is 'The member of an input that a fleet cannot have.';
revoke all on function private.fleet_fault(jsonb) from public;
grant execute on function private.fleet_fault(jsonb) to fleetflow_fn;
