-- What: a share of an amount in parts per million of `whole`, rounded once, half up. Exact: no float, and no overflow on the way.
-- Who: everything that prices.
create or replace function private.share(amount bigint, ppm bigint, whole bigint default 1000000) returns bigint
  language plpgsql immutable parallel safe
  set search_path = pg_catalog, public, pg_temp
as $$
begin
  return div(share.amount::numeric * share.ppm * 2 + share.whole, share.whole::numeric * 2)::bigint;
end
$$;

comment on function private.share(bigint, bigint, bigint) is 'A share of an amount, rounded half up.';
revoke all on function private.share(bigint, bigint, bigint) from public;
grant execute on function private.share(bigint, bigint, bigint) to fleetflow_fn, fleetflow_sys;
