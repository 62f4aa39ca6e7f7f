-- What: the taxes on an amount, each rounded once, half up: on top of it, or contained in it and then shown with quantity 0.
-- Who: price_rental, adjustment_lines.
create or replace function private.tax_lines(tariff jsonb, amount bigint) returns jsonb
  language sql immutable parallel safe
  set search_path = pg_catalog, public, pg_temp
as $$
  select coalesce(jsonb_agg(case when (t.tax ->> 'inclusive')::boolean
      then private.line('tax', t.tax ->> 'name', 0, private.share(tax_lines.amount, (t.tax ->> 'ppm')::bigint, 1000000 + i.ppm))
      else private.line('tax', t.tax ->> 'name', 1, private.share(tax_lines.amount, (t.tax ->> 'ppm')::bigint)) end order by t.n), '[]')
    from jsonb_array_elements(tax_lines.tariff -> 'taxes') with ordinality as t (tax, n),
         (select coalesce(sum((x ->> 'ppm')::bigint), 0)::bigint as ppm
            from jsonb_array_elements(tax_lines.tariff -> 'taxes') as x where (x ->> 'inclusive')::boolean) as i
$$;

comment on function private.tax_lines(jsonb, bigint) is 'The taxes on an amount.';
revoke all on function private.tax_lines(jsonb, bigint) from public;
grant execute on function private.tax_lines(jsonb, bigint) to fleetflow_fn, fleetflow_sys;
