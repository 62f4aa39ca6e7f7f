-- What: what a trip takes of its car with other times: by its own buffers, from where it takes it already once it has begun.
-- Who: modify_trip.
create or replace function private.changed_range(trip public.trips, starts timestamptz, ends timestamptz) returns tstzrange
  language sql immutable parallel safe
  set search_path = pg_catalog, public, pg_temp
as $$
  select case when (changed_range.trip).status = 'active'
              then tstzrange(lower((changed_range.trip).blocked), upper(r), case when upper_inc(r) then '[]' else '[)' end) else r end
    from private.blocked_range(changed_range.starts, changed_range.ends, (changed_range.trip).prep_minutes,
           (changed_range.trip).turnaround_minutes, (changed_range.trip).back_to_back) as r
$$;

comment on function private.changed_range(public.trips, timestamptz, timestamptz) is 'What a trip takes of its car with other times.';
revoke all on function private.changed_range(public.trips, timestamptz, timestamptz) from public;
grant execute on function private.changed_range(public.trips, timestamptz, timestamptz) to fleetflow_fn;
