-- What: makes the user of an (issuer, subject) never seen before; two callers at once end with one user. Tokens of the bundled issuer say nothing
--   personal: whoever comes with a session is called as they signed up.
-- Who: private.enter. Locks: the identity's key, by inserting it.
create or replace function private.first_sight(actor jsonb) returns public.users
  language plpgsql volatile
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  v_user public.users;
  v_email text := nullif(first_sight.actor ->> 'email', '');
  v_name text := first_sight.actor ->> 'name';
begin
  if first_sight.actor ? 'session' then
    select case when a.email_verified then a.email end, a.name into v_email, v_name
      from issuer.users as a where a.id = (first_sight.actor ->> 'subject')::uuid;
  end if;
  insert into public.users (id, email, name)
  values (private.uuid_v7(),
          case when length(v_email) <= 320 then v_email end,
          coalesce(nullif(left(btrim(v_name), 200), ''), 'New user'))
  returning * into v_user;

  insert into public.user_identities (issuer, subject, user_id)
  values (first_sight.actor ->> 'issuer', first_sight.actor ->> 'subject', v_user.id)
  on conflict (issuer, subject) do nothing;
  if found then
    return v_user;
  end if;

  delete from public.users as u where u.id = v_user.id;
  select u.* into v_user
    from public.user_identities as i join public.users as u on u.id = i.user_id
   where i.issuer = first_sight.actor ->> 'issuer' and i.subject = first_sight.actor ->> 'subject';
  return v_user;
end
$$;

comment on function private.first_sight(jsonb) is 'Creates the user of an identity seen for the first time.';
revoke all on function private.first_sight(jsonb) from public;
grant execute on function private.first_sight(jsonb) to fleetflow_sys;
