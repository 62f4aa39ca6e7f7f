-- What: moves `trips.total_cost` by what a statement added to, changed in or removed from trip_lines. The only writer of that column.
-- Who: the triggers on trip_lines. Runs as fleetflow_sys, which alone may update the column.
create or replace function private.apply_trip_lines() returns trigger
  language plpgsql volatile security definer
  set search_path = pg_catalog, public, pg_temp
as $$
begin
  if tg_op in ('INSERT', 'UPDATE') then
    update public.trips as t
       set total_cost = t.total_cost + l.amount
      from (select n.car_id, n.trip_id, sum(n.amount) as amount from new_lines as n group by n.car_id, n.trip_id) as l
     where t.car_id = l.car_id and t.id = l.trip_id and l.amount <> 0;
  end if;
  if tg_op in ('UPDATE', 'DELETE') then
    update public.trips as t
       set total_cost = t.total_cost - l.amount
      from (select o.car_id, o.trip_id, sum(o.amount) as amount from old_lines as o group by o.car_id, o.trip_id) as l
     where t.car_id = l.car_id and t.id = l.trip_id and l.amount <> 0;
  end if;
  return null;
end
$$;

comment on function private.apply_trip_lines() is 'Keeps trips.total_cost equal to the sum of a trip''s lines.';
alter function private.apply_trip_lines() owner to fleetflow_sys;
revoke all on function private.apply_trip_lines() from public;
