-- What: an API key as the API shows it: never the key, of which nothing is stored that could be shown, nor its hash.
--   `role` is NULL once the key has been revoked.
-- Who: entry functions about keys, under the caller's policies.
create or replace function private.api_key_json(key_id uuid) returns jsonb
  language sql stable
  set search_path = pg_catalog, public, pg_temp
as $$
  select jsonb_build_object(
    'id', k.id, 'fleetId', k.fleet_id, 'userId', k.user_id, 'name', k.name, 'role', m.role, 'procedures', to_jsonb(k.procedures), 'hint', k.hint,
    'expiresAt', private.iso(k.expires_at), 'revokedAt', private.iso(k.revoked_at), 'lastUsedAt', private.iso(k.last_used_at),
    'createdById', k.created_by, 'createdAt', private.iso(k.created_at))
    from public.api_keys as k
    left join public.fleet_members as m on m.fleet_id = k.fleet_id and m.user_id = k.user_id
   where k.id = api_key_json.key_id
$$;

comment on function private.api_key_json(uuid) is 'An API key as the API shows it.';
revoke all on function private.api_key_json(uuid) from public;
grant execute on function private.api_key_json(uuid) to fleetflow_fn;
