-- What: makes the transaction nobody's again, so that what runs next in it acts for nobody until private.enter has recognised its own actor.
-- Who: entry functions that run the calls of several people, before each.
create or replace function private.forget_actor() returns void
  language plpgsql volatile
  set search_path = pg_catalog, public, pg_temp
as $$
begin
  perform set_config('fleetflow.uid', '', true), set_config('fleetflow.admin', 'off', true), set_config('fleetflow.fleet', '', true),
          set_config('fleetflow.session', '', true), set_config('fleetflow.operation', '', true);
end
$$;

comment on function private.forget_actor() is 'Makes the transaction nobody''s again.';
revoke all on function private.forget_actor() from public;
grant execute on function private.forget_actor() to fleetflow_fn;
