-- What: the renter's review of a completed rental; the car's aggregates follow by trigger.
-- Who: perform, for create_review_rpc. Input: tripId, rating, comment.
-- Raises: NOT_FOUND, FORBIDDEN (seen, but not one's own rental), BAD_INPUT,
--   INVALID_STATE (from, operation, allowed), ALREADY_REVIEWED. Locks: the car.
create or replace function private.create_review(actor uuid, input jsonb) returns jsonb
  language plpgsql volatile
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  v_rating integer := (input ->> 'rating')::integer;
  v_comment text := nullif(btrim(input ->> 'comment', E' \t\n\r'), '');
  v_trip public.trips;
  v_review public.reviews;
begin
  select t.* into v_trip from public.trips as t where t.id = (input ->> 'tripId')::uuid;
  if not found then
    raise exception using errcode = 'FF404', message = 'NOT_FOUND', detail = jsonb_build_object('field', 'tripId');
  end if;
  if v_trip.booked_by_id <> create_review.actor or v_trip.purpose <> 'rental' then
    raise exception using errcode = 'FF403', message = 'FORBIDDEN';
  end if;
  if v_rating is null or v_rating not between 1 and 5 or length(v_comment) > 4000 then
    raise exception using errcode = 'FF400', message = 'BAD_INPUT', detail = jsonb_build_object('field',
      case when length(v_comment) > 4000 then 'comment' else 'rating' end);
  end if;
  if v_trip.status <> 'completed' then
    perform private.refuse_trip(v_trip, 'review');
  end if;

  perform private.lock_cars(array[v_trip.car_id]);
  insert into public.reviews as r (car_id, id, trip_id, author_id, rating, comment)
  values (v_trip.car_id, private.uuid_v7(), v_trip.id, create_review.actor, v_rating, v_comment)
  on conflict on constraint reviews_car_id_trip_id_key do nothing
  returning r.* into v_review;
  if not found then
    raise exception using errcode = 'FF003', message = 'ALREADY_REVIEWED';
  end if;
  return private.review_json(v_review);
end
$$;

comment on function private.create_review(uuid, jsonb) is 'The renter''s review of a completed rental.';
revoke all on function private.create_review(uuid, jsonb) from public;
grant execute on function private.create_review(uuid, jsonb) to fleetflow_fn;
