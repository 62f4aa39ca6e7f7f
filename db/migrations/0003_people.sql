-- >>> sql/functions/api_key_json.sql
-- What: an API key as the API shows it: never the key, of which nothing is stored that could be shown, nor its hash.
--   `role` is NULL once the key has been revoked.
-- Who: entry functions about keys, under the caller's policies.
create or replace function private.api_key_json(key_id uuid) returns jsonb
  language sql stable
  set search_path = pg_catalog, public, pg_temp
as $$
  select jsonb_build_object(
    'id', k.id, 'fleetId', k.fleet_id, 'userId', k.user_id, 'name', k.name, 'role', m.role, 'procedures', to_jsonb(k.procedures), 'hint', k.hint,
    'expiresAt', private.iso(k.expires_at), 'revokedAt', private.iso(k.revoked_at), 'lastUsedAt', private.iso(k.last_used_at),
    'createdById', k.created_by, 'createdAt', private.iso(k.created_at))
    from public.api_keys as k
    left join public.fleet_members as m on m.fleet_id = k.fleet_id and m.user_id = k.user_id
   where k.id = api_key_json.key_id
$$;

comment on function private.api_key_json(uuid) is 'An API key as the API shows it.';
revoke all on function private.api_key_json(uuid) from public;
grant execute on function private.api_key_json(uuid) to fleetflow_fn;
-- <<< sql/functions/api_key_json.sql

-- >>> sql/functions/claim_key.sql
-- What: makes an idempotency key the sender's, or answers what became of it: NULL means go on, anything else is the stored outcome.
--   A second sender of the same key waits here for the first. Keys are forgotten after 7 days, whether or not forget_keys has been by.
--   Inputs are the same when they are the same JSON once absent members and NULL are taken for one;
--   what says which secret was made for the answer (secretHash, secretHint) is none of it: the sender did not choose it.
-- Who: perform, before it does anything else.
-- Raises: IDEMPOTENCY_KEY_REUSED (the key came with another input before), IDEMPOTENCY_IN_PROGRESS (the first sender is still at work
--   after the lock timeout), BAD_INPUT (field idempotencyKey). Locks: the key, and its person's key.
create or replace function private.claim_key(actor uuid, operation text, key text, input jsonb) returns jsonb
  language plpgsql volatile
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  c_kept constant interval := '7 days';
  v_hash bytea := sha256(convert_to(jsonb_strip_nulls(claim_key.input - '{secretHash,secretHint}'::text[])::text, 'UTF8'));
  v_known public.idempotency_keys;
begin
  if length(claim_key.key) not between 1 and 255 then
    raise exception using errcode = 'FF400', message = 'BAD_INPUT', detail = jsonb_build_object('field', 'idempotencyKey');
  end if;
  -- Again where the key went away in between: taken over or forgotten by somebody else just now.
  loop
    insert into public.idempotency_keys (user_id, operation, key, input_hash)
    values (claim_key.actor, claim_key.operation, claim_key.key, v_hash)
    on conflict on constraint idempotency_keys_pkey do nothing;
    if found then
      return null;
    end if;
    select k.* into v_known
      from public.idempotency_keys as k
     where k.user_id = claim_key.actor and k.operation = claim_key.operation and k.key = claim_key.key;
    exit when v_known.created_at >= now() - c_kept;
    update public.idempotency_keys as k
       set input_hash = v_hash, outcome = null, created_at = now()
     where k.user_id = claim_key.actor and k.operation = claim_key.operation and k.key = claim_key.key and k.created_at < now() - c_kept;
    if found then
      return null;
    end if;
  end loop;
  if v_known.input_hash <> v_hash then
    raise exception using errcode = 'FF109', message = 'IDEMPOTENCY_KEY_REUSED', detail = jsonb_build_object('field', 'idempotencyKey');
  end if;
  return v_known.outcome;
exception when lock_not_available then
  raise exception using errcode = 'FF012', message = 'IDEMPOTENCY_IN_PROGRESS', detail = jsonb_build_object('field', 'idempotencyKey');
end
$$;

