-- What: refuses a plan that no longer fits, with what differs: [{"tripId", "change"}].
-- Who: block_car. Raises: PLAN_STALE (changes).
create or replace function private.refuse_plan(changes jsonb) returns void
  language plpgsql immutable
  set search_path = pg_catalog, public, pg_temp
as $$
begin
  raise exception using errcode = 'FF010', message = 'PLAN_STALE', detail = jsonb_build_object('field', 'plan', 'changes', refuse_plan.changes);
end
$$;

comment on function private.refuse_plan(jsonb) is 'Refuses a plan that no longer fits.';
revoke all on function private.refuse_plan(jsonb) from public;
grant execute on function private.refuse_plan(jsonb) to fleetflow_fn;
