-- What: reads a cursor; no cursor stands for the place before the first row of a list that runs backwards in time.
-- Who: list functions. Raises: BAD_INPUT (BAD_CURSOR).
create or replace function private.decode_cursor(page_cursor text, out instant timestamptz, out id uuid)
  language plpgsql immutable parallel safe
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  v_micros bigint;
begin
  if decode_cursor.page_cursor is null then
    decode_cursor.instant := 'infinity';
    decode_cursor.id := 'ffffffff-ffff-ffff-ffff-ffffffffffff';
  elsif decode_cursor.page_cursor ~ '^-?[0-9]{1,18}\.[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$' then
    v_micros := split_part(decode_cursor.page_cursor, '.', 1)::bigint;
    decode_cursor.instant := 'epoch'::timestamptz
      + (v_micros / 1000000) * interval '1 second' + (v_micros % 1000000) * interval '1 microsecond';
    decode_cursor.id := split_part(decode_cursor.page_cursor, '.', 2)::uuid;
  else
    raise exception using errcode = 'FF400', message = 'BAD_INPUT',
      detail = jsonb_build_object('field', 'cursor', 'reason', 'BAD_CURSOR');
  end if;
end
$$;

comment on function private.decode_cursor(text) is 'Reads a cursor.';
revoke all on function private.decode_cursor(text) from public;
grant execute on function private.decode_cursor(text) to fleetflow_fn;