comment on function private.claim_key(uuid, text, text, jsonb) is 'Makes an idempotency key the sender''s, or answers its outcome.';
revoke all on function private.claim_key(uuid, text, text, jsonb) from public;
grant execute on function private.claim_key(uuid, text, text, jsonb) to fleetflow_fn;
-- <<< sql/functions/claim_key.sql

-- >>> sql/functions/create_api_key.sql
-- What: makes an API key of a fleet: a service user with a role, a list of procedures and an end.
-- Who: perform, for create_api_key_rpc. Input: fleet, name, role (manager or driver), procedures, expiresInDays, secretHash (SHA-256 in hex), secretHint.
-- Raises: NOT_FOUND (fleet), FORBIDDEN, BAD_INPUT (name, role, procedures, the first of them that no key can be for with reason NOT_DELEGABLE,
--   expiresInDays, secretHash), QUOTA_EXCEEDED (limit: live keys of a fleet). Locks: the fleet.
create or replace function private.create_api_key(actor uuid, input jsonb) returns jsonb
  language plpgsql volatile
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  c_most constant integer := 100;
  v_fleet uuid := private.owned_fleet(input ->> 'fleet');
  v_input jsonb := input || jsonb_build_object('name', btrim(input ->> 'name'));
  v_fault text := case
    when not coalesce(length(v_input ->> 'name') between 1 and 100, false) then 'name'
    when not coalesce(input ->> 'role' in ('manager', 'driver'), false) then 'role'
    when not coalesce((input ->> 'expiresInDays')::integer between 1 and 366, false) then 'expiresInDays'
    when not coalesce(case when jsonb_typeof(input -> 'procedures') = 'array' then jsonb_array_length(input -> 'procedures') between 1 and 200 end,
      false) then 'procedures'
    when not coalesce(input ->> 'secretHash' ~ '^[0-9a-f]{64}$' and length(input ->> 'secretHint') = 4, false) then 'secretHash' end;
  v_id uuid;
begin
  if v_fault is not null then
    raise exception using errcode = 'FF400', message = 'BAD_INPUT', detail = jsonb_build_object('field', v_fault);
  end if;
  select 'procedures.' || p.n - 1 into v_fault from jsonb_array_elements(input -> 'procedures') with ordinality as p (name, n)
   where not jsonb_build_array(p.name) <@ to_jsonb(private.delegable_procedures()) order by p.n limit 1;
  if v_fault is not null then
    raise exception using errcode = 'FF400', message = 'BAD_INPUT', detail = jsonb_build_object('field', v_fault, 'reason', 'NOT_DELEGABLE');
  end if;
  perform from public.fleets as f where f.id = v_fleet for no key update;
  -- Again, now that nobody can change who owns the fleet.
  perform private.owned_fleet(v_fleet::text);
  if (select count(*) from public.api_keys as k where k.fleet_id = v_fleet and k.revoked_at is null and k.expires_at > now()) >= c_most then
    raise exception using errcode = 'FF108', message = 'QUOTA_EXCEEDED', detail = jsonb_build_object('limit', c_most);
  end if;
  v_id := private.add_api_key(v_fleet, create_api_key.actor, v_input);
  return private.api_key_json(v_id);
end
$$;

comment on function private.create_api_key(uuid, jsonb) is 'Makes an API key of a fleet.';
revoke all on function private.create_api_key(uuid, jsonb) from public;
grant execute on function private.create_api_key(uuid, jsonb) to fleetflow_fn;
-- <<< sql/functions/create_api_key.sql

-- >>> sql/functions/keep_owner.sql
-- What: refuses whatever would leave a fleet without an owner who is a person. A fleet that is being deleted needs none.
-- Who: the trigger on owners' rows of fleet_members, whoever writes. Runs as fleetflow_sys: who leaves does not see who stays.
-- Raises: LAST_OWNER (fleetId). Locks: the fleet, so that of two owners who go at once one stays.
create or replace function private.keep_owner() returns trigger
  language plpgsql volatile security definer
  set search_path = pg_catalog, public, pg_temp
