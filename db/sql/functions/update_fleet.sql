-- What: changes what a fleet is called, who sees it and its time zone. The currency stays: prices and trips are kept in it.
-- Who: perform, for update_fleet_rpc. Input: fleet, slug, name, timeZone, visibility; what is absent stays.
-- Raises: NOT_FOUND (fleet), FORBIDDEN, BAD_INPUT (field; slug with reason TAKEN). Locks: the fleet.
create or replace function private.update_fleet(actor uuid, input jsonb) returns jsonb
  language plpgsql volatile
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  v_fleet uuid := private.take_fleet(input ->> 'fleet');
  v_fault text := private.fleet_fault(input);
begin
  if v_fault is not null then
    raise exception using errcode = 'FF400', message = 'BAD_INPUT', detail = jsonb_build_object('field', v_fault);
  end if;
  update public.fleets as f
     set slug = coalesce(input ->> 'slug', f.slug),
         name = coalesce(btrim(input ->> 'name', E' \t\n\r'), f.name),
         time_zone = coalesce(input ->> 'timeZone', f.time_zone),
         visibility = coalesce(input ->> 'visibility', f.visibility)
   where f.id = v_fleet;
  return private.fleet_json(v_fleet);
exception when unique_violation then
  raise exception using errcode = 'FF400', message = 'BAD_INPUT', detail = jsonb_build_object('field', 'slug', 'reason', 'TAKEN');
end
$$;

comment on function private.update_fleet(uuid, jsonb) is 'Changes a fleet.';
revoke all on function private.update_fleet(uuid, jsonb) from public;
grant execute on function private.update_fleet(uuid, jsonb) to fleetflow_fn;
