-- What: suspends a person from the next call on; their trips stay as they are.
-- Who: perform, for suspend_user_rpc: administrators. Input: id, reason.
-- Raises: FORBIDDEN (whoever is no administrator), NOT_FOUND (field id), BAD_INPUT (field reason; field id with reason ONESELF). Locks: the user.
create or replace function private.suspend_user(actor uuid, input jsonb) returns jsonb
  language plpgsql volatile
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  v_user jsonb;
begin
  if not private.is_admin() then
    raise exception using errcode = 'FF403', message = 'FORBIDDEN';
  end if;
  if (input ->> 'id')::uuid = suspend_user.actor then
    raise exception using errcode = 'FF400', message = 'BAD_INPUT', detail = jsonb_build_object('field', 'id', 'reason', 'ONESELF');
  end if;
  v_user := private.put_suspension((input ->> 'id')::uuid, true, suspend_user.actor, private.reason_of(input));
  if v_user is null then
    raise exception using errcode = 'FF404', message = 'NOT_FOUND', detail = jsonb_build_object('field', 'id');
  end if;
  return v_user;
end
$$;

comment on function private.suspend_user(uuid, jsonb) is 'Suspends a person.';
revoke all on function private.suspend_user(uuid, jsonb) from public;
grant execute on function private.suspend_user(uuid, jsonb) to fleetflow_fn;
