-- What: the live key with this hash (SHA-256 in hex): neither revoked nor expired, its service user a member of its fleet and not suspended.
--   Notes that it was used, at most once a minute and without ever waiting: calls of one key must not queue behind each other.
-- Who: private.enter, as fleetflow_sys. Raises: UNAUTHENTICATED, FORBIDDEN (a procedure that the key is not for).
-- Locks: the key's row, where nobody else has it.
create or replace function private.use_api_key(key_hash text, procedure text) returns public.api_keys
  language plpgsql volatile
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  c_noted constant interval := '1 minute';
  v_key public.api_keys;
begin
  if use_api_key.key_hash ~ '^[0-9a-f]{64}$' then
    select k.* into v_key
      from public.api_keys as k
      join public.users as u on u.id = k.user_id and u.suspended_at is null
      join public.fleet_members as m on m.fleet_id = k.fleet_id and m.user_id = k.user_id
     where k.key_hash = decode(use_api_key.key_hash, 'hex') and k.revoked_at is null and k.expires_at > now();
  end if;
  if v_key.id is null then
    raise exception using errcode = 'FF401', message = 'UNAUTHENTICATED';
  end if;
  if use_api_key.procedure <> all (v_key.procedures) then
    raise exception using errcode = 'FF403', message = 'FORBIDDEN';
  end if;
  if v_key.last_used_at is null or v_key.last_used_at < now() - c_noted then
    update public.api_keys as k
       set last_used_at = now()
     where k.id = (
       select l.id from public.api_keys as l
        where l.id = v_key.id and l.last_used_at is not distinct from v_key.last_used_at for no key update skip locked);
  end if;
  return v_key;
end
$$;

comment on function private.use_api_key(text, text) is 'The live key with this hash.';
revoke all on function private.use_api_key(text, text) from public;
grant execute on function private.use_api_key(text, text) to fleetflow_sys;