as $$
begin
  if private.is_service(old.user_id) or not private.lock_fleet(old.fleet_id) then
    return null;
  end if;
  if not exists (
    select from public.fleet_members as m where m.fleet_id = old.fleet_id and m.role = 'owner' and not private.is_service(m.user_id))
  then
    raise exception using errcode = 'FF013', message = 'LAST_OWNER', detail = jsonb_build_object('fleetId', old.fleet_id);
  end if;
  return null;
end
$$;

comment on function private.keep_owner() is 'Keeps an owner in every fleet.';
alter function private.keep_owner() owner to fleetflow_sys;
revoke all on function private.keep_owner() from public;
-- <<< sql/functions/keep_owner.sql

-- >>> sql/functions/member_json.sql
-- What: a member of a fleet as the API shows them; the e-mail address only to owners of the fleet and administrators.
-- Who: functions about members, with a row they have read under the caller's policies. Runs as fleetflow_sys to read the name.
create or replace function private.member_json(member public.fleet_members) returns jsonb
  language sql stable security definer
  set search_path = pg_catalog, public, pg_temp
as $$
  select jsonb_build_object(
    'fleetId', (member_json.member).fleet_id,
    'userId', u.id,
    'name', u.name,
    'email', case when (member_json.member).fleet_id in (select private.my_fleets('{owner}')) or private.is_admin() then u.email end,
    'role', (member_json.member).role,
    'service', private.is_service(u.id),
    'createdAt', private.iso((member_json.member).created_at))
    from public.users as u
   where u.id = (member_json.member).user_id
$$;

comment on function private.member_json(public.fleet_members) is 'A member as the API shows them.';
alter function private.member_json(public.fleet_members) owner to fleetflow_sys;
revoke all on function private.member_json(public.fleet_members) from public;
grant execute on function private.member_json(public.fleet_members) to fleetflow_fn;
-- <<< sql/functions/member_json.sql

-- >>> sql/functions/person_json.sql
-- What: everything that is held about the caller, and nothing of anybody else: of a fleet its name, of an invitation not whom it was for, of an
--   idempotency key when it was used and for what. A test compares it with the catalog: every column that names a user is here or excused.
-- Who: export_me_rpc, for the caller. Runs as fleetflow_sys: identities, events and other fleets' trips are read by nobody else.
create or replace function private.person_json() returns jsonb
  language sql stable security definer
  set search_path = pg_catalog, public, pg_temp
