-- What: a page of cars for a period: {"items", "nextCursor", "asOf", "truncated"}. Sorted by distance, price (currency by currency) or rating, then id.
--   At most the 500 nearest candidates are priced. `position` is where the page begins: asOf, currency, key, id.
-- Who: search_cars_rpc, under the caller's policies.
create or replace function private.search_page(filter jsonb, starts timestamptz, ends timestamptz, actor uuid, sort text, page_start jsonb, page_limit integer)
  returns jsonb
  language plpgsql volatile
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  c_priced constant integer := 500;
  c_last constant uuid := 'ffffffff-ffff-ffff-ffff-ffffffffffff';
  v_as_of timestamptz := (page_start ->> 'asOf')::timestamptz;
  v_max bigint := (filter ->> 'maxPrice')::bigint;
  v_managed uuid[] := array(select private.my_fleets('{owner,manager}'));
  v_filter jsonb := filter || case when search_page.sort = 'distance' and page_start ? 'id'
    then jsonb_build_object('afterMetres', page_start -> 'key', 'afterId', page_start -> 'id') else '{}' end;
  v_wanted integer := case when search_page.sort = 'distance' and v_max is null and filter ->> 'currency' is null then search_page.page_limit + 1 else c_priced + 1 end;
  v_near uuid[];
  v_metres integer[];
  v_free boolean[];
  v_edge integer;
  v_items jsonb;
  v_last jsonb;
begin
  select array_agg(n.car_id order by n.metres, n.car_id) filter (where n.car_id is not null),
         array_agg(n.metres order by n.metres, n.car_id) filter (where n.car_id is not null),
         array_agg(n.free order by n.metres, n.car_id) filter (where n.car_id is not null), max(n.metres) filter (where n.car_id is null)
    into v_near, v_metres, v_free, v_edge
    from private.near_cars(v_filter, search_page.starts, search_page.ends, search_page.actor, v_wanted) as n;
  if cardinality(v_near) > c_priced then
    v_edge := null;
    v_last := jsonb_build_object('key', v_metres[c_priced], 'id', v_near[c_priced]);
  elsif v_edge is not null then
    v_last := jsonb_build_object('key', v_edge, 'id', c_last);
  end if;

  with ranked as (
    select c, n.place, o.price, s.currency, s.key
      from unnest(v_near[1:c_priced]) with ordinality as n (car_id, place)
      join public.cars as c on c.id = n.car_id
      join private.price_offers(v_near[1:c_priced], search_page.starts, search_page.ends, '[]', v_as_of) as o on o.car_id = c.id
     cross join lateral (
       select case when search_page.sort = 'price' then o.price ->> 'currency' else '' end as currency,
              case search_page.sort when 'distance' then v_metres[n.place] when 'price' then (o.price ->> 'total')::bigint
                else -coalesce(c.rating_sum::bigint * 1000000 / nullif(c.total_reviews, 0), 0) end as key) as s
     where o.price is not null and ((o.price ->> 'total')::bigint <= v_max or v_max is null)
       and (o.price ->> 'currency' = filter ->> 'currency' or filter ->> 'currency' is null)
       and (not page_start ? 'id' or (s.currency collate "C", s.key, c.id)
            > (page_start ->> 'currency', (page_start ->> 'key')::bigint, (page_start ->> 'id')::uuid))
     order by s.currency collate "C", s.key, (c).id limit search_page.page_limit + 1
  ), numbered as (
    select r.*, row_number() over (order by r.currency collate "C", r.key, (r.c).id) as n, count(*) over () as found from ranked as r
  )
  select coalesce(jsonb_agg(jsonb_build_object('car', private.car_json(r.c), 'distance', v_metres[r.place], 'price', r.price, 'free', v_free[r.place],
           'nextFree', private.iso(case when v_free[r.place] then search_page.starts else (private.next_free(r.c, search_page.ends - search_page.starts,
             search_page.starts, (r.c).fleet_id <> all (v_managed), 1, search_page.actor))[1] end)) order by r.n), '[]'),
         coalesce((jsonb_agg(jsonb_build_object('currency', r.currency, 'key', r.key, 'id', (r.c).id))
           filter (where r.n = search_page.page_limit and r.found > search_page.page_limit)) -> 0,
           case when search_page.sort = 'distance' then v_last || '{"currency": ""}' end)
    into v_items, v_last
    from numbered as r where r.n <= search_page.page_limit;
  return jsonb_build_object('items', v_items, 'asOf', private.iso(v_as_of),
    'truncated', search_page.sort <> 'distance' and (v_edge is not null or cardinality(v_near) > c_priced),
    'nextCursor', search_page.sort || '.' || (v_last ->> 'currency') || '.' || (v_last ->> 'key') || '.'
      || private.encode_cursor(v_as_of, (v_last ->> 'id')::uuid));
end
$$;

comment on function private.search_page(jsonb, timestamptz, timestamptz, uuid, text, jsonb, integer) is 'A page of cars for a period.';
revoke all on function private.search_page(jsonb, timestamptz, timestamptz, uuid, text, jsonb, integer) from public;
grant execute on function private.search_page(jsonb, timestamptz, timestamptz, uuid, text, jsonb, integer) to fleetflow_fn;
