-- What: stores a key with its service user and that user's membership.
-- Who: create_api_key, for an owner of the fleet and under its lock. Input: name, role, procedures, expiresInDays, secretHash (64 hex digits), secretHint.
--   Runs as fleetflow_sys, which alone may make users, members and keys.
create or replace function private.add_api_key(fleet_id uuid, created_by uuid, input jsonb) returns uuid
  language plpgsql volatile security definer
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  v_id uuid := private.uuid_v7();
  v_user uuid := private.uuid_v7();
begin
  insert into public.users (id, name) values (v_user, input ->> 'name');
  insert into public.api_keys (id, fleet_id, user_id, name, procedures, key_hash, hint, expires_at, created_by)
  values (v_id, add_api_key.fleet_id, v_user, input ->> 'name', array(select distinct p from jsonb_array_elements_text(input -> 'procedures') as p order by p),
          decode(input ->> 'secretHash', 'hex'), input ->> 'secretHint', now() + make_interval(days => (input ->> 'expiresInDays')::integer),
          add_api_key.created_by);
  insert into public.fleet_members (fleet_id, user_id, role) values (add_api_key.fleet_id, v_user, input ->> 'role');
  return v_id;
end
$$;

comment on function private.add_api_key(uuid, uuid, jsonb) is 'Stores a key with its service user and membership.';
alter function private.add_api_key(uuid, uuid, jsonb) owner to fleetflow_sys;
revoke all on function private.add_api_key(uuid, uuid, jsonb) from public;
grant execute on function private.add_api_key(uuid, uuid, jsonb) to fleetflow_fn;
