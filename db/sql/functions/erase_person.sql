-- What: removes the caller and keeps their trips. Nobody can tell from any row who they were: the row that trips refer to is called
--   "Erased user", holds and requests are cancelled, ratings stay without their words, and events lose what the person wrote. Whoever comes with the same subject later is somebody new.
-- Who: erase_me, under the locks of lock_person and once no trip is open. Runs as fleetflow_sys. The last owner of a fleet is kept by the
--   trigger on fleet_members. Locks: those it has, and other members' keys that tell of the person.
create or replace function private.erase_person() returns void
  language plpgsql volatile security definer
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  -- Nobody can have somebody else erased, whatever the function that calls this believes.
  v_person uuid := private.uid();
  v_account uuid;
  v_email text;
  v_trip public.trips;
  v_told uuid[];
  v_freed uuid[];
begin
  select u.email into v_email from public.users as u where u.id = v_person;
  update public.users as u
     set name = 'Erased user', email = null, is_admin = false, suspended_at = null, suspended_by_id = null, suspend_reason = null, erased_at = now()
   where u.id = v_person;
  delete from public.user_identities as i where i.user_id = v_person;
  -- With the account their sessions and passwords go; whoever is signed in elsewhere has no account of ours.
  select s.user_id into v_account from issuer.sessions as s where s.id = private.session_id();
  delete from issuer.users as a where a.id = v_account;
  delete from public.quotes as q where q.user_id = v_person and q.used_at is null;
  delete from public.invitations as i where i.invited_by = v_person and i.accepted_at is null;
  update public.invitations as i
     set email = null, revoked_at = case when i.accepted_at is null then coalesce(i.revoked_at, now()) end
   where i.accepted_by = v_person or i.email = private.folded(v_email);
  -- What was answered to those who run the same fleets may name the person.
  delete from public.idempotency_keys as k
   where k.user_id = v_person
      or (k.user_id in (select o.user_id from public.fleet_members as m join public.fleet_members as o on o.fleet_id = m.fleet_id
                         where m.user_id = v_person)
          and k.operation = any ('{members.setRole,members.remove,fleets.transfer,invitations.create,invitations.revoke}')
          and (strpos(k.outcome::text, v_person::text) > 0 or strpos(lower(k.outcome::text), lower(v_email)) > 0));
  delete from public.fleet_members as m where m.user_id = v_person;

  with freed as (
    update public.trips as t set driver_id = null
     where t.driver_id = v_person and t.status in ('held', 'requested', 'confirmed')
    returning t.id)
  select array_agg(f.id) into v_freed from freed as f;
  delete from public.driver_assignments as a where a.trip_id = any (v_freed);
  for v_trip in
    update public.trips as t set status = 'cancelled', at_risk = false
     where t.booked_by_id = v_person and t.purpose = 'rental' and t.status in ('held', 'requested')
    returning t.*
  loop
    perform private.give_back(v_trip, v_trip.total_cost, 'Cancelled');
    delete from public.driver_assignments as a where a.trip_id = v_trip.id;
  end loop;
  update public.trips as t
     set note = null, cancel_reason = null, near_lat_microdegrees = null, near_lng_microdegrees = null, near_metres = null
   where t.booked_by_id = v_person and t.purpose = 'rental' and num_nonnulls(t.note, t.cancel_reason, t.near_metres) > 0;
  update public.reviews as r set comment = null where r.author_id = v_person and r.comment is not null;
  v_told := array(select t.id from public.trips as t where t.booked_by_id = v_person and t.purpose = 'rental'
                  union all select r.id from public.reviews as r where r.author_id = v_person);
  update public.outbox as o set before = private.redacted(o.before), after = private.redacted(o.after) where o.entity_id = any (v_told);
  update public.event_log as l
     set after = private.redacted(l.after), was = private.redacted(l.was)
   where l.entity_id = any (v_told) and (l.after, l.was) is distinct from (private.redacted(l.after), private.redacted(l.was));
end
$$;

comment on function private.erase_person() is 'Removes a person and keeps their trips.';
alter function private.erase_person() owner to fleetflow_sys;
revoke all on function private.erase_person() from public;
grant execute on function private.erase_person() to fleetflow_fn;
