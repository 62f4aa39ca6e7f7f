-- What: a UUID version 7 (RFC 9562): 48 bits of milliseconds, then 12 bits of sub-millisecond time, then random bits.
-- Who: every function that creates a row. PostgreSQL 18 has uuidv7(); this one runs on 15 as well.
create or replace function private.uuid_v7() returns uuid
  language plpgsql volatile parallel safe
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  v_micros bigint := extract(epoch from clock_timestamp()) * 1000000;
begin
  return lpad(to_hex(v_micros / 1000), 12, '0') || to_hex(28672 + (v_micros % 1000) * 4096 / 1000) || right(gen_random_uuid()::text, 17);
end
$$;

comment on function private.uuid_v7() is 'A time-ordered UUID version 7.';
revoke all on function private.uuid_v7() from public;
grant execute on function private.uuid_v7() to fleetflow_fn, fleetflow_sys;
