-- What: adds a car class to a fleet. Of two at once with one slug exactly one does.
-- Who: perform, for create_car_class_rpc: owners and managers of the fleet. Input: fleet, slug, name.
-- Raises: NOT_FOUND (field fleet), FORBIDDEN, BAD_INPUT (field; slug with reason TAKEN).
create or replace function private.create_class(actor uuid, input jsonb) returns jsonb
  language plpgsql volatile
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  v_fleet uuid := private.managed_fleet(input ->> 'fleet');
  v_name text := btrim(input ->> 'name', E' \t\n\r');
  v_class public.car_classes;
begin
  if (input ->> 'slug' ~ '^[a-z0-9][a-z0-9-]{0,62}$') is not true or (length(v_name) between 1 and 200) is not true then
    raise exception using errcode = 'FF400', message = 'BAD_INPUT', detail = jsonb_build_object('field',
      case when (input ->> 'slug' ~ '^[a-z0-9][a-z0-9-]{0,62}$') is not true then 'slug' else 'name' end);
  end if;
  insert into public.car_classes as cc (id, fleet_id, slug, name)
  values (private.uuid_v7(), v_fleet, input ->> 'slug', v_name)
  on conflict on constraint car_classes_fleet_id_slug_key do nothing
  returning cc.* into v_class;
  if not found then
    raise exception using errcode = 'FF400', message = 'BAD_INPUT', detail = jsonb_build_object('field', 'slug', 'reason', 'TAKEN');
  end if;
  return private.class_json(v_class);
end
$$;

comment on function private.create_class(uuid, jsonb) is 'Adds a car class to a fleet.';
revoke all on function private.create_class(uuid, jsonb) from public;
grant execute on function private.create_class(uuid, jsonb) to fleetflow_fn;
