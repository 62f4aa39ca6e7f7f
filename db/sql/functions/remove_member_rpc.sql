-- What: takes somebody out of a fleet, from their next call on. Their trips stay.
-- Who: owners of the fleet.
-- Raises: UNAUTHENTICATED, FORBIDDEN. Answers perform's outcome of private.remove_member.
create or replace function public.remove_member_rpc(
  fleet text, user_id uuid, actor jsonb, idempotency_key text default null
) returns jsonb
  language plpgsql volatile security definer
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  v_actor uuid := private.enter(remove_member_rpc.actor, 'members.remove', true);
begin
  return private.perform('members.remove', v_actor, jsonb_build_object('fleet', remove_member_rpc.fleet, 'userId', remove_member_rpc.user_id),
    remove_member_rpc.idempotency_key);
end
$$;

comment on function public.remove_member_rpc(text, uuid, jsonb, text) is 'Takes somebody out of a fleet.';
alter function public.remove_member_rpc(text, uuid, jsonb, text) owner to fleetflow_fn;
revoke all on function public.remove_member_rpc(text, uuid, jsonb, text) from public;
grant execute on function public.remove_member_rpc(text, uuid, jsonb, text) to fleetflow_api;
