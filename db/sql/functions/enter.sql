-- What: the first line of every entry function. Recognises the actor, takes rights from the tables (never from a token)
--   and sets the identity for this transaction only.
-- Who: every entry function, with the name of its procedure. `actor` is {"userId"}, {"issuer", "subject", "email", "name", "session"} or
--   {"apiKey": the SHA-256 of a key in hex}, which acts as its service user in its fleet; the API role is trusted to state it.
--   A `session` is the bundled issuer's and has to live: no token outlives signing out.
-- Answers: the user's id; NULL for a subject never seen before, unless `may_create` makes their row.
-- Raises: UNAUTHENTICATED (no actor, one that is too long to be real, unknown userId, suspended, erased; no live key or session),
--   FORBIDDEN (a procedure that the key is not for).
create or replace function private.enter(actor jsonb, procedure text, may_create boolean) returns uuid
  language plpgsql volatile security definer
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  v_user public.users;
  v_key public.api_keys;
begin
  if enter.actor ? 'session' and private.session_is_live(enter.actor ->> 'session', enter.actor ->> 'subject') is not true then
    raise exception using errcode = 'FF401', message = 'UNAUTHENTICATED';
  end if;
  if enter.actor ? 'apiKey' then
    v_key := private.use_api_key(enter.actor ->> 'apiKey', enter.procedure);
    select u.* into v_user from public.users as u where u.id = v_key.user_id;
  elsif enter.actor ? 'userId' then
    select u.* into v_user from public.users as u where u.id = (enter.actor ->> 'userId')::uuid;
  elsif length(enter.actor ->> 'issuer') between 1 and 500 and length(enter.actor ->> 'subject') between 1 and 500 then
    select u.* into v_user
      from public.user_identities as i join public.users as u on u.id = i.user_id
     where i.issuer = enter.actor ->> 'issuer' and i.subject = enter.actor ->> 'subject';
    if v_user.id is null and enter.may_create then
      v_user := private.first_sight(enter.actor);
    elsif v_user.id is null then
      perform set_config('fleetflow.uid', '', true), set_config('fleetflow.admin', 'off', true), set_config('fleetflow.fleet', '', true),
              set_config('fleetflow.session', '', true);
      return null;
    end if;
  end if;
  if v_user.id is null or v_user.suspended_at is not null or v_user.erased_at is not null then
    raise exception using errcode = 'FF401', message = 'UNAUTHENTICATED';
  end if;
  -- In one zone equal instants are equal text, so they make equal inputs of a retry.
  perform set_config('TimeZone', 'UTC', true), set_config('fleetflow.uid', v_user.id::text, true),
          set_config('fleetflow.admin', case when v_user.is_admin and v_key.id is null then 'on' else 'off' end, true),
          set_config('fleetflow.fleet', coalesce(v_key.fleet_id::text, ''), true),
          set_config('fleetflow.session', coalesce(enter.actor ->> 'session', ''), true);
  return v_user.id;
end
$$;

comment on function private.enter(jsonb, text, boolean) is 'Recognises the actor and sets the identity of this transaction.';
alter function private.enter(jsonb, text, boolean) owner to fleetflow_sys;
revoke all on function private.enter(jsonb, text, boolean) from public;
grant execute on function private.enter(jsonb, text, boolean) to fleetflow_fn;
