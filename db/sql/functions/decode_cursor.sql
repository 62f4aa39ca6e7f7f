-- What: reads a cursor; no cursor stands for the place before the first row of a list that runs backwards in time.
-- Who: list functions. Raises: BAD_INPUT (BAD_CURSOR).
create or replace function private.decode_cursor(page_cursor text, out instant timestamptz, out id uuid)
  language plpgsql immutable parallel safe
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  c_first constant bigint := -2208988800000000; -- 1900
  c_last constant bigint := 253402300800000000; -- 10000
  v_micros bigint;
begin
  if decode_cursor.page_cursor is null then
    decode_cursor.instant := 'infinity';
    decode_cursor.id := 'ffffffff-ffff-ffff-ffff-ffffffffffff';
    return;
  end if;
  if decode_cursor.page_cursor ~ '^-?[0-9]{1,18}\.[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$' then
    v_micros := split_part(decode_cursor.page_cursor, '.', 1)::bigint;
  end if;
  if v_micros is null or v_micros not between c_first and c_last then
    raise exception using errcode = 'FF400', message = 'BAD_INPUT',
      detail = jsonb_build_object('field', 'cursor', 'reason', 'BAD_CURSOR');
  end if;
  decode_cursor.instant := 'epoch'::timestamptz
    + (v_micros / 1000000) * interval '1 second' + (v_micros % 1000000) * interval '1 microsecond';
  decode_cursor.id := split_part(decode_cursor.page_cursor, '.', 2)::uuid;
end
$$;

comment on function private.decode_cursor(text) is 'Reads a cursor.';
revoke all on function private.decode_cursor(text) from public;
grant execute on function private.decode_cursor(text) to fleetflow_fn;
