-- What: ends an API key at once: its next call is nobody's. A key that was revoked before answers the same again.
-- Who: perform, for revoke_api_key_rpc. Input: id.
-- Raises: NOT_FOUND (field id: absent, or of a fleet that is not one's own), FORBIDDEN. Locks: the key, then the fleet.
create or replace function private.revoke_api_key(actor uuid, input jsonb) returns jsonb
  language plpgsql volatile
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  v_id uuid := (input ->> 'id')::uuid;
  v_fleet uuid := private.api_key_fleet(v_id);
begin
  if v_fleet is null or not (v_fleet in (select private.my_fleets()) or private.is_admin()) then
    raise exception using errcode = 'FF404', message = 'NOT_FOUND', detail = jsonb_build_object('field', 'id');
  end if;
  perform private.owned_fleet(v_fleet::text);
  perform private.end_api_key(v_id);
  return private.api_key_json(v_id);
end
$$;

comment on function private.revoke_api_key(uuid, jsonb) is 'Ends an API key.';
revoke all on function private.revoke_api_key(uuid, jsonb) from public;
grant execute on function private.revoke_api_key(uuid, jsonb) to fleetflow_fn;
