-- What: a fleet, by its id or slug, for somebody who decides who works in it.
-- Who: functions about API keys, for owners; with `reads` for administrators too. Never for an API key, whatever its role.
-- Raises: NOT_FOUND (field fleet: absent, or not one's own), FORBIDDEN (managers, drivers, keys; administrators who would write).
create or replace function private.owned_fleet(fleet text, reads boolean default false) returns uuid
  language plpgsql stable
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  v_fleet uuid := private.find_fleet(owned_fleet.fleet);
begin
  if private.key_fleet() is null
     and (v_fleet in (select private.my_fleets('{owner}')) or (owned_fleet.reads and private.is_admin())) then
    return v_fleet;
  end if;
  if v_fleet in (select private.my_fleets()) or private.is_admin() then
    raise exception using errcode = 'FF403', message = 'FORBIDDEN';
  end if;
  raise exception using errcode = 'FF404', message = 'NOT_FOUND', detail = jsonb_build_object('field', 'fleet');
end
$$;

comment on function private.owned_fleet(text, boolean) is 'A fleet for somebody who decides who works in it.';
revoke all on function private.owned_fleet(text, boolean) from public;
grant execute on function private.owned_fleet(text, boolean) to fleetflow_fn;
