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
