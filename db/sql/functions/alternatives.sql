-- What: up to `wanted` free cars, nearest first: [{carId, name, carClass, distance, price: {total, currency}}]. `filter` is near_cars'; a price only
--   for a rental.
-- Who: enrich_refusal, under the caller's policies.
create or replace function private.alternatives(
  filter jsonb, starts timestamptz, ends timestamptz, extras jsonb, rental boolean, renter uuid, wanted integer
) returns jsonb
  language plpgsql volatile
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  v_ids uuid[];
  v_metres integer[];
begin
  select array_agg(n.car_id order by n.metres, n.car_id), array_agg(n.metres order by n.metres, n.car_id) into v_ids, v_metres
    from (select a.car_id, a.metres
            from private.near_cars(alternatives.filter || jsonb_build_object('priced', alternatives.rental), alternatives.starts,
                   alternatives.ends, alternatives.renter, alternatives.wanted) as a
           where a.car_id is not null order by a.metres, a.car_id limit alternatives.wanted) as n;
  return coalesce((
    select jsonb_agg(jsonb_build_object('carId', c.id, 'name', c.name, 'carClass', cc.slug, 'distance', v_metres[n.place],
             'price', case when alternatives.rental then o.price end) order by n.place)
      from unnest(v_ids) with ordinality as n (car_id, place)
      join public.cars as c on c.id = n.car_id
      join public.car_classes as cc on cc.id = c.car_class_id
      left join private.price_offers(v_ids, alternatives.starts, alternatives.ends, alternatives.extras, now()) as o on o.car_id = c.id), '[]');
end
$$;

comment on function private.alternatives(jsonb, timestamptz, timestamptz, jsonb, boolean, uuid, integer) is 'Free cars that could stand in.';
revoke all on function private.alternatives(jsonb, timestamptz, timestamptz, jsonb, boolean, uuid, integer) from public;
grant execute on function private.alternatives(jsonb, timestamptz, timestamptz, jsonb, boolean, uuid, integer) to fleetflow_fn;
