-- What: the lines to add to `so_far` so that every kind and description adds up to what `lines` say. Taxes that a price contains
--   (quantity 0) add up by their unit. Removed lines come first, the others in the order of `lines`.
-- Who: price_delta.
create or replace function private.delta_lines(so_far jsonb, lines jsonb) returns jsonb
  language sql immutable parallel safe
  set search_path = pg_catalog, public, pg_temp
as $$
  with entries as (
    select n as place, 1 as side, l from jsonb_array_elements(delta_lines.lines) with ordinality as t (l, n)
    union all
    select null, -1, l from jsonb_array_elements(delta_lines.so_far) as l
  ), sums as (
    select l ->> 'kind' as kind, l ->> 'description' as description, min(place) as place,
           sum(side * (l ->> 'quantity')::bigint)::bigint as quantity, sum(side * (l ->> 'amount')::bigint)::bigint as amount,
           (sum(side * (l ->> 'unitAmount')::bigint) filter (where (l ->> 'quantity')::bigint = 0))::bigint as contained
      from entries group by 1, 2
  )
  select coalesce(jsonb_agg(case
           when s.amount = 0 then private.line(s.kind, s.description, 0, s.contained)
           when s.quantity <> 0 and s.amount % s.quantity = 0 and (s.amount > 0) = (s.quantity > 0)
             then private.line(s.kind, s.description, s.quantity, s.amount / s.quantity)
           else private.line(s.kind, s.description, 1, s.amount) end order by s.place nulls first, s.kind, s.description), '[]')
    from sums as s where s.amount <> 0 or s.contained <> 0
$$;

comment on function private.delta_lines(jsonb, jsonb) is 'The lines that turn one price into another.';
revoke all on function private.delta_lines(jsonb, jsonb) from public;
grant execute on function private.delta_lines(jsonb, jsonb) to fleetflow_sys, fleetflow_fn;
