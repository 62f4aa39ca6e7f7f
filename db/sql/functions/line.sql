-- What: a line of a price; its amount is its quantity times its unit. Who: everything that prices.
create or replace function private.line(kind text, description text, quantity bigint, unit_amount bigint) returns jsonb
  language plpgsql immutable parallel safe
  set search_path = pg_catalog, public, pg_temp
as $$
begin
  return jsonb_build_object('kind', line.kind, 'description', line.description, 'quantity', line.quantity,
    'unitAmount', line.unit_amount, 'amount', line.quantity * line.unit_amount);
end
$$;

comment on function private.line(text, text, bigint, bigint) is 'A line of a price.';
revoke all on function private.line(text, text, bigint, bigint) from public;
grant execute on function private.line(text, text, bigint, bigint) to fleetflow_fn, fleetflow_sys;
