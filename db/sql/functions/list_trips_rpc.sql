-- What: a page of trips as time has left them, latest start first: one's own, or with `fleet` (id or slug) that fleet's. Optionally of one car or one status.
-- Who: any signed-in user for their own, a fleet's members for the fleet's.
-- Raises: UNAUTHENTICATED, FORBIDDEN, NOT_FOUND (fleet hidden or not one's own), BAD_INPUT (limit, cursor).
create or replace function public.list_trips_rpc(
  actor jsonb, fleet text default null, car_id uuid default null, status text default null,
  page_limit integer default 20, page_cursor text default null
) returns json
  language plpgsql volatile security definer
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  v_actor uuid := private.enter(list_trips_rpc.actor, 'trips.list', false);
  v_limit integer := private.page_limit(list_trips_rpc.page_limit);
  v_from record := private.decode_cursor(list_trips_rpc.page_cursor);
  v_fleet uuid;
  v_rows public.trips[];
  v_trip public.trips;
  v_items text[] := '{}';
begin
  if list_trips_rpc.fleet is not null then
    v_fleet := private.find_fleet(list_trips_rpc.fleet);
    if not (private.is_admin() or v_fleet in (select private.my_fleets())) then
      raise exception using errcode = 'FF404', message = 'NOT_FOUND', detail = jsonb_build_object('field', 'fleet');
    end if;
  end if;

  v_rows := case when list_trips_rpc.status is null
    then private.trips_page(v_fleet, v_actor, list_trips_rpc.car_id, v_from.instant, v_from.id, v_limit + 1)
    else private.trips_page_by_state(v_fleet, v_actor, list_trips_rpc.car_id, list_trips_rpc.status, v_from.instant, v_from.id, v_limit + 1) end;

  -- Text from text: as jsonb a page would be built, sorted and written out again.
  foreach v_trip in array v_rows[:v_limit] loop
    v_items := v_items || private.trip_text(private.settled(v_trip));
  end loop;
  return concat('{"items":[', array_to_string(v_items, ','), '],"nextCursor":', coalesce(to_json(case when cardinality(v_rows) > v_limit
    then private.encode_cursor(v_rows[v_limit].trip_start_date, v_rows[v_limit].id) end)::text, 'null'), '}');
end
$$;

comment on function public.list_trips_rpc(jsonb, text, uuid, text, integer, text) is 'A page of trips, latest start first.';
alter function public.list_trips_rpc(jsonb, text, uuid, text, integer, text) owner to fleetflow_fn;
revoke all on function public.list_trips_rpc(jsonb, text, uuid, text, integer, text) from public;
grant execute on function public.list_trips_rpc(jsonb, text, uuid, text, integer, text) to fleetflow_api;
