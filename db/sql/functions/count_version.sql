-- What: the next version and the time of a change to a trip. Nobody else writes the two columns of a trip that exists.
--   A total that follows its lines is no version of its own: the operation that added the lines is. What time has ended, ended at its
--   limit, whenever that is written down.
-- Who: the trigger on updates of trips.
create or replace function private.count_version() returns trigger
  language plpgsql volatile
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  v_before public.trips := old;
  v_settled public.trips;
begin
  v_before.total_cost := new.total_cost;
  new.version := old.version;
  new.updated_at := old.updated_at;
  if new is distinct from v_before then
    new.version := old.version + 1;
    new.updated_at := now();
    if new.status <> old.status then
      v_settled := private.settled(old);
      new.updated_at := case when v_settled.status = new.status then v_settled.updated_at else now() end;
    end if;
  end if;
  return new;
end
$$;

comment on function private.count_version() is 'Counts the versions of a trip.';
revoke all on function private.count_version() from public;
