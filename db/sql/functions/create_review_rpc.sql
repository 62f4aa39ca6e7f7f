-- What: the renter's review of a completed rental; the car's aggregates follow by trigger.
-- Who: the trip's renter, once. Raises: UNAUTHENTICATED, FORBIDDEN. Answers perform's outcome of private.create_review.
create or replace function public.create_review_rpc(
  trip_id uuid, rating integer, comment text, actor jsonb, idempotency_key text default null
) returns jsonb
  language plpgsql volatile security definer
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  v_actor uuid := private.enter(create_review_rpc.actor, 'reviews.create', true);
begin
  return private.perform('reviews.create', v_actor, jsonb_build_object(
      'tripId', create_review_rpc.trip_id, 'rating', create_review_rpc.rating, 'comment', create_review_rpc.comment),
    create_review_rpc.idempotency_key);
end
$$;

comment on function public.create_review_rpc(uuid, integer, text, jsonb, text) is 'The renter''s review of a completed rental.';
alter function public.create_review_rpc(uuid, integer, text, jsonb, text) owner to fleetflow_fn;
revoke all on function public.create_review_rpc(uuid, integer, text, jsonb, text) from public;
grant execute on function public.create_review_rpc(uuid, integer, text, jsonb, text) to fleetflow_api;
