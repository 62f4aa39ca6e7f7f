-- What: changes the role of a member; it counts from their next call on.
-- Who: owners of the fleet.
-- Raises: UNAUTHENTICATED, FORBIDDEN. Answers perform's outcome of private.set_member_role.
create or replace function public.set_member_role_rpc(
  fleet text, user_id uuid, role text, actor jsonb, idempotency_key text default null
) returns jsonb
  language plpgsql volatile security definer
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  v_actor uuid := private.enter(set_member_role_rpc.actor, 'members.setRole', true);
begin
  return private.perform('members.setRole', v_actor, jsonb_build_object('fleet', set_member_role_rpc.fleet, 'userId', set_member_role_rpc.user_id, 'role', set_member_role_rpc.role),
    set_member_role_rpc.idempotency_key);
end
$$;

comment on function public.set_member_role_rpc(text, uuid, text, jsonb, text) is 'Changes the role of a member.';
alter function public.set_member_role_rpc(text, uuid, text, jsonb, text) owner to fleetflow_fn;
revoke all on function public.set_member_role_rpc(text, uuid, text, jsonb, text) from public;
grant execute on function public.set_member_role_rpc(text, uuid, text, jsonb, text) to fleetflow_api;
