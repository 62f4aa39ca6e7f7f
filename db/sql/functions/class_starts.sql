-- What: the first starts at which some car of a class is free for as long, over the nearest cars of it.
-- Who: enrich_refusal. Runs as fleetflow_sys, and tells nothing but instants.
create or replace function private.class_starts(filter jsonb, starts timestamptz, ends timestamptz, bound boolean, renter uuid, wanted integer)
  returns timestamptz[]
  language plpgsql volatile security definer
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  c_cars constant integer := 50;
begin
  return array(
    select distinct s.starts
      from (select c from private.near_cars(class_starts.filter || '{"busyToo": true, "priced": false}', class_starts.starts, class_starts.ends,
              class_starts.renter, c_cars) as n
              join public.cars as c on c.id = n.car_id
             order by n.metres, n.car_id limit c_cars) as near (car)
     cross join lateral unnest(private.next_free(near.car, class_starts.ends - class_starts.starts, class_starts.starts, class_starts.bound,
       class_starts.wanted, class_starts.renter)) as s (starts)
     order by s.starts limit class_starts.wanted);
end
$$;

comment on function private.class_starts(jsonb, timestamptz, timestamptz, boolean, uuid, integer) is 'The first starts at which some car of a class is free.';
alter function private.class_starts(jsonb, timestamptz, timestamptz, boolean, uuid, integer) owner to fleetflow_sys;
revoke all on function private.class_starts(jsonb, timestamptz, timestamptz, boolean, uuid, integer) from public;
grant execute on function private.class_starts(jsonb, timestamptz, timestamptz, boolean, uuid, integer) to fleetflow_fn;
