-- What: removes up to `batch` idempotency keys that are older than 7 days. Only tidies: claim_key takes such a key for a new one anyway.
--   Answers how many it removed.
-- Who: forget_idempotency_keys. Runs as fleetflow_sys: the keys are everybody's.
-- Locks: the keys that it removes; a key that somebody is just taking over is left alone.
create or replace function private.forget_keys(batch integer) returns integer
  language plpgsql volatile security definer
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  c_kept constant interval := '7 days';
  v_forgotten integer;
begin
  delete from public.idempotency_keys as k
   where k.ctid = any (array(
     select o.ctid from public.idempotency_keys as o where o.created_at < now() - c_kept
      order by o.created_at limit forget_keys.batch for update skip locked));
  get diagnostics v_forgotten = row_count;
  return v_forgotten;
end
$$;

comment on function private.forget_keys(integer) is 'Removes old idempotency keys.';
alter function private.forget_keys(integer) owner to fleetflow_sys;
revoke all on function private.forget_keys(integer) from public;
grant execute on function private.forget_keys(integer) to fleetflow_fn;