as $$
  select jsonb_build_object(
    'exportedAt', private.iso(now()),
    'user', jsonb_build_object('id', u.id, 'email', u.email, 'name', u.name, 'isAdmin', u.is_admin, 'createdAt', private.iso(u.created_at)),
    'identities', (select coalesce(jsonb_agg(jsonb_build_object('issuer', i.issuer, 'subject', i.subject, 'createdAt', private.iso(i.created_at))
        order by i.created_at, i.issuer), '[]') from public.user_identities as i where i.user_id = u.id),
    'account', (select jsonb_build_object('email', a.email, 'emailVerified', a.email_verified, 'name', a.name, 'createdAt', private.iso(a.created_at),
        'sessions', (select coalesce(jsonb_agg(jsonb_build_object('createdAt', private.iso(l.created_at), 'expiresAt', private.iso(l.expires_at),
          'userAgent', l.user_agent)
          order by l.created_at, l.id), '[]') from issuer.sessions as l where l.user_id = a.id))
      from issuer.sessions as s join issuer.users as a on a.id = s.user_id where s.id = private.session_id()),
    'memberships', (select coalesce(jsonb_agg(jsonb_build_object('fleetId', f.id, 'fleet', f.slug, 'name', f.name, 'role', m.role,
        'createdAt', private.iso(m.created_at)) order by f.id), '[]')
      from public.fleet_members as m join public.fleets as f on f.id = m.fleet_id where m.user_id = u.id),
    'trips', (select coalesce(jsonb_agg(private.trip_json(private.settled(t)) || jsonb_build_object(
        'near', case when t.near_metres is not null then jsonb_build_object('lat', t.near_lat_microdegrees / 1000000::numeric,
          'lng', t.near_lng_microdegrees / 1000000::numeric, 'metres', t.near_metres) end,
        'lines', (select coalesce(jsonb_agg(jsonb_build_object('id', l.id, 'kind', l.kind, 'description', l.description, 'quantity', l.quantity,
          'unitAmount', l.unit_amount, 'amount', l.amount, 'createdAt', private.iso(l.created_at)) order by l.id), '[]')
          from public.trip_lines as l where l.car_id = t.car_id and l.trip_id = t.id)) order by t.trip_start_date, t.id), '[]')
      from public.trips as t where t.booked_by_id = u.id),
    'drives', (select coalesce(jsonb_agg(jsonb_build_object('tripId', t.id, 'carId', t.car_id, 'fleetId', t.fleet_id,
        'startDate', private.iso(t.trip_start_date), 'endDate', private.iso(t.trip_end_date), 'status', (private.settled(t)).status)
        order by t.trip_start_date, t.id), '[]') from public.trips as t where t.driver_id = u.id),
    'driverAssignments', (select coalesce(jsonb_agg(jsonb_build_object('tripId', a.trip_id, 'startDate', private.iso(lower(a.period)),
        'endDate', private.iso(upper(a.period))) order by a.period), '[]') from public.driver_assignments as a where a.driver_id = u.id),
    'reviews', (select coalesce(jsonb_agg(private.review_json(r) order by r.created_at, r.id), '[]') from public.reviews as r where r.author_id = u.id),
    'quotes', (select coalesce(jsonb_agg(private.quote_json(q) || jsonb_build_object('tripId', q.trip_id) order by q.created_at, q.id), '[]')
      from public.quotes as q where q.user_id = u.id),
    'invitations', jsonb_build_object(
      'sent', (select coalesce(jsonb_agg(jsonb_build_object('id', i.id, 'fleetId', i.fleet_id, 'role', i.role, 'createdAt', private.iso(i.created_at))
        order by i.created_at, i.id), '[]') from public.invitations as i where i.invited_by = u.id),
      'accepted', (select coalesce(jsonb_agg(jsonb_build_object('id', i.id, 'fleetId', i.fleet_id, 'role', i.role, 'email', i.email,
        'acceptedAt', private.iso(i.accepted_at)) order by i.accepted_at, i.id), '[]') from public.invitations as i where i.accepted_by = u.id)),
    'apiKeys', (select coalesce(jsonb_agg(jsonb_build_object('id', k.id, 'fleetId', k.fleet_id, 'name', k.name, 'procedures', k.procedures,
        'createdAt', private.iso(k.created_at), 'expiresAt', private.iso(k.expires_at), 'revokedAt', private.iso(k.revoked_at)) order by k.created_at, k.id), '[]')
      from public.api_keys as k where k.created_by = u.id),
    'idempotencyKeys', (select coalesce(jsonb_agg(jsonb_build_object('operation', k.operation, 'createdAt', private.iso(k.created_at))
        order by k.created_at, k.operation), '[]') from public.idempotency_keys as k where k.user_id = u.id),
    'suspended', (select coalesce(jsonb_agg(jsonb_build_object('userId', s.id, 'suspendedAt', private.iso(s.suspended_at)) order by s.id), '[]')
      from public.users as s where s.suspended_by_id = u.id),
    'activity', (select coalesce(jsonb_agg(e.event order by e.place), '[]') from (
        select l.pos as place, jsonb_build_object('type', l.type, 'entityId', l.entity_id, 'carId', l.car_id, 'operation', l.operation,
                 'occurredAt', private.iso(l.occurred_at)) as event
          from public.event_log as l where l.actor_id = u.id
        union all
        select 9000000000000000000 - 1000000000000 + o.seq, jsonb_build_object('type', private.event_type(o.entity, o.before, o.after), 'entityId', o.entity_id,
                 'carId', o.car_id, 'operation', o.operation, 'occurredAt', private.iso(o.occurred_at))
          from public.outbox as o where o.actor_id = u.id) as e))
    from public.users as u
   where u.id = private.uid()
$$;

comment on function private.person_json() is 'Everything that is held about a person.';
alter function private.person_json() owner to fleetflow_sys;
revoke all on function private.person_json() from public;
grant execute on function private.person_json() to fleetflow_fn;
-- <<< sql/functions/person_json.sql

