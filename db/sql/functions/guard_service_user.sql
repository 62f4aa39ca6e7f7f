-- What: refuses to make the service user of an API key an owner, or a member of another fleet than the key's.
-- Who: the trigger on fleet_members, whoever writes: the second line, functions decide first. Runs as fleetflow_sys to see the keys.
create or replace function private.guard_service_user() returns trigger
  language plpgsql volatile security definer
  set search_path = pg_catalog, public, pg_temp
as $$
begin
  if exists (select from public.api_keys as k where k.user_id = new.user_id and (new.role = 'owner' or k.fleet_id <> new.fleet_id)) then
    raise exception using errcode = 'insufficient_privilege', message = 'the service user of an API key is no owner and works in one fleet';
  end if;
  return new;
end
$$;

comment on function private.guard_service_user() is 'Refuses other memberships of a service user.';
alter function private.guard_service_user() owner to fleetflow_sys;
revoke all on function private.guard_service_user() from public;
