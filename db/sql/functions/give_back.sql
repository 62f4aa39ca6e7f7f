-- What: takes an amount off a trip's price as a line of its own; nothing for an amount of 0.
-- Who: functions that cancel, decline or reprice a trip. The trip changes first, its lines follow.
create or replace function private.give_back(trip public.trips, amount bigint, description text, kind text default 'refund') returns void
  language sql volatile
  set search_path = pg_catalog, public, pg_temp
as $$
  select private.add_lines((give_back.trip).car_id, (give_back.trip).id, jsonb_build_array(jsonb_build_object(
           'kind', give_back.kind, 'description', give_back.description, 'quantity', 1,
           'unitAmount', -give_back.amount, 'amount', -give_back.amount)))
   where give_back.amount <> 0
$$;

comment on function private.give_back(public.trips, bigint, text, text) is 'Takes an amount off a trip''s price.';
revoke all on function private.give_back(public.trips, bigint, text, text) from public;
grant execute on function private.give_back(public.trips, bigint, text, text) to fleetflow_fn, fleetflow_sys;
