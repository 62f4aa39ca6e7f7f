-- What: a review as the API shows it; of its author only the display name.
-- Who: entry functions, with a row they have read under the caller's policies. Runs as fleetflow_sys to read that name.
create or replace function private.review_json(review public.reviews) returns jsonb
  language sql stable security definer
  set search_path = pg_catalog, public, pg_temp
as $$
  select jsonb_build_object(
    'id', (review_json.review).id,
    'tripId', (review_json.review).trip_id,
    'carId', (review_json.review).car_id,
    'rating', (review_json.review).rating,
    'comment', (review_json.review).comment,
    'author', u.name,
    'createdAt', private.iso((review_json.review).created_at))
    from public.users as u
   where u.id = (review_json.review).author_id
$$;

comment on function private.review_json(public.reviews) is 'A review as the API shows it.';
alter function private.review_json(public.reviews) owner to fleetflow_sys;
revoke all on function private.review_json(public.reviews) from public;
grant execute on function private.review_json(public.reviews) to fleetflow_fn, fleetflow_sys;
