-- What: what cancelling a trip now would give back and cost, by the same function that decides when it is cancelled.
-- Who: whoever may cancel the trip: its renter, owners and managers of its fleet.
-- Raises: UNAUTHENTICATED, NOT_FOUND (absent, or hidden), FORBIDDEN (seen, but not one's own), INVALID_STATE (from, operation, allowed).
create or replace function public.cancel_preview_rpc(trip_id uuid, actor jsonb) returns jsonb
  language plpgsql volatile security definer
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  v_actor uuid := private.enter(cancel_preview_rpc.actor, 'trips.cancelPreview', false);
  v_trip public.trips;
  v_manages boolean;
begin
  select t.* into v_trip from public.trips as t where t.id = cancel_preview_rpc.trip_id;
  if not found then
    raise exception using errcode = 'FF404', message = 'NOT_FOUND', detail = jsonb_build_object('field', 'id');
  end if;
  v_manages := v_trip.fleet_id in (select private.my_fleets('{owner,manager}'));
  if not v_manages and (v_trip.booked_by_id <> v_actor or v_trip.purpose <> 'rental') then
    raise exception using errcode = 'FF403', message = 'FORBIDDEN';
  end if;
  v_trip := private.settled(v_trip);
  if 'cancel' <> all (private.allowed_operations(v_trip)) then
    perform private.refuse_trip(v_trip, 'cancel');
  end if;
  return private.cancel_terms(v_trip, v_manages);
end
$$;

comment on function public.cancel_preview_rpc(uuid, jsonb) is 'What cancelling a trip now would give back.';
alter function public.cancel_preview_rpc(uuid, jsonb) owner to fleetflow_fn;
revoke all on function public.cancel_preview_rpc(uuid, jsonb) from public;
grant execute on function public.cancel_preview_rpc(uuid, jsonb) to fleetflow_api;
