-- What: suspends a person, or with `suspended` false lets them in again; NULL where there is nobody. What is so already stays as it is.
-- Who: suspend_user and reinstate_user, for administrators. Runs as fleetflow_sys, which alone may write these columns. Locks: the user.
create or replace function private.put_suspension(user_id uuid, suspended boolean, by_id uuid, reason text) returns jsonb
  language plpgsql volatile security definer
  set search_path = pg_catalog, public, pg_temp
as $$
begin
  update public.users as u
     set suspended_at = case when put_suspension.suspended then now() end,
         suspended_by_id = case when put_suspension.suspended then put_suspension.by_id end,
         suspend_reason = case when put_suspension.suspended then put_suspension.reason end
   where u.id = put_suspension.user_id and u.erased_at is null and (u.suspended_at is not null) <> put_suspension.suspended;
  return (
    select jsonb_build_object('id', u.id, 'email', u.email, 'name', u.name, 'suspendedAt', private.iso(u.suspended_at),
             'suspendedById', u.suspended_by_id, 'suspendReason', u.suspend_reason)
      from public.users as u where u.id = put_suspension.user_id and u.erased_at is null);
end
$$;

comment on function private.put_suspension(uuid, boolean, uuid, text) is 'Suspends a person or lets them in again.';
alter function private.put_suspension(uuid, boolean, uuid, text) owner to fleetflow_sys;
revoke all on function private.put_suspension(uuid, boolean, uuid, text) from public;
grant execute on function private.put_suspension(uuid, boolean, uuid, text) to fleetflow_fn;
