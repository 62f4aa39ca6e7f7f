-- What: one trip, as time has left it, with its lines.
-- Who: its renter and its fleet's members. Raises: UNAUTHENTICATED, FORBIDDEN, NOT_FOUND (absent, or hidden).
create or replace function public.get_trip_rpc(trip_id uuid, actor jsonb) returns jsonb
  language plpgsql volatile security definer
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  v_actor uuid := private.enter(get_trip_rpc.actor, 'trips.get', false);
  v_answer jsonb;
begin
  -- One statement: between two, the trip and its lines could move to another car.
  select private.trip_json(private.settled(t)) || jsonb_build_object('lines', (
           select coalesce(jsonb_agg(jsonb_build_object('id', l.id, 'kind', l.kind, 'description', l.description, 'quantity', l.quantity,
                    'unitAmount', l.unit_amount, 'amount', l.amount, 'createdAt', private.iso(l.created_at)) order by l.id), '[]')
             from public.trip_lines as l
            where l.car_id = t.car_id and l.trip_id = t.id))
    into v_answer
    from public.trips as t where t.id = get_trip_rpc.trip_id;
  if not found then
    raise exception using errcode = 'FF404', message = 'NOT_FOUND', detail = jsonb_build_object('field', 'id');
  end if;
  return v_answer;
end
$$;

comment on function public.get_trip_rpc(uuid, jsonb) is 'One trip with its lines.';
alter function public.get_trip_rpc(uuid, jsonb) owner to fleetflow_fn;
revoke all on function public.get_trip_rpc(uuid, jsonb) from public;
grant execute on function public.get_trip_rpc(uuid, jsonb) to fleetflow_api;
