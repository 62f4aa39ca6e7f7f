-- What: lets a suspended person in again.
-- Who: perform, for reinstate_user_rpc: administrators. Input: id.
-- Raises: FORBIDDEN (whoever is no administrator), NOT_FOUND (field id). Locks: the user.
create or replace function private.reinstate_user(actor uuid, input jsonb) returns jsonb
  language plpgsql volatile
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  v_user jsonb;
begin
  if not private.is_admin() then
    raise exception using errcode = 'FF403', message = 'FORBIDDEN';
  end if;
  v_user := private.put_suspension((input ->> 'id')::uuid, false, reinstate_user.actor, null);
  if v_user is null then
    raise exception using errcode = 'FF404', message = 'NOT_FOUND', detail = jsonb_build_object('field', 'id');
  end if;
  return v_user;
end
$$;

comment on function private.reinstate_user(uuid, jsonb) is 'Lets a suspended person in again.';
revoke all on function private.reinstate_user(uuid, jsonb) from public;
grant execute on function private.reinstate_user(uuid, jsonb) to fleetflow_fn;
