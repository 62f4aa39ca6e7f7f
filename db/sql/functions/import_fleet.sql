-- What: the fleet that an import writes to, by id or slug; made when it is absent and the caller wants that.
-- Who: administrators, through the command line. Raises: NOT_FOUND (field fleet), BAD_INPUT (field fleet, currency or timeZone).
create or replace function private.import_fleet(fleet text, may_create boolean, currency text, time_zone text) returns uuid
  language plpgsql volatile
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  v_system uuid;
begin
  if import_fleet.may_create and not exists (
    select from public.fleets as f where import_fleet.fleet in (f.slug, f.id::text))
  then
    v_system := private.uuid_v7();
    insert into public.users (id, name) values (v_system, left(import_fleet.fleet, 190) || ' (system)');
    insert into public.fleets (id, slug, name, currency, time_zone, system_user_id)
    values (private.uuid_v7(), import_fleet.fleet, import_fleet.fleet, import_fleet.currency, import_fleet.time_zone, v_system)
    on conflict (slug) do nothing;
    if not found then
      delete from public.users as u where u.id = v_system;
    end if;
  end if;
  return private.find_fleet(import_fleet.fleet);
exception
  when check_violation or invalid_parameter_value then
    raise exception using errcode = 'FF400', message = 'BAD_INPUT', detail = jsonb_build_object('field', 'fleet');
end
$$;

comment on function private.import_fleet(text, boolean, text, text) is 'The fleet that an import writes to.';
alter function private.import_fleet(text, boolean, text, text) owner to fleetflow_sys;
revoke all on function private.import_fleet(text, boolean, text, text) from public;
