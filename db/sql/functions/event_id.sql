-- What: the UUID version 7 (RFC 9562) of an event: the milliseconds of its time, then the random bits that its change was given.
--   So an event has the same id on its way as in the log, and ids ascend with time.
-- Who: event_of.
create or replace function private.event_id(random uuid, occurred_at timestamptz) returns uuid
  language sql immutable parallel safe
  set search_path = pg_catalog, public, pg_temp
as $$
  select (lpad(to_hex(floor(extract(epoch from event_id.occurred_at) * 1000)::bigint), 12, '0') || '7' || right(replace(event_id.random::text, '-', ''), 19))::uuid
$$;

comment on function private.event_id(uuid, timestamptz) is 'The id of an event.';
revoke all on function private.event_id(uuid, timestamptz) from public;
grant execute on function private.event_id(uuid, timestamptz) to fleetflow_sys;