-- >>> sql/functions/transfer_fleet.sql
-- What: hands a fleet to another member, who becomes an owner as the caller becomes a manager.
-- Who: perform, for transfer_fleet_rpc. Input: fleet, userId.
-- Raises: NOT_FOUND (fleet; userId: no member, or suspended), FORBIDDEN, BAD_INPUT (userId with reason SERVICE_USER or ONESELF).
-- Locks: the fleet.
create or replace function private.transfer_fleet(actor uuid, input jsonb) returns jsonb
  language plpgsql volatile
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  v_fleet uuid := private.take_fleet(input ->> 'fleet');
  v_user uuid := private.member_of(v_fleet, (input ->> 'userId')::uuid, 'owner');
begin
  if v_user = transfer_fleet.actor then
    raise exception using errcode = 'FF400', message = 'BAD_INPUT', detail = jsonb_build_object('field', 'userId', 'reason', 'ONESELF');
  end if;
  if not private.user_is_active(v_user) then
    raise exception using errcode = 'FF404', message = 'NOT_FOUND', detail = jsonb_build_object('field', 'userId');
  end if;
  update public.fleet_members as m set role = 'owner' where m.fleet_id = v_fleet and m.user_id = v_user;
  update public.fleet_members as m set role = 'manager' where m.fleet_id = v_fleet and m.user_id = transfer_fleet.actor;
  return private.fleet_json(v_fleet);
end
$$;

comment on function private.transfer_fleet(uuid, jsonb) is 'Hands a fleet to another member.';
revoke all on function private.transfer_fleet(uuid, jsonb) from public;
grant execute on function private.transfer_fleet(uuid, jsonb) to fleetflow_fn;
-- <<< sql/functions/transfer_fleet.sql

-- >>> sql/functions/update_me.sql
-- What: changes the caller's display name.
-- Who: perform, for update_me_rpc. Input: name. Raises: FORBIDDEN (API keys), BAD_INPUT (field name). Locks: the user.
create or replace function private.update_me(actor uuid, input jsonb) returns jsonb
  language plpgsql volatile
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  v_name text := btrim(input ->> 'name', E' \t\n\r');
begin
  perform private.refuse_key();
  if (length(v_name) between 1 and 200) is not true then
    raise exception using errcode = 'FF400', message = 'BAD_INPUT', detail = jsonb_build_object('field', 'name');
  end if;
  update public.users as u set name = v_name where u.id = update_me.actor and u.erased_at is null;
  -- Erased while this waited for the row: nobody is recognised the next time.
  if not found then
    perform private.try_again();
  end if;
  return private.me_json(update_me.actor);
end
$$;

comment on function private.update_me(uuid, jsonb) is 'Changes the caller''s display name.';
revoke all on function private.update_me(uuid, jsonb) from public;
grant execute on function private.update_me(uuid, jsonb) to fleetflow_fn;
-- <<< sql/functions/update_me.sql

-- >>> sql/triggers/idempotency_keys_person.sql
-- Nothing new is stored about somebody who was erased meanwhile.
drop trigger if exists _110_person on public.idempotency_keys;
create trigger _110_person after insert on public.idempotency_keys
  for each row execute function private.check_person('user_id');
-- <<< sql/triggers/idempotency_keys_person.sql

-- >>> sql/grants/issuer.sql
-- What the issuer's role may touch, and what fleetflow_sys may see of it: whether a session lives, what a new user is called, what to show and whom to erase.
-- Deleting a user takes their sessions and accounts along (foreign keys act as the owner of the tables).
revoke all on issuer.users, issuer.sessions, issuer.accounts, issuer.verifications, issuer.jwks
  from fleetflow_fn, fleetflow_sys, fleetflow_api, fleetflow_auth;

grant select, insert, update, delete on issuer.users, issuer.sessions, issuer.accounts, issuer.verifications, issuer.jwks to fleetflow_auth;
grant select (id, user_id, created_at, expires_at, user_agent) on issuer.sessions to fleetflow_sys;
grant select (id, email, email_verified, name, created_at) on issuer.users to fleetflow_sys;
grant delete on issuer.users to fleetflow_sys;
-- <<< sql/grants/issuer.sql

