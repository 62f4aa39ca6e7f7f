-- What: takes every lock that erasing a person needs: their fleets, the cars of their trips and reviews, then the person, against everything
--   that would still refer to them. Dead holds are expired by the way.
-- Who: erase_me, before it decides. Runs as fleetflow_sys: cars may be hidden from their renter. Locks: fleets, cars, the user.
create or replace function private.lock_person(user_id uuid) returns void
  language plpgsql volatile security definer
  set search_path = pg_catalog, public, pg_temp
as $$
begin
  perform from public.fleets as f
    where f.id in (select m.fleet_id from public.fleet_members as m where m.user_id = lock_person.user_id) order by f.id for no key update;
  perform private.lock_cars(array(
    select t.car_id from public.trips as t
     where (t.booked_by_id = lock_person.user_id or t.driver_id = lock_person.user_id)
       and (t.status in ('held', 'requested', 'confirmed', 'active') or num_nonnulls(t.note, t.cancel_reason, t.near_metres) > 0)
    union select r.car_id from public.reviews as r where r.author_id = lock_person.user_id and r.comment is not null));
  perform from public.users as u where u.id = lock_person.user_id for update;
end
$$;

comment on function private.lock_person(uuid) is 'Takes every lock that erasing a person needs.';
alter function private.lock_person(uuid) owner to fleetflow_sys;
revoke all on function private.lock_person(uuid) from public;
grant execute on function private.lock_person(uuid) to fleetflow_fn;
