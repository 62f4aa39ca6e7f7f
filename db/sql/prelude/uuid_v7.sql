-- What: a UUID version 7 (RFC 9562): 48 bits of milliseconds, then 12 bits of sub-millisecond time, then random bits.
-- Who: every function that creates a row. PostgreSQL 18 has uuidv7(); this one runs on 15 as well.
create or replace function private.uuid_v7() returns uuid
  language sql volatile parallel safe
  set search_path = pg_catalog, public, pg_temp
as $$
  select (lpad(to_hex(micros / 1000), 12, '0')
       || to_hex(28672 + (micros % 1000) * 4096 / 1000)
       || right(replace(gen_random_uuid()::text, '-', ''), 16))::uuid
    from (select (extract(epoch from clock_timestamp()) * 1000000)::bigint as micros) as clock
$$;

comment on function private.uuid_v7() is 'A time-ordered UUID version 7.';
revoke all on function private.uuid_v7() from public;
grant execute on function private.uuid_v7() to fleetflow_fn, fleetflow_sys;
