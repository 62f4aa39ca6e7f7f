-- What: adds lines to a trip's price, in the order given; its total follows by trigger. Lines of nothing are left out.
-- Who: every function that books, moves, ends or cancels a trip.
create or replace function private.add_lines(car_id uuid, trip_id uuid, lines jsonb) returns void
  language sql volatile
  set search_path = pg_catalog, public, pg_temp
as $$
  insert into public.trip_lines (car_id, trip_id, id, kind, description, quantity, unit_amount, amount)
  select add_lines.car_id, add_lines.trip_id, private.uuid_v7(), l.line ->> 'kind', l.line ->> 'description',
         (l.line ->> 'quantity')::integer, (l.line ->> 'unitAmount')::bigint, (l.line ->> 'amount')::bigint
    from jsonb_array_elements(add_lines.lines) with ordinality as l (line, place)
   order by l.place
$$;

comment on function private.add_lines(uuid, uuid, jsonb) is 'Adds lines to a trip''s price.';
revoke all on function private.add_lines(uuid, uuid, jsonb) from public;
grant execute on function private.add_lines(uuid, uuid, jsonb) to fleetflow_fn, fleetflow_sys;
