-- What: the taxes on an amount, each rounded once, half up: on top of it, or contained in it and then shown with quantity 0.
-- Who: price_rental, adjustment_lines.
create or replace function private.tax_lines(tariff jsonb, amount bigint) returns jsonb
  language plpgsql immutable parallel safe
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  v_taxes jsonb := tax_lines.tariff -> 'taxes';
  v_contained bigint := 0;
  v_ppm bigint;
  v_lines jsonb := '[]';
begin
  for i in 0 .. coalesce(jsonb_array_length(v_taxes), 0) - 1 loop
    if (v_taxes -> i ->> 'inclusive')::boolean then
      v_contained := v_contained + (v_taxes -> i ->> 'ppm')::bigint;
    end if;
  end loop;
  for i in 0 .. coalesce(jsonb_array_length(v_taxes), 0) - 1 loop
    v_ppm := (v_taxes -> i ->> 'ppm')::bigint;
    if (v_taxes -> i ->> 'inclusive')::boolean then
      v_lines := v_lines || private.line('tax', v_taxes -> i ->> 'name', 0, private.share(tax_lines.amount, v_ppm, 1000000 + v_contained));
    else
      v_lines := v_lines || private.line('tax', v_taxes -> i ->> 'name', 1, private.share(tax_lines.amount, v_ppm));
    end if;
  end loop;
  return v_lines;
end
$$;

comment on function private.tax_lines(jsonb, bigint) is 'The taxes on an amount.';
revoke all on function private.tax_lines(jsonb, bigint) from public;
grant execute on function private.tax_lines(jsonb, bigint) to fleetflow_fn, fleetflow_sys;
