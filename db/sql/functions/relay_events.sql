-- What: lets the server's relay move what has happened into the event log; see private.relay. `batch` is 1 to 10,000.
-- Who: the server's own loop: nobody acts here, and nothing is shown.
-- Locks: the relay's row.
create or replace function public.relay_events(batch integer) returns integer
  language sql volatile security definer
  set search_path = pg_catalog, public, pg_temp
as $$
  select private.relay(greatest(1, least(10000, relay_events.batch)))
$$;

comment on function public.relay_events(integer) is 'Moves changes from the outbox to the event log.';
alter function public.relay_events(integer) owner to fleetflow_fn;
revoke all on function public.relay_events(integer) from public;
grant execute on function public.relay_events(integer) to fleetflow_api;
