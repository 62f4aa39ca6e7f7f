-- What: opens a fleet of which the caller is the owner.
-- Who: perform, for create_fleet_rpc. Input: slug, name, currency, timeZone, visibility.
-- Raises: FORBIDDEN (API keys), BAD_INPUT (field; slug with reason TAKEN), QUOTA_EXCEEDED (limit). Locks: the caller.
create or replace function private.create_fleet(actor uuid, input jsonb) returns jsonb
  language plpgsql volatile
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  c_most constant integer := 50;
  v_fault text := coalesce(private.fleet_fault(input), (
    select m.name from unnest(array['slug', 'name', 'currency', 'timeZone']) as m (name) where input ->> m.name is null limit 1));
  v_fleet uuid;
begin
  perform private.refuse_key();
  if v_fault is not null then
    raise exception using errcode = 'FF400', message = 'BAD_INPUT', detail = jsonb_build_object('field', v_fault);
  end if;
  perform private.lock_users(array[create_fleet.actor]);
  if (select count(*) from public.fleet_members as m where m.user_id = create_fleet.actor and m.role = 'owner') >= c_most then
    raise exception using errcode = 'FF108', message = 'QUOTA_EXCEEDED', detail = jsonb_build_object('limit', c_most);
  end if;
  v_fleet := private.open_fleet(input);
  if v_fleet is null then
    raise exception using errcode = 'FF400', message = 'BAD_INPUT', detail = jsonb_build_object('field', 'slug', 'reason', 'TAKEN');
  end if;
  return private.fleet_json(v_fleet);
end
$$;

comment on function private.create_fleet(uuid, jsonb) is 'Opens a fleet.';
revoke all on function private.create_fleet(uuid, jsonb) from public;
grant execute on function private.create_fleet(uuid, jsonb) to fleetflow_fn;
