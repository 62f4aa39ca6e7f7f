-- What: a fleet by its id or slug, under the caller's policies.
-- Who: list functions. Raises: NOT_FOUND (absent, or hidden from the caller).
create or replace function private.find_fleet(fleet text) returns uuid
  language plpgsql stable
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  v_as_id uuid := case when find_fleet.fleet ~* '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$' then find_fleet.fleet::uuid end;
  v_id uuid;
begin
  if v_as_id is not null then
    select f.id into v_id from public.fleets as f where f.id = v_as_id;
  else
    select f.id into v_id from public.fleets as f where f.slug = find_fleet.fleet;
  end if;
  if v_id is null then
    raise exception using errcode = 'FF404', message = 'NOT_FOUND', detail = jsonb_build_object('field', 'fleet');
  end if;
  return v_id;
end
$$;

comment on function private.find_fleet(text) is 'A fleet by its id or slug.';
revoke all on function private.find_fleet(text) from public;
grant execute on function private.find_fleet(text) to fleetflow_fn, fleetflow_sys;
