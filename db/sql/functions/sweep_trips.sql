-- What: lets the server's own loop tidy up after time; see private.sweep. `batch` is 1 to 1,000.
-- Who: the server's own loop: nobody acts here, and nothing is shown.
-- Locks: cars, without waiting for any.
create or replace function public.sweep_trips(batch integer) returns integer
  language sql volatile security definer
  set search_path = pg_catalog, public, pg_temp
as $$
  select private.sweep(greatest(1, least(1000, sweep_trips.batch)))
$$;

comment on function public.sweep_trips(integer) is 'Tidies up after time.';
alter function public.sweep_trips(integer) owner to fleetflow_fn;
revoke all on function public.sweep_trips(integer) from public;
grant execute on function public.sweep_trips(integer) to fleetflow_api;
