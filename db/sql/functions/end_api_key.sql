-- What: ends an API key and the membership of its service user; one that has ended stays as it is.
-- Who: revoke_api_key, for an owner of the fleet. Runs as fleetflow_sys, which alone may write keys and members.
-- Locks: the key, which calls by it may be holding to note their use, and only then the fleet, for which such calls may be waiting.
create or replace function private.end_api_key(key_id uuid) returns void
  language plpgsql volatile security definer
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  v_key public.api_keys;
begin
  update public.api_keys as k set revoked_at = coalesce(k.revoked_at, now()) where k.id = end_api_key.key_id returning k.* into v_key;
  perform from public.fleets as f where f.id = v_key.fleet_id for no key update;
  delete from public.fleet_members as m where m.fleet_id = v_key.fleet_id and m.user_id = v_key.user_id;
end
$$;

comment on function private.end_api_key(uuid) is 'Ends an API key and its membership.';
alter function private.end_api_key(uuid) owner to fleetflow_sys;
revoke all on function private.end_api_key(uuid) from public;
grant execute on function private.end_api_key(uuid) to fleetflow_fn;
