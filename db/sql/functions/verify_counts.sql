-- What: how many rows of each table the checks see, so that none of them passes because it saw nothing.
-- Who: administrators, through verify.
create or replace function private.verify_counts() returns jsonb
  language sql stable
  set search_path = pg_catalog, public, pg_temp
as $$
  select jsonb_build_object(
    'users', (select count(*) from public.users),
    'fleets', (select count(*) from public.fleets),
    'cars', (select count(*) from public.cars),
    'trips', (select count(*) from public.trips),
    'tripLines', (select count(*) from public.trip_lines),
    'reviews', (select count(*) from public.reviews),
    'tripTransitions', (select count(*) from public.trip_transitions))
$$;

comment on function private.verify_counts() is 'How many rows verify sees in each table.';
alter function private.verify_counts() owner to fleetflow_sys;
revoke all on function private.verify_counts() from public;
