-- What: who changed what of a trip from what to what, oldest first: what the event log holds, and what is on its way there.
-- Who: the trip's renter and its fleet's members. Raises: UNAUTHENTICATED, FORBIDDEN, NOT_FOUND (absent, or hidden), BAD_INPUT (limit, cursor).
create or replace function public.list_trip_history_rpc(
  trip_id uuid, actor jsonb, page_limit integer default 20, page_cursor text default null
) returns jsonb
  language plpgsql volatile security definer
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  v_actor uuid := private.enter(list_trip_history_rpc.actor, 'trips.history', false);
  v_limit integer := private.page_limit(list_trip_history_rpc.page_limit);
  v_trip public.trips;
  v_page jsonb;
begin
  select t.* into v_trip from public.trips as t where t.id = list_trip_history_rpc.trip_id;
  if not found then
    raise exception using errcode = 'FF404', message = 'NOT_FOUND', detail = jsonb_build_object('field', 'id');
  end if;
  if list_trip_history_rpc.page_cursor is null or list_trip_history_rpc.page_cursor ~ '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$' then
    v_page := private.trip_history(v_trip.id, v_limit, list_trip_history_rpc.page_cursor::uuid,
      (private.is_admin() or v_trip.fleet_id in (select private.my_fleets())));
  end if;
  if v_page is null then
    raise exception using errcode = 'FF400', message = 'BAD_INPUT',
      detail = jsonb_build_object('field', 'cursor', 'reason', 'BAD_CURSOR');
  end if;
  return v_page;
end
$$;

comment on function public.list_trip_history_rpc(uuid, jsonb, integer, text) is 'Who changed what of a trip.';
alter function public.list_trip_history_rpc(uuid, jsonb, integer, text) owner to fleetflow_fn;
revoke all on function public.list_trip_history_rpc(uuid, jsonb, integer, text) from public;
grant execute on function public.list_trip_history_rpc(uuid, jsonb, integer, text) to fleetflow_api;
