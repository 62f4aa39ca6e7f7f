-- What: takes every lock that erasing the caller needs: their fleets, the cars of their trips and reviews, then the person, against everything
--   that would still refer to them. Dead holds are expired by the way.
-- Who: erase_me, before it decides. Runs as fleetflow_sys: cars may be hidden from their renter. Locks: fleets, cars, the user.
create or replace function private.lock_person() returns void
  language plpgsql volatile security definer
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  v_person uuid := private.uid();
begin
  perform from public.fleets as f
    where f.id in (select m.fleet_id from public.fleet_members as m where m.user_id = v_person) order by f.id for no key update;
  perform private.lock_cars(array(
    select t.car_id from public.trips as t
     where (t.booked_by_id = v_person or t.driver_id = v_person)
       and (t.status in ('held', 'requested', 'confirmed', 'active') or num_nonnulls(t.note, t.cancel_reason, t.near_metres) > 0)
    union select r.car_id from public.reviews as r where r.author_id = v_person and r.comment is not null));
  perform from public.users as u where u.id = v_person for update;
end
$$;

comment on function private.lock_person() is 'Takes every lock that erasing a person needs.';
alter function private.lock_person() owner to fleetflow_sys;
revoke all on function private.lock_person() from public;
grant execute on function private.lock_person() to fleetflow_fn;
