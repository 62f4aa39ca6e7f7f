-- What: moves `trips.total_cost` by what a statement added to, changed in or removed from trip_lines, but for trips that began with the total of
--   the lines they have now. Only a trip of this very statement can be ahead of its lines, and nobody else adds to those.
-- Who: the triggers on trip_lines. Runs as fleetflow_sys, which alone may update the column.
create or replace function private.apply_trip_lines() returns trigger
  language plpgsql volatile security definer
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  v_behind uuid[];
begin
  if tg_op = 'INSERT' then
    select array_agg(t.id) into v_behind
      from (select distinct n.car_id, n.trip_id from new_lines as n) as d
      join public.trips as t on t.car_id = d.car_id and t.id = d.trip_id
     where t.total_cost <> (select sum(l.amount) from public.trip_lines as l where l.car_id = d.car_id and l.trip_id = d.trip_id);
    if v_behind is null then
      return null;
    end if;
  end if;
  if tg_op in ('INSERT', 'UPDATE') then
    update public.trips as t
       set total_cost = t.total_cost + l.amount
      from (select n.car_id, n.trip_id, sum(n.amount) as amount from new_lines as n group by n.car_id, n.trip_id) as l
     where t.car_id = l.car_id and t.id = l.trip_id and l.amount <> 0 and (tg_op = 'UPDATE' or t.id = any (v_behind));
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
