-- What: where a page of a search begins: {"asOf", "currency", "key", "id"}; without a cursor only the instant as of which everything is priced.
-- Who: search_cars_rpc. Raises: BAD_INPUT (BAD_CURSOR: also a cursor of another sort).
create or replace function private.decode_search_cursor(page_cursor text, sort text) returns jsonb
  language plpgsql stable
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  v_parts text[] := regexp_match(decode_search_cursor.page_cursor, '^(distance|price|rating)\.([A-Z]{3}|)\.(-?[0-9]{1,18})\.(.*)$');
  v_from record;
begin
  if decode_search_cursor.page_cursor is null then
    return jsonb_build_object('asOf', now());
  end if;
  v_from := private.decode_cursor(case when v_parts[1] = decode_search_cursor.sort then v_parts[4] else '' end);
  return jsonb_build_object('asOf', least(v_from.instant, now()), 'currency', v_parts[2], 'key', v_parts[3]::bigint, 'id', v_from.id);
end
$$;

comment on function private.decode_search_cursor(text, text) is 'Where a page of a search begins.';
revoke all on function private.decode_search_cursor(text, text) from public;
grant execute on function private.decode_search_cursor(text, text) to fleetflow_fn;
