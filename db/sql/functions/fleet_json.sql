-- What: a fleet as the API shows it, with the caller's role in it, NULL where they have none.
-- Who: functions about fleets, with a fleet that they have found. Read under the caller's policies.
create or replace function private.fleet_json(fleet_id uuid) returns jsonb
  language sql stable
  set search_path = pg_catalog, public, pg_temp
as $$
  select jsonb_build_object(
    'id', f.id,
    'slug', f.slug,
    'name', f.name,
    'currency', f.currency,
    'timeZone', f.time_zone,
    'visibility', f.visibility,
    'role', (select m.role from public.fleet_members as m where m.fleet_id = f.id and m.user_id = private.uid()),
    'createdAt', private.iso(f.created_at))
    from public.fleets as f
   where f.id = fleet_json.fleet_id
$$;

comment on function private.fleet_json(uuid) is 'A fleet as the API shows it.';
revoke all on function private.fleet_json(uuid) from public;
grant execute on function private.fleet_json(uuid) to fleetflow_fn;
