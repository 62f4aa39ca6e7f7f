-- What: every trip whose total differs from the sum of its lines. No rows is the guarantee.
-- Who: administrators, through verify.
create or replace function private.verify_totals() returns setof jsonb
  language sql stable
  set search_path = pg_catalog, public, pg_temp
as $$
  select jsonb_build_object('carId', t.car_id, 'tripId', t.id, 'totalCost', t.total_cost, 'lines', coalesce(l.amount, 0))
    from public.trips as t
    left join (select n.car_id, n.trip_id, sum(n.amount) as amount from public.trip_lines as n group by n.car_id, n.trip_id) as l
      on l.car_id = t.car_id and l.trip_id = t.id
   where t.total_cost <> coalesce(l.amount, 0)
   order by t.car_id, t.id
$$;

comment on function private.verify_totals() is 'Trips whose total differs from their lines.';
alter function private.verify_totals() owner to fleetflow_sys;
revoke all on function private.verify_totals() from public;
