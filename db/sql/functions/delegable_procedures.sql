-- What: the procedures that an API key can be for. What is not named here, no key can do: making keys, people and their roles, and an account
--   stay in people's hands.
-- Who: create_api_key.
create or replace function private.delegable_procedures() returns text[]
  language sql immutable parallel safe
  set search_path = pg_catalog, public, pg_temp
as $$
  select array[
    'carClasses.create', 'carClasses.list',
    'cars.create', 'cars.get', 'cars.list', 'cars.nextFree', 'cars.retire', 'cars.search', 'cars.update', 'cars.windows',
    'fleets.get', 'fleets.getRules', 'fleets.setRules',
    'me.get',
    'ratePlans.assign', 'ratePlans.create', 'ratePlans.get', 'ratePlans.list', 'ratePlans.preview',
    'reviews.create', 'reviews.list',
    'trips.approve', 'trips.block', 'trips.cancel', 'trips.cancelPreview', 'trips.complete', 'trips.create', 'trips.createInClass',
    'trips.createSeries', 'trips.decline', 'trips.get', 'trips.history', 'trips.hold', 'trips.list', 'trips.modify', 'trips.noShow',
    'trips.quote', 'trips.start', 'trips.swap']
$$;

comment on function private.delegable_procedures() is 'The procedures that an API key can be for.';
revoke all on function private.delegable_procedures() from public;
grant execute on function private.delegable_procedures() to fleetflow_fn;
