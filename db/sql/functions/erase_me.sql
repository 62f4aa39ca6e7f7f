-- What: removes the caller. Their holds and requests are cancelled; what is confirmed or under way has to end before.
-- Who: perform, for erase_me_rpc. Input: confirm.
-- Raises: FORBIDDEN (API keys), BAD_INPUT (field confirm),
--   INVALID_STATE (from, operation, allowed, count, trips: what stands in the way). The last owner of a fleet stays: the trigger on fleet_members.
-- Locks: those of lock_person.
create or replace function private.erase_me(actor uuid, input jsonb) returns jsonb
  language plpgsql volatile
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  v_open jsonb;
begin
  perform private.refuse_key();
  if input ->> 'confirm' is distinct from 'erase' then
    raise exception using errcode = 'FF400', message = 'BAD_INPUT', detail = jsonb_build_object('field', 'confirm');
  end if;
  perform private.lock_person();
  v_open := private.my_open_trips();
  if v_open is not null then
    raise exception using errcode = 'FF002', message = 'INVALID_STATE',
      detail = v_open || '{"from": "booked", "operation": "erase", "allowed": ["export"]}';
  end if;
  perform private.erase_person();
  return '{"erased": true}';
end
$$;

comment on function private.erase_me(uuid, jsonb) is 'Removes the caller.';
revoke all on function private.erase_me(uuid, jsonb) from public;
grant execute on function private.erase_me(uuid, jsonb) to fleetflow_fn;
