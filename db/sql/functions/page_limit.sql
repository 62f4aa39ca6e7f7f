-- What: how many rows a page holds: 1 to 100, 20 unless told.
-- Who: list functions. Raises: BAD_INPUT (limit).
create or replace function private.page_limit(wanted integer) returns integer
  language plpgsql immutable parallel safe
  set search_path = pg_catalog, public, pg_temp
as $$
begin
  if coalesce(page_limit.wanted, 20) not between 1 and 100 then
    raise exception using errcode = 'FF400', message = 'BAD_INPUT', detail = jsonb_build_object('field', 'limit');
  end if;
  return coalesce(page_limit.wanted, 20);
end
$$;

comment on function private.page_limit(integer) is 'How many rows a page holds.';
revoke all on function private.page_limit(integer) from public;
grant execute on function private.page_limit(integer) to fleetflow_fn;
