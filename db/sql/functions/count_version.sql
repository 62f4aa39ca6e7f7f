-- What: the next version and the time of a change to a trip. Nobody else writes the two columns of a trip that exists.
--   A total that follows its lines is no version of its own: the operation that added the lines is.
-- Who: the trigger on updates of trips.
create or replace function private.count_version() returns trigger
  language plpgsql volatile
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  v_before public.trips := old;
begin
  v_before.total_cost := new.total_cost;
  new.version := old.version;
  new.updated_at := old.updated_at;
  if new is distinct from v_before then
    new.version := old.version + 1;
    new.updated_at := now();
  end if;
  return new;
end
$$;

comment on function private.count_version() is 'Counts the versions of a trip.';
revoke all on function private.count_version() from public;
