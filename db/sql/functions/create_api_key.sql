-- What: makes an API key of a fleet: a service user with a role, a list of procedures and an end.
-- Who: perform, for create_api_key_rpc. Input: fleet, name, role (manager or driver), procedures, expiresInDays, secretHash (SHA-256 in hex), secretHint.
-- Raises: NOT_FOUND (fleet), FORBIDDEN, BAD_INPUT (name, role, procedures, the first of them that no key can be for with reason NOT_DELEGABLE,
--   expiresInDays, secretHash), QUOTA_EXCEEDED (limit: live keys of a fleet). Locks: the fleet.
create or replace function private.create_api_key(actor uuid, input jsonb) returns jsonb
  language plpgsql volatile
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  c_most constant integer := 100;
  v_fleet uuid := private.owned_fleet(input ->> 'fleet');
  v_input jsonb := input || jsonb_build_object('name', btrim(input ->> 'name'));
  v_fault text := case
    when not coalesce(length(v_input ->> 'name') between 1 and 100, false) then 'name'
    when not coalesce(input ->> 'role' in ('manager', 'driver'), false) then 'role'
    when not coalesce((input ->> 'expiresInDays')::integer between 1 and 366, false) then 'expiresInDays'
    when not coalesce(case when jsonb_typeof(input -> 'procedures') = 'array' then jsonb_array_length(input -> 'procedures') between 1 and 200 end,
      false) then 'procedures'
    when not coalesce(input ->> 'secretHash' ~ '^[0-9a-f]{64}$' and length(input ->> 'secretHint') = 4, false) then 'secretHash' end;
  v_id uuid;
begin
  if v_fault is not null then
    raise exception using errcode = 'FF400', message = 'BAD_INPUT', detail = jsonb_build_object('field', v_fault);
  end if;
  select 'procedures.' || p.n - 1 into v_fault from jsonb_array_elements(input -> 'procedures') with ordinality as p (name, n)
   where not jsonb_build_array(p.name) <@ to_jsonb(private.delegable_procedures()) order by p.n limit 1;
  if v_fault is not null then
    raise exception using errcode = 'FF400', message = 'BAD_INPUT', detail = jsonb_build_object('field', v_fault, 'reason', 'NOT_DELEGABLE');
  end if;
  perform from public.fleets as f where f.id = v_fleet for no key update;
  -- Again, now that nobody can change who owns the fleet.
  perform private.owned_fleet(v_fleet::text);
  if (select count(*) from public.api_keys as k where k.fleet_id = v_fleet and k.revoked_at is null and k.expires_at > now()) >= c_most then
    raise exception using errcode = 'FF108', message = 'QUOTA_EXCEEDED', detail = jsonb_build_object('limit', c_most);
  end if;
  v_id := private.add_api_key(v_fleet, create_api_key.actor, v_input);
  return private.api_key_json(v_id);
end
$$;

comment on function private.create_api_key(uuid, jsonb) is 'Makes an API key of a fleet.';
revoke all on function private.create_api_key(uuid, jsonb) from public;
grant execute on function private.create_api_key(uuid, jsonb) to fleetflow_fn;
