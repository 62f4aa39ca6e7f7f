-- Columns, checks and indexes of tables that hold rows: they lock while they look at them. The engine is not served while it migrates.
-- squawk-ignore-file adding-foreign-key-constraint, constraint-missing-not-valid, require-concurrent-index-creation, require-concurrent-index-deletion

drop function if exists private.enter(jsonb, boolean);

CREATE TABLE "api_keys" (
	"id" uuid NOT NULL,
	"fleet_id" uuid NOT NULL,
	"user_id" uuid NOT NULL,
	"name" text NOT NULL,
	"procedures" text[] NOT NULL,
	"key_hash" "bytea" NOT NULL,
	"hint" text NOT NULL,
	"expires_at" timestamp with time zone NOT NULL,
	"revoked_at" timestamp with time zone,
	"last_used_at" timestamp with time zone,
	"created_by" uuid NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "api_keys_pkey" PRIMARY KEY("id"),
	CONSTRAINT "api_keys_key_hash_key" UNIQUE("key_hash"),
	CONSTRAINT "api_keys_user_id_key" UNIQUE("user_id"),
	CONSTRAINT "api_keys_name_length" CHECK (length("api_keys"."name") between 1 and 100),
	CONSTRAINT "api_keys_procedures_some" CHECK (cardinality("api_keys"."procedures") between 1 and 200 and array_position("api_keys"."procedures", null) is null),
	CONSTRAINT "api_keys_hash_length" CHECK (length("api_keys"."key_hash") = 32),
	CONSTRAINT "api_keys_hint_length" CHECK (length("api_keys"."hint") = 4),
	CONSTRAINT "api_keys_expires_later" CHECK (isfinite("api_keys"."expires_at") and "api_keys"."expires_at" > "api_keys"."created_at")
);

ALTER TABLE "api_keys" ADD CONSTRAINT "api_keys_fleet_id_fkey" FOREIGN KEY ("fleet_id") REFERENCES "public"."fleets"("id") ON DELETE cascade ON UPDATE no action;
ALTER TABLE "api_keys" ADD CONSTRAINT "api_keys_user_id_fkey" FOREIGN KEY ("user_id") REFERENCES "public"."users"("id") ON DELETE cascade ON UPDATE no action;
ALTER TABLE "api_keys" ADD CONSTRAINT "api_keys_created_by_fkey" FOREIGN KEY ("created_by") REFERENCES "public"."users"("id") ON DELETE restrict ON UPDATE no action;
CREATE INDEX "api_keys_fleet_id_idx" ON "api_keys" USING btree ("fleet_id");
CREATE INDEX "api_keys_created_by_idx" ON "api_keys" USING btree ("created_by");
-- >>> sql/functions/approve_trip_rpc.sql
-- What: makes a request a booking, before its limit.
-- Who: owners and managers of the trip's fleet.
-- Raises: UNAUTHENTICATED, FORBIDDEN. Answers perform's outcome of private.answer_request.
create or replace function public.approve_trip_rpc(
  trip_id uuid, version integer, actor jsonb, idempotency_key text default null
) returns jsonb
  language plpgsql volatile security definer
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  v_actor uuid := private.enter(approve_trip_rpc.actor, 'trips.approve', true);
begin
  return private.perform('trips.approve', v_actor, jsonb_build_object(
      'id', approve_trip_rpc.trip_id, 'version', approve_trip_rpc.version),
    approve_trip_rpc.idempotency_key);
end
$$;

comment on function public.approve_trip_rpc(uuid, integer, jsonb, text) is 'Makes a request a booking.';
alter function public.approve_trip_rpc(uuid, integer, jsonb, text) owner to fleetflow_fn;
revoke all on function public.approve_trip_rpc(uuid, integer, jsonb, text) from public;
grant execute on function public.approve_trip_rpc(uuid, integer, jsonb, text) to fleetflow_api;
-- <<< sql/functions/approve_trip_rpc.sql

-- >>> sql/functions/assign_rate_plan_rpc.sql
-- What: Says which plan prices a car, a class or a fleet. One statement.
-- Who: owners and managers of the fleet.
-- Raises: UNAUTHENTICATED, FORBIDDEN. Answers perform's outcome of private.assign_rate_plan.
create or replace function public.assign_rate_plan_rpc(
  fleet text, rate_plan_id uuid, actor jsonb, car_id uuid default null, car_class text default null, idempotency_key text default null
) returns jsonb
  language plpgsql volatile security definer
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  v_actor uuid := private.enter(assign_rate_plan_rpc.actor, 'ratePlans.assign', true);
begin
  return private.perform('ratePlans.assign', v_actor, jsonb_build_object(
      'fleet', assign_rate_plan_rpc.fleet,
      'ratePlanId', assign_rate_plan_rpc.rate_plan_id,
      'carId', assign_rate_plan_rpc.car_id,
      'carClass', assign_rate_plan_rpc.car_class),
    assign_rate_plan_rpc.idempotency_key);
end
$$;

comment on function public.assign_rate_plan_rpc(text, uuid, jsonb, uuid, text, text) is 'Says which plan prices a car, a class or a fleet.';
alter function public.assign_rate_plan_rpc(text, uuid, jsonb, uuid, text, text) owner to fleetflow_fn;
revoke all on function public.assign_rate_plan_rpc(text, uuid, jsonb, uuid, text, text) from public;
grant execute on function public.assign_rate_plan_rpc(text, uuid, jsonb, uuid, text, text) to fleetflow_api;
-- <<< sql/functions/assign_rate_plan_rpc.sql

-- >>> sql/functions/block_car_rpc.sql
-- What: takes a car out of service for a period: maintenance, repair or owner use. A rehearsal lists the trips in the way with the car of
--   the same class that each could move to, and the plan that moves them; with that plan the trips move and the block is stored, or nothing.
-- Who: owners and managers of the car's fleet.
-- Raises: UNAUTHENTICATED, FORBIDDEN. Answers perform's outcome of private.block_car.
create or replace function public.block_car_rpc(
  car_id uuid, start_date timestamptz, end_date timestamptz, actor jsonb, purpose text default 'maintenance', note text default null,
  plan jsonb default null, idempotency_key text default null, dry_run boolean default false
) returns jsonb
  language plpgsql volatile security definer
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  v_actor uuid := private.enter(block_car_rpc.actor, 'trips.block', true);
begin
  return private.perform('trips.block', v_actor, jsonb_build_object(
      'carId', block_car_rpc.car_id, 'startDate', block_car_rpc.start_date, 'endDate', block_car_rpc.end_date,
      'purpose', coalesce(block_car_rpc.purpose, 'maintenance'), 'note', block_car_rpc.note, 'plan', block_car_rpc.plan,
      'dryRun', coalesce(block_car_rpc.dry_run, false)),
    block_car_rpc.idempotency_key, block_car_rpc.dry_run);
end
$$;

comment on function public.block_car_rpc(uuid, timestamptz, timestamptz, jsonb, text, text, jsonb, text, boolean) is 'Takes a car out of service for a period.';
alter function public.block_car_rpc(uuid, timestamptz, timestamptz, jsonb, text, text, jsonb, text, boolean) owner to fleetflow_fn;
revoke all on function public.block_car_rpc(uuid, timestamptz, timestamptz, jsonb, text, text, jsonb, text, boolean) from public;
grant execute on function public.block_car_rpc(uuid, timestamptz, timestamptz, jsonb, text, text, jsonb, text, boolean) to fleetflow_api;
-- <<< sql/functions/block_car_rpc.sql

-- >>> sql/functions/cancel_preview_rpc.sql
-- What: what cancelling a trip now would give back and cost, by the same function that decides when it is cancelled.
-- Who: whoever may cancel the trip: its renter, owners and managers of its fleet.
-- Raises: UNAUTHENTICATED, NOT_FOUND (absent, or hidden), FORBIDDEN (seen, but not one's own), INVALID_STATE (from, operation, allowed).
create or replace function public.cancel_preview_rpc(trip_id uuid, actor jsonb) returns jsonb
  language plpgsql volatile security definer
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  v_actor uuid := private.enter(cancel_preview_rpc.actor, 'trips.cancelPreview', false);
  v_trip public.trips;
  v_manages boolean;
begin
  select t.* into v_trip from public.trips as t where t.id = cancel_preview_rpc.trip_id;
  if not found then
    raise exception using errcode = 'FF404', message = 'NOT_FOUND', detail = jsonb_build_object('field', 'id');
  end if;
  v_manages := v_trip.fleet_id in (select private.my_fleets('{owner,manager}'));
  if not v_manages and (v_trip.booked_by_id <> v_actor or v_trip.purpose <> 'rental') then
    raise exception using errcode = 'FF403', message = 'FORBIDDEN';
  end if;
  v_trip := private.settled(v_trip);
  if 'cancel' <> all (private.allowed_operations(v_trip)) then
    perform private.refuse_trip(v_trip, 'cancel');
  end if;
  return private.cancel_terms(v_trip, v_manages);
end
$$;

comment on function public.cancel_preview_rpc(uuid, jsonb) is 'What cancelling a trip now would give back.';
alter function public.cancel_preview_rpc(uuid, jsonb) owner to fleetflow_fn;
revoke all on function public.cancel_preview_rpc(uuid, jsonb) from public;
grant execute on function public.cancel_preview_rpc(uuid, jsonb) to fleetflow_api;
-- <<< sql/functions/cancel_preview_rpc.sql

-- >>> sql/functions/cancel_trip_rpc.sql
-- What: cancels a trip that has not begun, frees its car at once and gives back what its policy says.
-- Who: the trip's renter before its start; owners and managers of its fleet any time, with a reason (also for their own, once it has begun).
-- Raises: UNAUTHENTICATED, FORBIDDEN. Answers perform's outcome of private.cancel_trip.
create or replace function public.cancel_trip_rpc(
  trip_id uuid, reason text, version integer, actor jsonb, expected_refund bigint default null, idempotency_key text default null,
  dry_run boolean default false
) returns jsonb
  language plpgsql volatile security definer
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  v_actor uuid := private.enter(cancel_trip_rpc.actor, 'trips.cancel', true);
begin
  return private.perform('trips.cancel', v_actor, jsonb_build_object(
      'id', cancel_trip_rpc.trip_id, 'reason', cancel_trip_rpc.reason, 'version', cancel_trip_rpc.version,
      'expectedRefund', cancel_trip_rpc.expected_refund),
    cancel_trip_rpc.idempotency_key, cancel_trip_rpc.dry_run);
end
$$;

comment on function public.cancel_trip_rpc(uuid, text, integer, jsonb, bigint, text, boolean) is 'Cancels a trip that has not begun.';
alter function public.cancel_trip_rpc(uuid, text, integer, jsonb, bigint, text, boolean) owner to fleetflow_fn;
revoke all on function public.cancel_trip_rpc(uuid, text, integer, jsonb, bigint, text, boolean) from public;
grant execute on function public.cancel_trip_rpc(uuid, text, integer, jsonb, bigint, text, boolean) to fleetflow_api;
-- <<< sql/functions/cancel_trip_rpc.sql

-- >>> sql/functions/claim_key.sql
-- What: makes an idempotency key the sender's, or answers what became of it: NULL means go on, anything else is the stored outcome.
--   A second sender of the same key waits here for the first. Keys are forgotten after 7 days, whether or not forget_keys has been by.
--   Inputs are the same when they are the same JSON once absent members and NULL are taken for one;
--   what says which secret was made for the answer (secretHash, secretHint) is none of it: the sender did not choose it.
-- Who: perform, before it does anything else.
-- Raises: IDEMPOTENCY_KEY_REUSED (the key came with another input before), IDEMPOTENCY_IN_PROGRESS (the first sender is still at work
--   after the lock timeout), BAD_INPUT (field idempotencyKey). Locks: the key.
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

-- >>> sql/functions/class_fits.sql
-- What: what all cars of a class in one zone have in common for a search: {"fits": the caller may see them and the fleet's rules allow the
--   period, "priced": the class or the fleet has a rate plan}. Who manages a fleet is not bound by its rules.
-- Who: near_cars, as fleetflow_sys.
create or replace function private.class_fits(car public.cars, starts timestamptz, ends timestamptz) returns jsonb
  language plpgsql stable
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  v_fleet public.fleets;
begin
  select f.* into v_fleet
    from public.fleets as f
   where f.id = (class_fits.car).fleet_id and f.id = coalesce(private.key_fleet(), f.id)
     and ((f.visibility = 'public' and private.uid() is not null) or private.is_admin() or f.id in (select private.my_fleets()));
  if not found then
    return '{"fits": false}';
  end if;
  return jsonb_build_object(
    'fits', v_fleet.id in (select private.my_fleets('{owner,manager}'))
      or (private.start_fault(v_fleet, (class_fits.car).time_zone, class_fits.starts, null) is null
        and private.end_fault(v_fleet, (class_fits.car).time_zone, class_fits.starts, class_fits.ends, null) is null),
    'priced', coalesce(v_fleet.rate_plan_id,
      (select cc.rate_plan_id from public.car_classes as cc where cc.id = (class_fits.car).car_class_id)) is not null);
end
$$;

comment on function private.class_fits(public.cars, timestamptz, timestamptz) is 'What all cars of a class have in common for a search.';
revoke all on function private.class_fits(public.cars, timestamptz, timestamptz) from public;
grant execute on function private.class_fits(public.cars, timestamptz, timestamptz) to fleetflow_sys;
-- <<< sql/functions/class_fits.sql

-- >>> sql/functions/complete_trip_rpc.sql
-- What: takes the car of a trip back.
-- Who: the trip's renter, and every member of its fleet.
-- Raises: UNAUTHENTICATED, FORBIDDEN. Answers perform's outcome of private.complete_trip.
create or replace function public.complete_trip_rpc(
  trip_id uuid, odometer integer, fuel integer, version integer, actor jsonb, idempotency_key text default null
) returns jsonb
  language plpgsql volatile security definer
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  v_actor uuid := private.enter(complete_trip_rpc.actor, 'trips.complete', true);
begin
  return private.perform('trips.complete', v_actor, jsonb_build_object(
      'id', complete_trip_rpc.trip_id, 'odometer', complete_trip_rpc.odometer, 'fuel', complete_trip_rpc.fuel,
      'version', complete_trip_rpc.version),
    complete_trip_rpc.idempotency_key);
end
$$;

comment on function public.complete_trip_rpc(uuid, integer, integer, integer, jsonb, text) is 'Takes the car of a trip back.';
alter function public.complete_trip_rpc(uuid, integer, integer, integer, jsonb, text) owner to fleetflow_fn;
revoke all on function public.complete_trip_rpc(uuid, integer, integer, integer, jsonb, text) from public;
grant execute on function public.complete_trip_rpc(uuid, integer, integer, integer, jsonb, text) to fleetflow_api;
-- <<< sql/functions/complete_trip_rpc.sql

-- >>> sql/functions/create_rate_plan_rpc.sql
-- What: Stores a rate plan, or its next version. One statement.
-- Who: owners and managers of the fleet.
-- Raises: UNAUTHENTICATED, FORBIDDEN. Answers perform's outcome of private.create_rate_plan.
create or replace function public.create_rate_plan_rpc(
  fleet text, name text, tariff jsonb, actor jsonb, assign_to jsonb default null, idempotency_key text default null
) returns jsonb
  language plpgsql volatile security definer
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  v_actor uuid := private.enter(create_rate_plan_rpc.actor, 'ratePlans.create', true);
begin
  return private.perform('ratePlans.create', v_actor, jsonb_build_object(
      'fleet', create_rate_plan_rpc.fleet,
      'name', create_rate_plan_rpc.name,
      'tariff', create_rate_plan_rpc.tariff,
      'assignTo', create_rate_plan_rpc.assign_to),
    create_rate_plan_rpc.idempotency_key);
end
$$;

comment on function public.create_rate_plan_rpc(text, text, jsonb, jsonb, jsonb, text) is 'Stores a rate plan, or its next version.';
alter function public.create_rate_plan_rpc(text, text, jsonb, jsonb, jsonb, text) owner to fleetflow_fn;
revoke all on function public.create_rate_plan_rpc(text, text, jsonb, jsonb, jsonb, text) from public;
grant execute on function public.create_rate_plan_rpc(text, text, jsonb, jsonb, jsonb, text) to fleetflow_api;
-- <<< sql/functions/create_rate_plan_rpc.sql

-- >>> sql/functions/create_review_rpc.sql
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
-- <<< sql/functions/create_review_rpc.sql

-- >>> sql/functions/create_trip_in_class_rpc.sql
-- What: books any car of a class for a period. One statement.
-- Who: any signed-in user for themselves; owners and managers of the fleet for any renter.
-- Raises: UNAUTHENTICATED, FORBIDDEN. Answers perform's outcome of private.create_trip_in_class.
create or replace function public.create_trip_in_class_rpc(
  fleet text, car_class text, user_id uuid, start_date timestamptz, end_date timestamptz, actor jsonb, lat integer default null,
  lng integer default null, radius integer default 20000, max_total bigint default null, extras jsonb default null,
  driver_id uuid default null, allocation text default 'auto', alternatives integer default 0, idempotency_key text default null,
  dry_run boolean default false
) returns jsonb
  language plpgsql volatile security definer
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  v_actor uuid := private.enter(create_trip_in_class_rpc.actor, 'trips.createInClass', true);
begin
  return private.perform('trips.createInClass', v_actor, jsonb_build_object(
      'fleet', create_trip_in_class_rpc.fleet, 'carClass', create_trip_in_class_rpc.car_class, 'userId', create_trip_in_class_rpc.user_id,
      'startDate', create_trip_in_class_rpc.start_date, 'endDate', create_trip_in_class_rpc.end_date,
      'lat', create_trip_in_class_rpc.lat, 'lng', create_trip_in_class_rpc.lng, 'radius', coalesce(create_trip_in_class_rpc.radius, 20000),
      'maxTotal', create_trip_in_class_rpc.max_total, 'extras', create_trip_in_class_rpc.extras,
      'driverId', create_trip_in_class_rpc.driver_id, 'allocation', coalesce(create_trip_in_class_rpc.allocation, 'auto'),
      'alternatives', coalesce(create_trip_in_class_rpc.alternatives, 0)),
    create_trip_in_class_rpc.idempotency_key, create_trip_in_class_rpc.dry_run);
end
$$;

comment on function public.create_trip_in_class_rpc(text, text, uuid, timestamptz, timestamptz, jsonb, integer, integer, integer, bigint, jsonb, uuid, text, integer, text, boolean) is
  'Books any car of a class for a period.';
alter function public.create_trip_in_class_rpc(text, text, uuid, timestamptz, timestamptz, jsonb, integer, integer, integer, bigint, jsonb, uuid, text, integer, text, boolean) owner to fleetflow_fn;
revoke all on function public.create_trip_in_class_rpc(text, text, uuid, timestamptz, timestamptz, jsonb, integer, integer, integer, bigint, jsonb, uuid, text, integer, text, boolean) from public;
grant execute on function public.create_trip_in_class_rpc(text, text, uuid, timestamptz, timestamptz, jsonb, integer, integer, integer, bigint, jsonb, uuid, text, integer, text, boolean) to fleetflow_api;
-- <<< sql/functions/create_trip_in_class_rpc.sql

-- >>> sql/functions/create_trip_rpc.sql
-- What: books a car for a period. One statement.
-- Who: any signed-in user for themselves; owners and managers of the car's fleet for any renter and any purpose.
-- Raises: UNAUTHENTICATED, FORBIDDEN. Answers perform's outcome of private.create_trip.
create or replace function public.create_trip_rpc(
  car_id uuid, user_id uuid, start_date timestamptz, end_date timestamptz, actor jsonb, purpose text default 'rental',
  max_total bigint default null, quote_id uuid default null, extras jsonb default null, driver_id uuid default null,
  idempotency_key text default null, dry_run boolean default false, alternatives integer default 0
) returns jsonb
  language plpgsql volatile security definer
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  v_actor uuid := private.enter(create_trip_rpc.actor, 'trips.create', true);
begin
  return private.perform('trips.create', v_actor, jsonb_build_object(
      'carId', create_trip_rpc.car_id, 'userId', create_trip_rpc.user_id,
      'startDate', create_trip_rpc.start_date, 'endDate', create_trip_rpc.end_date,
      'purpose', coalesce(create_trip_rpc.purpose, 'rental'), 'maxTotal', create_trip_rpc.max_total,
      'quoteId', create_trip_rpc.quote_id, 'extras', create_trip_rpc.extras, 'driverId', create_trip_rpc.driver_id,
      'alternatives', coalesce(create_trip_rpc.alternatives, 0)),
    create_trip_rpc.idempotency_key, create_trip_rpc.dry_run);
end
$$;

comment on function public.create_trip_rpc(uuid, uuid, timestamptz, timestamptz, jsonb, text, bigint, uuid, jsonb, uuid, text, boolean, integer) is 'Books a car for a period.';
alter function public.create_trip_rpc(uuid, uuid, timestamptz, timestamptz, jsonb, text, bigint, uuid, jsonb, uuid, text, boolean, integer) owner to fleetflow_fn;
revoke all on function public.create_trip_rpc(uuid, uuid, timestamptz, timestamptz, jsonb, text, bigint, uuid, jsonb, uuid, text, boolean, integer) from public;
grant execute on function public.create_trip_rpc(uuid, uuid, timestamptz, timestamptz, jsonb, text, bigint, uuid, jsonb, uuid, text, boolean, integer) to fleetflow_api;
-- <<< sql/functions/create_trip_rpc.sql

-- >>> sql/functions/create_trip_series_rpc.sql
-- What: books the occurrences of a recurrence on one car, given as local times of the car and one length by the clock. One statement.
-- Who: any signed-in user for themselves; owners and managers of the car's fleet for any renter and any purpose.
-- Raises: UNAUTHENTICATED, FORBIDDEN. Answers perform's outcome of private.create_trip_series.
create or replace function public.create_trip_series_rpc(
  car_id uuid, user_id uuid, local_starts jsonb, minutes integer, actor jsonb, purpose text default 'rental', on_conflict text default 'refuse',
  extras jsonb default null, max_total bigint default null, idempotency_key text default null, dry_run boolean default false
) returns jsonb
  language plpgsql volatile security definer
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  v_actor uuid := private.enter(create_trip_series_rpc.actor, 'trips.createSeries', true);
begin
  return private.perform('trips.createSeries', v_actor, jsonb_build_object(
      'carId', create_trip_series_rpc.car_id, 'userId', create_trip_series_rpc.user_id,
      'localStarts', create_trip_series_rpc.local_starts, 'minutes', create_trip_series_rpc.minutes,
      'purpose', coalesce(create_trip_series_rpc.purpose, 'rental'), 'onConflict', coalesce(create_trip_series_rpc.on_conflict, 'refuse'),
      'extras', create_trip_series_rpc.extras, 'maxTotal', create_trip_series_rpc.max_total),
    create_trip_series_rpc.idempotency_key, create_trip_series_rpc.dry_run);
end
$$;

comment on function public.create_trip_series_rpc(uuid, uuid, jsonb, integer, jsonb, text, text, jsonb, bigint, text, boolean) is
  'Books the occurrences of a recurrence on one car.';
alter function public.create_trip_series_rpc(uuid, uuid, jsonb, integer, jsonb, text, text, jsonb, bigint, text, boolean) owner to fleetflow_fn;
revoke all on function public.create_trip_series_rpc(uuid, uuid, jsonb, integer, jsonb, text, text, jsonb, bigint, text, boolean) from public;
grant execute on function public.create_trip_series_rpc(uuid, uuid, jsonb, integer, jsonb, text, text, jsonb, bigint, text, boolean) to fleetflow_api;
-- <<< sql/functions/create_trip_series_rpc.sql

-- >>> sql/functions/decline_trip_rpc.sql
-- What: says no to a request, before its limit; the car is free at once.
-- Who: owners and managers of the trip's fleet.
-- Raises: UNAUTHENTICATED, FORBIDDEN. Answers perform's outcome of private.answer_request.
create or replace function public.decline_trip_rpc(
  trip_id uuid, reason text, version integer, actor jsonb, idempotency_key text default null
) returns jsonb
  language plpgsql volatile security definer
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  v_actor uuid := private.enter(decline_trip_rpc.actor, 'trips.decline', true);
begin
  return private.perform('trips.decline', v_actor, jsonb_build_object(
      'id', decline_trip_rpc.trip_id, 'reason', decline_trip_rpc.reason, 'version', decline_trip_rpc.version),
    decline_trip_rpc.idempotency_key);
end
$$;

comment on function public.decline_trip_rpc(uuid, text, integer, jsonb, text) is 'Says no to a request.';
alter function public.decline_trip_rpc(uuid, text, integer, jsonb, text) owner to fleetflow_fn;
revoke all on function public.decline_trip_rpc(uuid, text, integer, jsonb, text) from public;
grant execute on function public.decline_trip_rpc(uuid, text, integer, jsonb, text) to fleetflow_api;
-- <<< sql/functions/decline_trip_rpc.sql

-- >>> sql/functions/enter.sql
-- What: the first line of every entry function. Recognises the actor, takes rights from the tables (never from a token)
--   and sets the identity for this transaction only.
-- Who: every entry function, with the name of its procedure. `actor` is {"userId"}, {"issuer", "subject", "email", "name"} or
--   {"apiKey": the SHA-256 of a key in hex}, which acts as its service user in its fleet; the API role is trusted to state it.
-- Answers: the user's id; NULL for a subject never seen before, unless `may_create` makes their row.
-- Raises: UNAUTHENTICATED (no actor, one that is too long to be real, unknown userId, suspended; no live key), FORBIDDEN (a procedure that the key is not for).
create or replace function private.enter(actor jsonb, procedure text, may_create boolean) returns uuid
  language plpgsql volatile security definer
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  v_user public.users;
  v_key public.api_keys;
begin
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
      perform set_config('fleetflow.uid', '', true), set_config('fleetflow.admin', 'off', true), set_config('fleetflow.fleet', '', true);
      return null;
    end if;
  end if;
  if v_user.id is null or v_user.suspended_at is not null then
    raise exception using errcode = 'FF401', message = 'UNAUTHENTICATED';
  end if;
  -- In one zone equal instants are equal text, so they make equal inputs of a retry.
  perform set_config('TimeZone', 'UTC', true), set_config('fleetflow.uid', v_user.id::text, true),
          set_config('fleetflow.admin', case when v_user.is_admin and v_key.id is null then 'on' else 'off' end, true),
          set_config('fleetflow.fleet', coalesce(v_key.fleet_id::text, ''), true);
  return v_user.id;
end
$$;

comment on function private.enter(jsonb, text, boolean) is 'Recognises the actor and sets the identity of this transaction.';
alter function private.enter(jsonb, text, boolean) owner to fleetflow_sys;
revoke all on function private.enter(jsonb, text, boolean) from public;
grant execute on function private.enter(jsonb, text, boolean) to fleetflow_fn;
-- <<< sql/functions/enter.sql

-- >>> sql/functions/get_car_rpc.sql
-- What: one car with its rates and rating.
-- Who: whoever sees it. Raises: UNAUTHENTICATED, FORBIDDEN, NOT_FOUND (absent, or hidden).
create or replace function public.get_car_rpc(car_id uuid, actor jsonb) returns jsonb
  language plpgsql volatile security definer
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  v_actor uuid := private.enter(get_car_rpc.actor, 'cars.get', false);
  v_car public.cars;
begin
  select c.* into v_car from public.cars as c where c.id = get_car_rpc.car_id;
  if not found then
    raise exception using errcode = 'FF404', message = 'NOT_FOUND', detail = jsonb_build_object('field', 'id');
  end if;
  return private.car_json(v_car);
end
$$;

comment on function public.get_car_rpc(uuid, jsonb) is 'One car with its rates and rating.';
alter function public.get_car_rpc(uuid, jsonb) owner to fleetflow_fn;
revoke all on function public.get_car_rpc(uuid, jsonb) from public;
grant execute on function public.get_car_rpc(uuid, jsonb) to fleetflow_api;
-- <<< sql/functions/get_car_rpc.sql

-- >>> sql/functions/get_fleet_rules_rpc.sql
-- What: the rules that bind the renters of a fleet (id or slug).
-- Who: any signed-in user who sees the fleet. Raises: UNAUTHENTICATED, FORBIDDEN, NOT_FOUND (fleet).
create or replace function public.get_fleet_rules_rpc(fleet text, actor jsonb) returns jsonb
  language plpgsql volatile security definer
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  v_actor uuid := private.enter(get_fleet_rules_rpc.actor, 'fleets.getRules', false);
  v_fleet uuid := private.find_fleet(get_fleet_rules_rpc.fleet);
begin
  return (select private.rules_json(f) from public.fleets as f where f.id = v_fleet);
end
$$;

comment on function public.get_fleet_rules_rpc(text, jsonb) is 'The rules of a fleet.';
alter function public.get_fleet_rules_rpc(text, jsonb) owner to fleetflow_fn;
revoke all on function public.get_fleet_rules_rpc(text, jsonb) from public;
grant execute on function public.get_fleet_rules_rpc(text, jsonb) to fleetflow_api;
-- <<< sql/functions/get_fleet_rules_rpc.sql

-- >>> sql/functions/get_me_rpc.sql
-- What: who the caller is and which fleets they work in; makes the user of an identity seen for the first time.
-- Who: any signed-in user. Raises: UNAUTHENTICATED, FORBIDDEN.
create or replace function public.get_me_rpc(actor jsonb) returns jsonb
  language plpgsql volatile security definer
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  v_actor uuid := private.enter(get_me_rpc.actor, 'me.get', true);
begin
  return (
    select jsonb_build_object('id', u.id, 'email', u.email, 'name', u.name, 'isAdmin', u.is_admin, 'fleets', (
             select coalesce(jsonb_agg(jsonb_build_object('id', f.id, 'slug', f.slug, 'name', f.name, 'role', m.role) order by f.slug), '[]')
               from public.fleet_members as m join public.fleets as f on f.id = m.fleet_id
              where m.user_id = v_actor))
      from public.users as u
     where u.id = v_actor);
end
$$;

comment on function public.get_me_rpc(jsonb) is 'Who the caller is.';
alter function public.get_me_rpc(jsonb) owner to fleetflow_fn;
revoke all on function public.get_me_rpc(jsonb) from public;
grant execute on function public.get_me_rpc(jsonb) to fleetflow_api;
-- <<< sql/functions/get_me_rpc.sql

-- >>> sql/functions/get_rate_plan_rpc.sql
-- What: a version of a rate plan, whether or not it is the newest, with the ids of all versions of that name.
-- Who: owners and managers of its fleet; administrators. Raises: UNAUTHENTICATED, NOT_FOUND (absent, or not one's own), FORBIDDEN (drivers).
create or replace function public.get_rate_plan_rpc(rate_plan_id uuid, actor jsonb) returns jsonb
  language plpgsql volatile security definer
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  v_actor uuid := private.enter(get_rate_plan_rpc.actor, 'ratePlans.get', false);
  v_plan public.rate_plans;
begin
  select p.* into v_plan from public.rate_plans as p
   where p.id = get_rate_plan_rpc.rate_plan_id
     and (p.fleet_id = any (array(select private.my_fleets())) or private.is_admin());
  if not found then
    raise exception using errcode = 'FF404', message = 'NOT_FOUND', detail = jsonb_build_object('field', 'id');
  end if;
  perform private.managed_fleet(v_plan.fleet_id::text, true);
  return private.rate_plan_json(v_plan) || jsonb_build_object('versions', (
    select jsonb_agg(jsonb_build_object('id', p.id, 'version', p.version, 'createdAt', private.iso(p.created_at)) order by p.version desc)
      from public.rate_plans as p where p.fleet_id = v_plan.fleet_id and p.name = v_plan.name));
end
$$;

comment on function public.get_rate_plan_rpc(uuid, jsonb) is 'A version of a rate plan.';
alter function public.get_rate_plan_rpc(uuid, jsonb) owner to fleetflow_fn;
revoke all on function public.get_rate_plan_rpc(uuid, jsonb) from public;
grant execute on function public.get_rate_plan_rpc(uuid, jsonb) to fleetflow_api;
-- <<< sql/functions/get_rate_plan_rpc.sql

-- >>> sql/functions/get_trip_rpc.sql
-- What: one trip, as time has left it, with its lines.
-- Who: its renter and its fleet's members. Raises: UNAUTHENTICATED, FORBIDDEN, NOT_FOUND (absent, or hidden).
create or replace function public.get_trip_rpc(trip_id uuid, actor jsonb) returns jsonb
  language plpgsql volatile security definer
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  v_actor uuid := private.enter(get_trip_rpc.actor, 'trips.get', false);
  v_answer jsonb;
begin
  -- One statement: between two, the trip and its lines could move to another car.
  select private.trip_json(private.settled(t)) || jsonb_build_object('lines', (
           select coalesce(jsonb_agg(jsonb_build_object('id', l.id, 'kind', l.kind, 'description', l.description, 'quantity', l.quantity,
                    'unitAmount', l.unit_amount, 'amount', l.amount, 'createdAt', private.iso(l.created_at)) order by l.id), '[]')
             from public.trip_lines as l
            where l.car_id = t.car_id and l.trip_id = t.id))
    into v_answer
    from public.trips as t where t.id = get_trip_rpc.trip_id;
  if not found then
    raise exception using errcode = 'FF404', message = 'NOT_FOUND', detail = jsonb_build_object('field', 'id');
  end if;
  return v_answer;
end
$$;

comment on function public.get_trip_rpc(uuid, jsonb) is 'One trip with its lines.';
alter function public.get_trip_rpc(uuid, jsonb) owner to fleetflow_fn;
revoke all on function public.get_trip_rpc(uuid, jsonb) from public;
grant execute on function public.get_trip_rpc(uuid, jsonb) to fleetflow_api;
-- <<< sql/functions/get_trip_rpc.sql

-- >>> sql/functions/hold_trip_rpc.sql
-- What: keeps a car for 1 to 30 minutes for somebody who is about to book it. One statement.
-- Who: any signed-in user for themselves, at most three at a time; owners and managers of the car's fleet for any renter.
-- Raises: UNAUTHENTICATED, FORBIDDEN. Answers perform's outcome of private.hold_trip.
create or replace function public.hold_trip_rpc(
  car_id uuid, user_id uuid, start_date timestamptz, end_date timestamptz, actor jsonb, minutes integer default 10,
  max_total bigint default null, quote_id uuid default null, extras jsonb default null, driver_id uuid default null,
  idempotency_key text default null, alternatives integer default 0
) returns jsonb
  language plpgsql volatile security definer
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  v_actor uuid := private.enter(hold_trip_rpc.actor, 'trips.hold', true);
begin
  return private.perform('trips.hold', v_actor, jsonb_build_object(
      'carId', hold_trip_rpc.car_id, 'userId', hold_trip_rpc.user_id,
      'startDate', hold_trip_rpc.start_date, 'endDate', hold_trip_rpc.end_date, 'minutes', coalesce(hold_trip_rpc.minutes, 10),
      'maxTotal', hold_trip_rpc.max_total, 'quoteId', hold_trip_rpc.quote_id, 'extras', hold_trip_rpc.extras,
      'driverId', hold_trip_rpc.driver_id, 'alternatives', coalesce(hold_trip_rpc.alternatives, 0)),
    hold_trip_rpc.idempotency_key);
end
$$;

comment on function public.hold_trip_rpc(uuid, uuid, timestamptz, timestamptz, jsonb, integer, bigint, uuid, jsonb, uuid, text, integer) is 'Keeps a car for somebody who is about to book it.';
alter function public.hold_trip_rpc(uuid, uuid, timestamptz, timestamptz, jsonb, integer, bigint, uuid, jsonb, uuid, text, integer) owner to fleetflow_fn;
revoke all on function public.hold_trip_rpc(uuid, uuid, timestamptz, timestamptz, jsonb, integer, bigint, uuid, jsonb, uuid, text, integer) from public;
grant execute on function public.hold_trip_rpc(uuid, uuid, timestamptz, timestamptz, jsonb, integer, bigint, uuid, jsonb, uuid, text, integer) to fleetflow_api;
-- <<< sql/functions/hold_trip_rpc.sql

-- >>> sql/functions/is_service_user.sql
-- What: whether a user is one by which an API key acts, living or ended: no person, so never an owner, never invited anywhere else.
-- Who: functions that change memberships. Runs as fleetflow_sys: people do not see each other, nor drivers and managers the keys.
create or replace function private.is_service_user(user_id uuid) returns boolean
  language sql stable security definer
  set search_path = pg_catalog, public, pg_temp
as $$
  select exists (select from public.api_keys as k where k.user_id = is_service_user.user_id)
$$;

comment on function private.is_service_user(uuid) is 'Whether a user is one by which an API key acts.';
alter function private.is_service_user(uuid) owner to fleetflow_sys;
revoke all on function private.is_service_user(uuid) from public;
grant execute on function private.is_service_user(uuid) to fleetflow_fn;
-- <<< sql/functions/is_service_user.sql

-- >>> sql/functions/key_fleet.sql
-- What: the one fleet that there is for the API key with which private.enter recognised the caller; NULL for people.
-- Who: policies and helpers that see across people. A setting that was never set is NULL, one that was set locally before is ''.
create or replace function private.key_fleet() returns uuid
  language sql stable parallel safe
  set search_path = pg_catalog, public, pg_temp
as $$
  select nullif(current_setting('fleetflow.fleet', true), '')::uuid
$$;

comment on function private.key_fleet() is 'The fleet of the acting API key, or NULL.';
revoke all on function private.key_fleet() from public;
grant execute on function private.key_fleet() to fleetflow_fn, fleetflow_sys;
-- <<< sql/functions/key_fleet.sql

-- >>> sql/functions/list_cars_rpc.sql
-- What: a page of cars, newest first: all that one may see, or with `fleet` (id or slug) that fleet's, optionally of one class (slug).
-- Who: any signed-in user. Raises: UNAUTHENTICATED, FORBIDDEN, NOT_FOUND (fleet), BAD_INPUT (limit, cursor).
-- Pages are read in the order of an index, also while statistics are old: a sort would read everything for each page.
create or replace function public.list_cars_rpc(
  actor jsonb, fleet text default null, car_class text default null, page_limit integer default 20, page_cursor text default null
) returns jsonb
  language plpgsql volatile security definer
  set search_path = pg_catalog, public, pg_temp
  set enable_sort = off
as $$
declare
  v_actor uuid := private.enter(list_cars_rpc.actor, 'cars.list', false);
  v_limit integer := private.page_limit(list_cars_rpc.page_limit);
  v_from record := private.decode_cursor(list_cars_rpc.page_cursor);
  v_fleet uuid;
  v_rows public.cars[];
begin
  if list_cars_rpc.fleet is not null then
    v_fleet := private.find_fleet(list_cars_rpc.fleet);
    v_rows := array(
      select c from public.cars as c
       where c.fleet_id = v_fleet and c.id < v_from.id
         and (list_cars_rpc.car_class is null or c.car_class_id in (
           select cc.id from public.car_classes as cc where cc.fleet_id = v_fleet and cc.slug = list_cars_rpc.car_class))
       order by c.id desc limit v_limit + 1);
  else
    v_rows := array(
      select c from public.cars as c
       where c.id < v_from.id
         and (list_cars_rpc.car_class is null or c.car_class_id in (
           select cc.id from public.car_classes as cc where cc.slug = list_cars_rpc.car_class))
       order by c.id desc limit v_limit + 1);
  end if;
  return jsonb_build_object(
    'items', (select coalesce(jsonb_agg(private.car_json(v_rows[i]) order by i), '[]')
                from generate_series(1, least(v_limit, cardinality(v_rows))) as i),
    'nextCursor', case when cardinality(v_rows) > v_limit then private.encode_cursor('epoch', v_rows[v_limit].id) end);
end
$$;

comment on function public.list_cars_rpc(jsonb, text, text, integer, text) is 'A page of cars, newest first.';
alter function public.list_cars_rpc(jsonb, text, text, integer, text) owner to fleetflow_fn;
revoke all on function public.list_cars_rpc(jsonb, text, text, integer, text) from public;
grant execute on function public.list_cars_rpc(jsonb, text, text, integer, text) to fleetflow_api;
-- <<< sql/functions/list_cars_rpc.sql

-- >>> sql/functions/list_rate_plans_rpc.sql
-- What: a page of a fleet's rate plans latest first, each in its newest version, with what it prices.
-- Who: owners and managers of the fleet; administrators. Raises: UNAUTHENTICATED, NOT_FOUND (fleet), FORBIDDEN, BAD_INPUT (limit, cursor).
create or replace function public.list_rate_plans_rpc(
  fleet text, actor jsonb, page_limit integer default 20, page_cursor text default null
) returns jsonb
  language plpgsql volatile security definer
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  v_actor uuid := private.enter(list_rate_plans_rpc.actor, 'ratePlans.list', false);
  v_fleet uuid := private.managed_fleet(list_rate_plans_rpc.fleet, true);
  v_limit integer := private.page_limit(list_rate_plans_rpc.page_limit);
  v_from record := private.decode_cursor(list_rate_plans_rpc.page_cursor);
  v_rows public.rate_plans[];
begin
  v_rows := array(
    select p from public.rate_plans as p
     where p.fleet_id = v_fleet and p.id < v_from.id
       and not exists (select from public.rate_plans as o where o.fleet_id = p.fleet_id and o.name = p.name and o.version > p.version)
     order by p.id desc limit v_limit + 1);
  return jsonb_build_object(
    'items', (select coalesce(jsonb_agg(private.rate_plan_json(v_rows[i]) order by i), '[]')
                from generate_series(1, least(v_limit, cardinality(v_rows))) as i),
    'nextCursor', case when cardinality(v_rows) > v_limit then private.encode_cursor('epoch', v_rows[v_limit].id) end);
end
$$;

comment on function public.list_rate_plans_rpc(text, jsonb, integer, text) is 'A page of a fleet''s rate plans.';
alter function public.list_rate_plans_rpc(text, jsonb, integer, text) owner to fleetflow_fn;
revoke all on function public.list_rate_plans_rpc(text, jsonb, integer, text) from public;
grant execute on function public.list_rate_plans_rpc(text, jsonb, integer, text) to fleetflow_api;
-- <<< sql/functions/list_rate_plans_rpc.sql

-- >>> sql/functions/list_reviews_rpc.sql
-- What: a page of a car's reviews, newest first.
-- Who: whoever sees the car. Raises: UNAUTHENTICATED, FORBIDDEN, NOT_FOUND (car), BAD_INPUT (limit, cursor).
-- Pages are read in the order of an index, also while statistics are old: a sort would read everything for each page.
create or replace function public.list_reviews_rpc(
  car_id uuid, actor jsonb, page_limit integer default 20, page_cursor text default null
) returns jsonb
  language plpgsql volatile security definer
  set search_path = pg_catalog, public, pg_temp
  set enable_sort = off
as $$
declare
  v_actor uuid := private.enter(list_reviews_rpc.actor, 'reviews.list', false);
  v_limit integer := private.page_limit(list_reviews_rpc.page_limit);
  v_from record := private.decode_cursor(list_reviews_rpc.page_cursor);
  v_rows public.reviews[];
begin
  if not exists (select from public.cars as c where c.id = list_reviews_rpc.car_id) then
    raise exception using errcode = 'FF404', message = 'NOT_FOUND', detail = jsonb_build_object('field', 'carId');
  end if;
  v_rows := array(
    select r from public.reviews as r
     where r.car_id = list_reviews_rpc.car_id and (r.created_at, r.id) < (v_from.instant, v_from.id)
     order by r.created_at desc, r.id desc limit v_limit + 1);
  return jsonb_build_object(
    'items', (select coalesce(jsonb_agg(private.review_json(v_rows[i]) order by i), '[]')
                from generate_series(1, least(v_limit, cardinality(v_rows))) as i),
    'nextCursor', case when cardinality(v_rows) > v_limit
      then private.encode_cursor(v_rows[v_limit].created_at, v_rows[v_limit].id) end);
end
$$;

comment on function public.list_reviews_rpc(uuid, jsonb, integer, text) is 'A page of a car''s reviews, newest first.';
alter function public.list_reviews_rpc(uuid, jsonb, integer, text) owner to fleetflow_fn;
revoke all on function public.list_reviews_rpc(uuid, jsonb, integer, text) from public;
grant execute on function public.list_reviews_rpc(uuid, jsonb, integer, text) to fleetflow_api;
-- <<< sql/functions/list_reviews_rpc.sql

-- >>> sql/functions/list_trip_history_rpc.sql
-- What: who changed what of a trip from what to what, oldest first: what the event log holds, and what is on its way there.
-- Who: the trip's renter and its fleet's members. Raises: UNAUTHENTICATED, FORBIDDEN, NOT_FOUND (absent, or hidden), BAD_INPUT (limit, cursor).
create or replace function public.list_trip_history_rpc(
  trip_id uuid, actor jsonb, page_limit integer default 20, page_cursor text default null
) returns jsonb
  language plpgsql volatile security definer
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  v_actor uuid := private.enter(list_trip_history_rpc.actor, 'trips.history', false);
  v_limit integer := private.page_limit(list_trip_history_rpc.page_limit);
  v_trip public.trips;
  v_page jsonb;
begin
  select t.* into v_trip from public.trips as t where t.id = list_trip_history_rpc.trip_id;
  if not found then
    raise exception using errcode = 'FF404', message = 'NOT_FOUND', detail = jsonb_build_object('field', 'id');
  end if;
  if list_trip_history_rpc.page_cursor is null or list_trip_history_rpc.page_cursor ~ '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$' then
    v_page := private.trip_history(v_trip.id, v_limit, list_trip_history_rpc.page_cursor::uuid,
      (private.is_admin() or v_trip.fleet_id in (select private.my_fleets())));
  end if;
  if v_page is null then
    raise exception using errcode = 'FF400', message = 'BAD_INPUT',
      detail = jsonb_build_object('field', 'cursor', 'reason', 'BAD_CURSOR');
  end if;
  return v_page;
end
$$;

comment on function public.list_trip_history_rpc(uuid, jsonb, integer, text) is 'Who changed what of a trip.';
alter function public.list_trip_history_rpc(uuid, jsonb, integer, text) owner to fleetflow_fn;
revoke all on function public.list_trip_history_rpc(uuid, jsonb, integer, text) from public;
grant execute on function public.list_trip_history_rpc(uuid, jsonb, integer, text) to fleetflow_api;
-- <<< sql/functions/list_trip_history_rpc.sql

-- >>> sql/functions/list_trips_rpc.sql
-- What: a page of trips as time has left them, latest start first: one's own, or with `fleet` (id or slug) that fleet's. Optionally of one car or one status.
-- Who: any signed-in user for their own, a fleet's members for the fleet's.
-- Raises: UNAUTHENTICATED, FORBIDDEN, NOT_FOUND (fleet hidden or not one's own), BAD_INPUT (limit, cursor).
create or replace function public.list_trips_rpc(
  actor jsonb, fleet text default null, car_id uuid default null, status text default null,
  page_limit integer default 20, page_cursor text default null
) returns jsonb
  language plpgsql volatile security definer
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  v_actor uuid := private.enter(list_trips_rpc.actor, 'trips.list', false);
  v_limit integer := private.page_limit(list_trips_rpc.page_limit);
  v_from record := private.decode_cursor(list_trips_rpc.page_cursor);
  v_fleet uuid;
  v_rows public.trips[];
begin
  if list_trips_rpc.fleet is not null then
    v_fleet := private.find_fleet(list_trips_rpc.fleet);
    if not (private.is_admin() or v_fleet in (select private.my_fleets())) then
      raise exception using errcode = 'FF404', message = 'NOT_FOUND', detail = jsonb_build_object('field', 'fleet');
    end if;
  end if;

  v_rows := case when list_trips_rpc.status is null
    then private.trips_page(v_fleet, v_actor, list_trips_rpc.car_id, v_from.instant, v_from.id, v_limit + 1)
    else private.trips_page_by_state(v_fleet, v_actor, list_trips_rpc.car_id, list_trips_rpc.status, v_from.instant, v_from.id, v_limit + 1) end;

  return jsonb_build_object(
    'items', (select coalesce(jsonb_agg(private.trip_json(private.settled(v_rows[i])) order by i), '[]')
                from generate_series(1, least(v_limit, cardinality(v_rows))) as i),
    'nextCursor', case when cardinality(v_rows) > v_limit
      then private.encode_cursor(v_rows[v_limit].trip_start_date, v_rows[v_limit].id) end);
end
$$;

comment on function public.list_trips_rpc(jsonb, text, uuid, text, integer, text) is 'A page of trips, latest start first.';
alter function public.list_trips_rpc(jsonb, text, uuid, text, integer, text) owner to fleetflow_fn;
revoke all on function public.list_trips_rpc(jsonb, text, uuid, text, integer, text) from public;
grant execute on function public.list_trips_rpc(jsonb, text, uuid, text, integer, text) to fleetflow_api;
-- <<< sql/functions/list_trips_rpc.sql

-- >>> sql/functions/list_windows_rpc.sql
-- What: the free windows of one car, or of a page of a fleet's cars (optionally of one class, by slug), newest car first, within a period:
--   opening hours less what blocks each car, its buffers taken off, so that any trip inside a window fits. `hours` false leaves the opening hours out.
--   For a fleet the period is at most 62 days.
-- Who: whoever sees the cars; to who does not manage the fleet windows begin in the future, after its notice. Nobody is told whose trips block.
-- Raises: UNAUTHENTICATED, FORBIDDEN, NOT_FOUND (carId, fleet), BAD_INPUT (carId, minMinutes, limit, cursor, period),
--   TOO_LONG (maxDays, limit in minutes, nearest).
create or replace function public.list_windows_rpc(
  start_date timestamptz, end_date timestamptz, actor jsonb, car_id uuid default null, fleet text default null, car_class text default null,
  min_minutes integer default 1, hours boolean default true, page_limit integer default 100, page_cursor text default null
) returns json
  language plpgsql volatile security definer
  set search_path = pg_catalog, public, pg_temp
  set enable_sort = off
  set enable_seqscan = off
as $$
declare
  v_actor uuid := private.enter(list_windows_rpc.actor, 'cars.windows', false);
  v_limit integer := coalesce(list_windows_rpc.page_limit, 100);
  v_minutes integer := coalesce(list_windows_rpc.min_minutes, 1);
  v_from record := private.decode_cursor(list_windows_rpc.page_cursor);
  v_fleet uuid;
  v_ids uuid[];
  v_next uuid;
begin
  perform private.check_period(list_windows_rpc.start_date, list_windows_rpc.end_date);
  if (list_windows_rpc.car_id is null) = (list_windows_rpc.fleet is null) then
    raise exception using errcode = 'FF400', message = 'BAD_INPUT', detail = jsonb_build_object('field', 'carId', 'reason', 'CAR_OR_FLEET');
  elsif v_limit not between 1 and 1000 then
    raise exception using errcode = 'FF400', message = 'BAD_INPUT', detail = jsonb_build_object('field', 'limit');
  elsif v_minutes not between 1 and 527040 then
    raise exception using errcode = 'FF400', message = 'BAD_INPUT', detail = jsonb_build_object('field', 'minMinutes');
  end if;
  if list_windows_rpc.car_id is not null then
    v_ids := array(select c.id from public.cars as c where c.id = list_windows_rpc.car_id and c.retired_at is null);
    if cardinality(v_ids) = 0 then
      raise exception using errcode = 'FF404', message = 'NOT_FOUND', detail = jsonb_build_object('field', 'carId');
    end if;
  else
    v_fleet := private.find_fleet(list_windows_rpc.fleet);
    if list_windows_rpc.end_date - list_windows_rpc.start_date > interval '1488 hours' then
      raise exception using errcode = 'FF102', message = 'TOO_LONG', detail = jsonb_build_object('field', 'endDate', 'maxDays', 62,
        'limit', 89280, 'nearest', private.iso(list_windows_rpc.start_date + interval '1488 hours'));
    end if;
    v_ids := array(
      select c.id from public.cars as c
       where c.fleet_id = v_fleet and c.id < v_from.id and c.retired_at is null
         and (list_windows_rpc.car_class is null or c.car_class_id in (
           select cc.id from public.car_classes as cc where cc.fleet_id = v_fleet and cc.slug = list_windows_rpc.car_class))
       order by c.id desc limit v_limit + 1);
    if cardinality(v_ids) > v_limit then
      v_next := v_ids[v_limit];
      v_ids := v_ids[1:v_limit];
    end if;
  end if;
  return json_build_object(
    'items', (select coalesce(json_agg(json_build_object('carId', w.car_id, 'windows', w.windows) order by w.car_id desc), '[]')
                from private.car_windows(v_ids, tstzrange(list_windows_rpc.start_date, list_windows_rpc.end_date, '[]'),
                  coalesce(list_windows_rpc.hours, true), v_minutes, v_actor,
                  array(select private.my_fleets('{owner,manager}'))) as w),
    'nextCursor', case when v_next is not null then private.encode_cursor('epoch', v_next) end);
end
$$;

comment on function public.list_windows_rpc(timestamptz, timestamptz, jsonb, uuid, text, text, integer, boolean, integer, text) is
  'The free windows of a car or of a fleet''s cars.';
alter function public.list_windows_rpc(timestamptz, timestamptz, jsonb, uuid, text, text, integer, boolean, integer, text) owner to fleetflow_fn;
revoke all on function public.list_windows_rpc(timestamptz, timestamptz, jsonb, uuid, text, text, integer, boolean, integer, text) from public;
grant execute on function public.list_windows_rpc(timestamptz, timestamptz, jsonb, uuid, text, text, integer, boolean, integer, text) to fleetflow_api;
-- <<< sql/functions/list_windows_rpc.sql

-- >>> sql/functions/modify_trip_rpc.sql
-- What: changes a trip's times, car, extras or driver. What is NULL stays as it is; `drop_driver` leaves the trip without a driver;
--   `reprice`, beside a car, charges what the new car's plan asks. A NULL version is not checked.
-- Who: the trip's renter (once the start has passed, only the end); owners and managers of its fleet, who alone give it another car.
-- Raises: UNAUTHENTICATED, FORBIDDEN. Answers perform's outcome of private.modify_trip.
create or replace function public.modify_trip_rpc(
  trip_id uuid, start_date timestamptz, end_date timestamptz, version integer, actor jsonb, car_id uuid default null,
  extras jsonb default null, driver_id uuid default null, drop_driver boolean default false, reprice boolean default false,
  idempotency_key text default null, dry_run boolean default false, alternatives integer default 0
) returns jsonb
  language plpgsql volatile security definer
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  v_actor uuid := private.enter(modify_trip_rpc.actor, 'trips.modify', true);
begin
  return private.perform('trips.modify', v_actor, jsonb_build_object(
      'id', modify_trip_rpc.trip_id, 'startDate', modify_trip_rpc.start_date, 'endDate', modify_trip_rpc.end_date, 'version', modify_trip_rpc.version,
      'carId', modify_trip_rpc.car_id, 'extras', modify_trip_rpc.extras, 'driverId', modify_trip_rpc.driver_id,
      'dropDriver', coalesce(modify_trip_rpc.drop_driver, false), 'reprice', coalesce(modify_trip_rpc.reprice, false),
      'alternatives', coalesce(modify_trip_rpc.alternatives, 0)),
    modify_trip_rpc.idempotency_key, modify_trip_rpc.dry_run);
end
$$;

comment on function public.modify_trip_rpc(uuid, timestamptz, timestamptz, integer, jsonb, uuid, jsonb, uuid, boolean, boolean, text, boolean, integer) is
  'Changes a trip''s times, car, extras or driver.';
alter function public.modify_trip_rpc(uuid, timestamptz, timestamptz, integer, jsonb, uuid, jsonb, uuid, boolean, boolean, text, boolean, integer) owner to fleetflow_fn;
revoke all on function public.modify_trip_rpc(uuid, timestamptz, timestamptz, integer, jsonb, uuid, jsonb, uuid, boolean, boolean, text, boolean, integer) from public;
grant execute on function public.modify_trip_rpc(uuid, timestamptz, timestamptz, integer, jsonb, uuid, jsonb, uuid, boolean, boolean, text, boolean, integer)
  to fleetflow_api;
-- <<< sql/functions/modify_trip_rpc.sql

-- >>> sql/functions/my_fleets.sql
-- What: the fleets in which the acting user has one of the roles; by an API key at most the key's fleet.
-- Who: policies and entry functions. Runs as fleetflow_sys because a policy on fleet_members that reads fleet_members recurses.
create or replace function private.my_fleets(roles text[] default '{owner,manager,driver}') returns setof uuid
  language sql stable security definer
  set search_path = pg_catalog, public, pg_temp
as $$
  select m.fleet_id
    from public.fleet_members as m
   where m.user_id = private.uid() and m.fleet_id = coalesce(private.key_fleet(), m.fleet_id) and m.role = any (my_fleets.roles)
$$;

comment on function private.my_fleets(text[]) is 'Fleets in which the acting user has one of the given roles.';
alter function private.my_fleets(text[]) owner to fleetflow_sys;
revoke all on function private.my_fleets(text[]) from public;
grant execute on function private.my_fleets(text[]) to fleetflow_fn;
-- <<< sql/functions/my_fleets.sql

-- >>> sql/functions/next_free_rpc.sql
-- What: the next starts at which a trip of so many minutes fits on a car, from now or from `not_before` on: {"nextFree", "nextStarts"}.
-- Who: whoever sees the car; who does not manage its fleet is told starts that its rules allow.
-- Raises: UNAUTHENTICATED, FORBIDDEN, NOT_FOUND (field id), BAD_INPUT (minutes, from).
create or replace function public.next_free_rpc(car_id uuid, minutes integer, actor jsonb, not_before timestamptz default null) returns jsonb
  language plpgsql volatile security definer
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  v_actor uuid := private.enter(next_free_rpc.actor, 'cars.nextFree', false);
  v_from timestamptz := coalesce(next_free_rpc.not_before, date_trunc('minute', now()) + interval '1 minute');
  v_car public.cars;
  v_starts timestamptz[];
begin
  select c.* into v_car from public.cars as c where c.id = next_free_rpc.car_id and c.retired_at is null;
  if not found then
    raise exception using errcode = 'FF404', message = 'NOT_FOUND', detail = jsonb_build_object('field', 'id');
  end if;
  if next_free_rpc.minutes is null or next_free_rpc.minutes not between 1 and 527040 then
    raise exception using errcode = 'FF400', message = 'BAD_INPUT', detail = jsonb_build_object('field', 'minutes');
  end if;
  if private.period_fault(v_from, v_from + make_interval(days => 1)) is not null then
    raise exception using errcode = 'FF400', message = 'BAD_INPUT', detail = jsonb_build_object('field', 'from');
  end if;
  v_starts := private.next_free(v_car, make_interval(mins => next_free_rpc.minutes), v_from,
    v_car.fleet_id not in (select private.my_fleets('{owner,manager}')), 5, v_actor);
  return jsonb_build_object('nextFree', private.iso(v_starts[1]),
    'nextStarts', (select coalesce(jsonb_agg(private.iso(s) order by s), '[]') from unnest(v_starts) as s));
end
$$;

comment on function public.next_free_rpc(uuid, integer, jsonb, timestamptz) is 'The next starts at which a trip of a length fits on a car.';
alter function public.next_free_rpc(uuid, integer, jsonb, timestamptz) owner to fleetflow_fn;
revoke all on function public.next_free_rpc(uuid, integer, jsonb, timestamptz) from public;
grant execute on function public.next_free_rpc(uuid, integer, jsonb, timestamptz) to fleetflow_api;
-- <<< sql/functions/next_free_rpc.sql

-- >>> sql/functions/no_show_trip_rpc.sql
-- What: says that the renter never came, from 30 minutes after the start, and frees the car.
-- Who: owners and managers of the trip's fleet.
-- Raises: UNAUTHENTICATED, FORBIDDEN. Answers perform's outcome of private.no_show_trip.
create or replace function public.no_show_trip_rpc(
  trip_id uuid, version integer, actor jsonb, idempotency_key text default null
) returns jsonb
  language plpgsql volatile security definer
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  v_actor uuid := private.enter(no_show_trip_rpc.actor, 'trips.noShow', true);
begin
  return private.perform('trips.noShow', v_actor, jsonb_build_object(
      'id', no_show_trip_rpc.trip_id, 'version', no_show_trip_rpc.version),
    no_show_trip_rpc.idempotency_key);
end
$$;

comment on function public.no_show_trip_rpc(uuid, integer, jsonb, text) is 'Says that a renter never came.';
alter function public.no_show_trip_rpc(uuid, integer, jsonb, text) owner to fleetflow_fn;
revoke all on function public.no_show_trip_rpc(uuid, integer, jsonb, text) from public;
grant execute on function public.no_show_trip_rpc(uuid, integer, jsonb, text) to fleetflow_api;
-- <<< sql/functions/no_show_trip_rpc.sql

-- >>> sql/functions/preview_rate_plan_rpc.sql
-- What: Says what a rental would cost by a tariff that is not stored. One statement.
-- Who: owners and managers of the fleet.
-- Raises: UNAUTHENTICATED, FORBIDDEN. Answers perform's outcome of private.preview_rate_plan.
create or replace function public.preview_rate_plan_rpc(
  fleet text, tariff jsonb, start_date timestamptz, end_date timestamptz, actor jsonb, extras jsonb default null,
  idempotency_key text default null
) returns jsonb
  language plpgsql volatile security definer
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  v_actor uuid := private.enter(preview_rate_plan_rpc.actor, 'ratePlans.preview', true);
begin
  return private.perform('ratePlans.preview', v_actor, jsonb_build_object(
      'fleet', preview_rate_plan_rpc.fleet,
      'tariff', preview_rate_plan_rpc.tariff,
      'startDate', preview_rate_plan_rpc.start_date,
      'endDate', preview_rate_plan_rpc.end_date,
      'extras', preview_rate_plan_rpc.extras),
    preview_rate_plan_rpc.idempotency_key);
end
$$;

comment on function public.preview_rate_plan_rpc(text, jsonb, timestamptz, timestamptz, jsonb, jsonb, text) is 'Says what a rental would cost by a tariff that is not stored.';
alter function public.preview_rate_plan_rpc(text, jsonb, timestamptz, timestamptz, jsonb, jsonb, text) owner to fleetflow_fn;
revoke all on function public.preview_rate_plan_rpc(text, jsonb, timestamptz, timestamptz, jsonb, jsonb, text) from public;
grant execute on function public.preview_rate_plan_rpc(text, jsonb, timestamptz, timestamptz, jsonb, jsonb, text) to fleetflow_api;
-- <<< sql/functions/preview_rate_plan_rpc.sql

-- >>> sql/functions/quote_trip_rpc.sql
-- What: promises the price of a rental for 15 minutes. One statement.
-- Who: any signed-in user for themselves; owners and managers of the car's fleet for any renter.
-- Raises: UNAUTHENTICATED, FORBIDDEN. Answers perform's outcome of private.quote_trip.
create or replace function public.quote_trip_rpc(
  car_id uuid, start_date timestamptz, end_date timestamptz, actor jsonb, extras jsonb default '[]', user_id uuid default null,
  preview boolean default false, idempotency_key text default null
) returns jsonb
  language plpgsql volatile security definer
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  v_actor uuid := private.enter(quote_trip_rpc.actor, 'trips.quote', true);
begin
  return private.perform('trips.quote', v_actor, jsonb_build_object(
      'carId', quote_trip_rpc.car_id, 'userId', quote_trip_rpc.user_id,
      'startDate', quote_trip_rpc.start_date, 'endDate', quote_trip_rpc.end_date,
      'extras', coalesce(quote_trip_rpc.extras, '[]'), 'preview', coalesce(quote_trip_rpc.preview, false)),
    quote_trip_rpc.idempotency_key);
end
$$;

comment on function public.quote_trip_rpc(uuid, timestamptz, timestamptz, jsonb, jsonb, uuid, boolean, text) is 'Promises the price of a rental for 15 minutes.';
alter function public.quote_trip_rpc(uuid, timestamptz, timestamptz, jsonb, jsonb, uuid, boolean, text) owner to fleetflow_fn;
revoke all on function public.quote_trip_rpc(uuid, timestamptz, timestamptz, jsonb, jsonb, uuid, boolean, text) from public;
grant execute on function public.quote_trip_rpc(uuid, timestamptz, timestamptz, jsonb, jsonb, uuid, boolean, text) to fleetflow_api;
-- <<< sql/functions/quote_trip_rpc.sql

-- >>> sql/functions/search_cars_rpc.sql
-- What: a page of cars that are free for a whole period, with their price for it: near a place, or without a place of a fleet or of all.
--   `rating_min` is in hundredths; `busy_too` lists cars that are taken as well, with their next free start.
-- Who: any signed-in user, cars that they may see and whose fleet's rules allow the period.
-- Raises: UNAUTHENTICATED, FORBIDDEN, NOT_FOUND (fleet), BAD_INPUT (lat, lng, radiusKm, sort, limit, cursor, period),
--   TOO_LONG (maxDays, limit, nearest), TOO_SOON (earliest).
create or replace function public.search_cars_rpc(
  start_date timestamptz, end_date timestamptz, actor jsonb, lat integer default null, lng integer default null, radius integer default 20000,
  fleet text default null, car_class text default null, seats integer default null, price_max bigint default null, currency text default null,
  rating_min integer default null, sort text default null, busy_too boolean default false, page_limit integer default 20, page_cursor text default null
) returns jsonb
  language plpgsql volatile security definer
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  v_actor uuid := private.enter(search_cars_rpc.actor, 'cars.search', false);
  v_limit integer := private.page_limit(search_cars_rpc.page_limit);
  v_sort text := coalesce(search_cars_rpc.sort, case when search_cars_rpc.lat is null then 'price' else 'distance' end);
  v_start jsonb := private.decode_search_cursor(search_cars_rpc.page_cursor, v_sort);
  v_radius integer := coalesce(search_cars_rpc.radius, 20000);
  -- An API key searches its fleet, whether or not it says so.
  v_named text := coalesce(search_cars_rpc.fleet, private.key_fleet()::text);
  v_fault text;
  v_fleet uuid;
  v_class uuid;
begin
  perform private.check_period(search_cars_rpc.start_date, search_cars_rpc.end_date);
  v_fault := case
    when search_cars_rpc.lat not between -90000000 and 90000000 or (search_cars_rpc.lat is null and search_cars_rpc.lng is not null) then 'lat'
    when search_cars_rpc.lng not between -180000000 and 180000000 or (search_cars_rpc.lng is null and search_cars_rpc.lat is not null) then 'lng'
    when v_radius not between 1 and 20100000 then 'radiusKm'
    when v_sort not in ('distance', 'price', 'rating') or (v_sort = 'distance' and search_cars_rpc.lat is null) then 'sort' end;
  if v_fault is not null then
    raise exception using errcode = 'FF400', message = 'BAD_INPUT',
      detail = jsonb_build_object('field', v_fault, 'reason', case when v_fault <> 'radiusKm' and search_cars_rpc.lat is null then 'PLACE_REQUIRED' else 'BAD_VALUE' end);
  end if;
  if search_cars_rpc.start_date < (v_start ->> 'asOf')::timestamptz and not exists (select private.my_fleets('{owner,manager}')) then
    raise exception using errcode = 'FF101', message = 'TOO_SOON',
      detail = jsonb_build_object('field', 'startDate', 'earliest', private.iso(date_trunc('minute', now()) + interval '1 minute'));
  end if;
  if v_named is not null then
    v_fleet := private.find_fleet(v_named);
    if search_cars_rpc.car_class is not null then
      select cc.id into v_class from public.car_classes as cc where cc.fleet_id = v_fleet and cc.slug = search_cars_rpc.car_class;
      v_class := coalesce(v_class, '00000000-0000-0000-0000-000000000000');
    end if;
  end if;
  return private.search_page(jsonb_build_object(
      'lat', search_cars_rpc.lat, 'lng', search_cars_rpc.lng, 'radius', v_radius, 'fleetId', v_fleet, 'classId', v_class,
      'carClass', search_cars_rpc.car_class, 'seats', search_cars_rpc.seats, 'rating', search_cars_rpc.rating_min,
      'maxPrice', search_cars_rpc.price_max, 'currency', search_cars_rpc.currency, 'busyToo', search_cars_rpc.busy_too),
    search_cars_rpc.start_date, search_cars_rpc.end_date, v_actor, v_sort, v_start, v_limit);
end
$$;

comment on function public.search_cars_rpc(timestamptz, timestamptz, jsonb, integer, integer, integer, text, text, integer, bigint, text, integer, text, boolean, integer, text) is
  'A page of cars that are free for a whole period.';
alter function public.search_cars_rpc(timestamptz, timestamptz, jsonb, integer, integer, integer, text, text, integer, bigint, text, integer, text, boolean, integer, text) owner to fleetflow_fn;
revoke all on function public.search_cars_rpc(timestamptz, timestamptz, jsonb, integer, integer, integer, text, text, integer, bigint, text, integer, text, boolean, integer, text) from public;
grant execute on function public.search_cars_rpc(timestamptz, timestamptz, jsonb, integer, integer, integer, text, text, integer, bigint, text, integer, text, boolean, integer, text) to fleetflow_api;
-- <<< sql/functions/search_cars_rpc.sql

-- >>> sql/functions/set_fleet_rules_rpc.sql
-- What: sets the rules of a fleet for bookings to come. One statement. Rules that are absent stay, null takes one away.
-- Who: owners and managers of the fleet.
-- Raises: UNAUTHENTICATED, FORBIDDEN. Answers perform's outcome of private.set_fleet_rules.
create or replace function public.set_fleet_rules_rpc(
  fleet text, rules jsonb, actor jsonb, version integer default null, idempotency_key text default null
) returns jsonb
  language plpgsql volatile security definer
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  v_actor uuid := private.enter(set_fleet_rules_rpc.actor, 'fleets.setRules', true);
begin
  return private.perform('fleets.setRules', v_actor, jsonb_build_object(
      'fleet', set_fleet_rules_rpc.fleet, 'rules', set_fleet_rules_rpc.rules, 'version', set_fleet_rules_rpc.version),
    set_fleet_rules_rpc.idempotency_key);
end
$$;

comment on function public.set_fleet_rules_rpc(text, jsonb, jsonb, integer, text) is 'Sets the rules of a fleet.';
alter function public.set_fleet_rules_rpc(text, jsonb, jsonb, integer, text) owner to fleetflow_fn;
revoke all on function public.set_fleet_rules_rpc(text, jsonb, jsonb, integer, text) from public;
grant execute on function public.set_fleet_rules_rpc(text, jsonb, jsonb, integer, text) to fleetflow_api;
-- <<< sql/functions/set_fleet_rules_rpc.sql

-- >>> sql/functions/start_trip_rpc.sql
-- What: hands the car of a trip over, from 30 minutes before its start.
-- Who: the trip's renter, and every member of its fleet.
-- Raises: UNAUTHENTICATED, FORBIDDEN. Answers perform's outcome of private.start_trip.
create or replace function public.start_trip_rpc(
  trip_id uuid, odometer integer, fuel integer, version integer, actor jsonb, idempotency_key text default null
) returns jsonb
  language plpgsql volatile security definer
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  v_actor uuid := private.enter(start_trip_rpc.actor, 'trips.start', true);
begin
  return private.perform('trips.start', v_actor, jsonb_build_object(
      'id', start_trip_rpc.trip_id, 'odometer', start_trip_rpc.odometer, 'fuel', start_trip_rpc.fuel,
      'version', start_trip_rpc.version),
    start_trip_rpc.idempotency_key);
end
$$;

comment on function public.start_trip_rpc(uuid, integer, integer, integer, jsonb, text) is 'Hands the car of a trip over.';
alter function public.start_trip_rpc(uuid, integer, integer, integer, jsonb, text) owner to fleetflow_fn;
revoke all on function public.start_trip_rpc(uuid, integer, integer, integer, jsonb, text) from public;
grant execute on function public.start_trip_rpc(uuid, integer, integer, integer, jsonb, text) to fleetflow_api;
-- <<< sql/functions/start_trip_rpc.sql

-- >>> sql/functions/swap_trips_rpc.sql
-- What: lets two confirmed trips of a fleet change cars. NULL versions are not checked.
-- Who: owners and managers of the fleet.
-- Raises: UNAUTHENTICATED, FORBIDDEN. Answers perform's outcome of private.swap_trips.
create or replace function public.swap_trips_rpc(
  trip_id uuid, other_trip_id uuid, version integer, other_version integer, actor jsonb, idempotency_key text default null,
  dry_run boolean default false
) returns jsonb
  language plpgsql volatile security definer
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  v_actor uuid := private.enter(swap_trips_rpc.actor, 'trips.swap', true);
begin
  return private.perform('trips.swap', v_actor, jsonb_build_object(
      'id', swap_trips_rpc.trip_id, 'otherId', swap_trips_rpc.other_trip_id,
      'version', swap_trips_rpc.version, 'otherVersion', swap_trips_rpc.other_version),
    swap_trips_rpc.idempotency_key, swap_trips_rpc.dry_run);
end
$$;

comment on function public.swap_trips_rpc(uuid, uuid, integer, integer, jsonb, text, boolean) is 'Lets two trips change cars.';
alter function public.swap_trips_rpc(uuid, uuid, integer, integer, jsonb, text, boolean) owner to fleetflow_fn;
revoke all on function public.swap_trips_rpc(uuid, uuid, integer, integer, jsonb, text, boolean) from public;
grant execute on function public.swap_trips_rpc(uuid, uuid, integer, integer, jsonb, text, boolean) to fleetflow_api;
-- <<< sql/functions/swap_trips_rpc.sql

-- >>> sql/functions/use_api_key.sql
-- What: the live key with this hash (SHA-256 in hex): neither revoked nor expired, its service user a member of its fleet and not suspended.
--   Notes that it was used, at most once a minute and without ever waiting: calls of one key must not queue behind each other.
-- Who: private.enter, as fleetflow_sys. Raises: UNAUTHENTICATED, FORBIDDEN (a procedure that the key is not for).
-- Locks: the key's row, where nobody else has it.
create or replace function private.use_api_key(key_hash text, procedure text) returns public.api_keys
  language plpgsql volatile
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  c_noted constant interval := '1 minute';
  v_key public.api_keys;
begin
  if use_api_key.key_hash ~ '^[0-9a-f]{64}$' then
    select k.* into v_key
      from public.api_keys as k
      join public.users as u on u.id = k.user_id and u.suspended_at is null
      join public.fleet_members as m on m.fleet_id = k.fleet_id and m.user_id = k.user_id
     where k.key_hash = decode(use_api_key.key_hash, 'hex') and k.revoked_at is null and k.expires_at > now();
  end if;
  if v_key.id is null then
    raise exception using errcode = 'FF401', message = 'UNAUTHENTICATED';
  end if;
  if use_api_key.procedure <> all (v_key.procedures) then
    raise exception using errcode = 'FF403', message = 'FORBIDDEN';
  end if;
  if v_key.last_used_at is null or v_key.last_used_at < now() - c_noted then
    update public.api_keys as k
       set last_used_at = now()
     where k.id = (
       select l.id from public.api_keys as l
        where l.id = v_key.id and l.last_used_at is not distinct from v_key.last_used_at for no key update skip locked);
  end if;
  return v_key;
end
$$;

comment on function private.use_api_key(text, text) is 'The live key with this hash.';
revoke all on function private.use_api_key(text, text) from public;
grant execute on function private.use_api_key(text, text) to fleetflow_sys;
-- <<< sql/functions/use_api_key.sql

-- >>> sql/policies/api_keys.sql
-- A fleet's keys are listed by its owners and by administrators; never by a key.
alter table public.api_keys enable row level security;
alter table public.api_keys force row level security;

drop policy if exists api_keys_sys on public.api_keys;
create policy api_keys_sys on public.api_keys to fleetflow_sys using (true) with check (true);

drop policy if exists api_keys_read on public.api_keys;
create policy api_keys_read on public.api_keys for select to fleetflow_fn
  using ((select private.key_fleet()) is null
    and (fleet_id = any (array(select private.my_fleets('{owner}'))) or (select private.is_admin())));
-- <<< sql/policies/api_keys.sql

-- >>> sql/policies/fleets.sql
-- Public fleets are seen by every signed-in user, the others by their members; owners and managers set their rules.
-- For an API key there is no fleet but its own.
alter table public.fleets enable row level security;
alter table public.fleets force row level security;

drop policy if exists fleets_sys on public.fleets;
create policy fleets_sys on public.fleets to fleetflow_sys using (true) with check (true);

drop policy if exists fleets_read on public.fleets;
create policy fleets_read on public.fleets for select to fleetflow_fn
  using (id = coalesce((select private.key_fleet()), id)
    and ((visibility = 'public' and (select private.uid()) is not null)
      or id = any (array(select private.my_fleets()))
      or (select private.is_admin())));

drop policy if exists fleets_change on public.fleets;
create policy fleets_change on public.fleets for update to fleetflow_fn
  using (id = any (array(select private.my_fleets('{owner,manager}'))))
  with check (id = any (array(select private.my_fleets('{owner,manager}'))));
-- <<< sql/policies/fleets.sql

-- >>> sql/policies/quotes.sql
-- A quote is seen and used by the renter it was made for, and by owners and managers of the fleet.
alter table public.quotes enable row level security;
alter table public.quotes force row level security;

drop policy if exists quotes_sys on public.quotes;
create policy quotes_sys on public.quotes to fleetflow_sys using (true) with check (true);

drop policy if exists quotes_own on public.quotes;
create policy quotes_own on public.quotes to fleetflow_fn
  using ((user_id = (select private.uid()) and fleet_id = coalesce((select private.key_fleet()), fleet_id)) or fleet_id = any (array(select private.my_fleets('{owner,manager}'))))
  with check ((user_id = (select private.uid()) and fleet_id = coalesce((select private.key_fleet()), fleet_id)) or fleet_id = any (array(select private.my_fleets('{owner,manager}'))));
-- <<< sql/policies/quotes.sql

-- >>> sql/policies/reviews.sql
-- Who sees a car sees its reviews, and an author their own (an API key only those of cars that it sees); a renter reviews a completed rental of their own.
alter table public.reviews enable row level security;
alter table public.reviews force row level security;

drop policy if exists reviews_sys on public.reviews;
create policy reviews_sys on public.reviews to fleetflow_sys using (true) with check (true);

drop policy if exists reviews_read on public.reviews;
create policy reviews_read on public.reviews for select to fleetflow_fn
  using ((author_id = (select private.uid()) and (select private.key_fleet()) is null) or exists (select from public.cars as c where c.id = reviews.car_id));

drop policy if exists reviews_write on public.reviews;
create policy reviews_write on public.reviews for insert to fleetflow_fn
  with check (author_id = (select private.uid()) and exists (
    select from public.trips as t
     where t.car_id = reviews.car_id and t.id = reviews.trip_id and t.booked_by_id = (select private.uid())
       and t.purpose = 'rental' and t.status = 'completed'));
-- <<< sql/policies/reviews.sql

-- >>> sql/policies/trips.sql
-- A trip is seen by its renter and its fleet's members; written by its renter and by owners and managers, and by drivers where they hand the
-- car over or take it back. What an API key booked is seen by it in its fleet alone.
alter table public.trips enable row level security;
alter table public.trips force row level security;

drop policy if exists trips_sys on public.trips;
create policy trips_sys on public.trips to fleetflow_sys using (true) with check (true);

drop policy if exists trips_read on public.trips;
create policy trips_read on public.trips for select to fleetflow_fn
  using ((booked_by_id = (select private.uid()) and fleet_id = coalesce((select private.key_fleet()), fleet_id))
    or fleet_id = any (array(select private.my_fleets()))
    or (select private.is_admin()));

drop policy if exists trips_book on public.trips;
create policy trips_book on public.trips for insert to fleetflow_fn
  with check ((booked_by_id = (select private.uid()) and fleet_id = coalesce((select private.key_fleet()), fleet_id) and purpose = 'rental')
    or fleet_id = any (array(select private.my_fleets('{owner,manager}'))));

drop policy if exists trips_change on public.trips;
create policy trips_change on public.trips for update to fleetflow_fn
  using ((booked_by_id = (select private.uid()) and fleet_id = coalesce((select private.key_fleet()), fleet_id) and purpose = 'rental')
    or fleet_id = any (array(select private.my_fleets('{owner,manager}')))
    or ((select current_setting('fleetflow.operation', true)) in ('trips.start', 'trips.complete') and fleet_id = any (array(select private.my_fleets()))))
  with check ((booked_by_id = (select private.uid()) and fleet_id = coalesce((select private.key_fleet()), fleet_id) and purpose = 'rental')
    or fleet_id = any (array(select private.my_fleets('{owner,manager}')))
    or ((select current_setting('fleetflow.operation', true)) in ('trips.start', 'trips.complete') and fleet_id = any (array(select private.my_fleets()))));
-- <<< sql/policies/trips.sql

-- >>> sql/grants/tables.sql
-- What the two function roles may touch. The API role gets no table at all.
-- fleetflow_sys sees across people but may not update a trip's car (private.move_trips deletes and inserts); fleetflow_fn is bound by people's policies
-- and may not write `total_cost`, which only the trigger on trip_lines moves.
-- Tables are named: whatever else lives in `public` (views of extensions, other people's tables) is not ours to grant.
revoke all on public.users, public.user_identities, public.fleets, public.fleet_members, public.car_classes, public.rate_plans, public.cars,
  public.trips, public.trip_lines, public.trip_transitions, public.reviews, public.placement, public.idempotency_keys,
  public.rate_plan_seasons, public.quotes, public.driver_assignments, public.outbox, public.event_log, public.event_relay,
  public.api_keys
  from fleetflow_fn, fleetflow_sys, fleetflow_api;

grant select on public.users, public.user_identities, public.fleets, public.fleet_members, public.car_classes,
  public.rate_plans, public.cars, public.trips, public.trip_lines, public.trip_transitions, public.reviews, public.placement,
  public.idempotency_keys, public.outbox, public.event_log, public.event_relay to fleetflow_sys;
grant insert on public.event_log to fleetflow_sys;
grant insert, delete on public.outbox to fleetflow_sys;
grant update (after) on public.outbox to fleetflow_sys;
grant update (last_pos, moved_at) on public.event_relay to fleetflow_sys;
-- To lock the keys that are to be forgotten.
grant update (outcome) on public.idempotency_keys to fleetflow_sys;
grant insert on public.users, public.user_identities, public.fleets, public.fleet_members, public.car_classes,
  public.rate_plans, public.cars, public.trips, public.trip_lines, public.reviews to fleetflow_sys;
grant update on public.users, public.fleets, public.fleet_members, public.car_classes, public.cars to fleetflow_sys;
grant update (rating, comment, updated_at) on public.reviews to fleetflow_sys;
grant delete on public.users, public.fleet_members, public.trips, public.trip_lines, public.reviews, public.idempotency_keys to fleetflow_sys;
grant update (status, trip_start_date, trip_end_date, started_at, returned_at, blocked, cut, at_risk, total_cost, cancel_reason, driver_id,
  odometer_start, odometer_end, fuel_start, fuel_end) on public.trips to fleetflow_sys;

grant select on public.users, public.fleets, public.fleet_members, public.car_classes, public.rate_plans, public.cars,
  public.trips, public.trip_lines, public.trip_transitions, public.reviews to fleetflow_fn;
grant insert (car_id, id, fleet_id, booked_by_id, purpose, status, trip_start_date, trip_end_date, prep_minutes,
  turnaround_minutes, back_to_back, blocked, currency, rate_plan_id, pricing, hold_expires_at, respond_by, pinned, driver_id,
  series_id, extras, policy, note, near_lat_microdegrees, near_lng_microdegrees, near_metres) on public.trips to fleetflow_fn;
grant update (status, trip_start_date, trip_end_date, started_at, returned_at, blocked, cut, at_risk, cancel_reason, currency, rate_plan_id,
  pricing, hold_expires_at, respond_by, pinned, driver_id, series_id, extras, policy, odometer_start, odometer_end, fuel_start, fuel_end, note)
  on public.trips to fleetflow_fn;
grant update (opening_hours, closed_days, min_minutes, max_minutes, notice_minutes, horizon_days, max_open_trips, cancellation_policy, rules_version)
  on public.fleets to fleetflow_fn;
grant insert on public.trip_lines to fleetflow_fn;
grant insert (car_id, id, trip_id, author_id, rating, comment) on public.reviews to fleetflow_fn;
grant select, insert, update on public.idempotency_keys to fleetflow_fn;

grant select, insert on public.rate_plan_seasons to fleetflow_fn, fleetflow_sys;
grant insert (id, fleet_id, name, version, currency, day_rate, hour_rate, minimum_charge, rules) on public.rate_plans to fleetflow_fn;
grant select, insert, delete on public.quotes to fleetflow_sys;
grant select, insert, update (used_at, trip_id) on public.quotes to fleetflow_fn;

-- Who drives when: written by private.assign_driver alone.
grant select, insert, delete on public.driver_assignments to fleetflow_sys;
-- A row is locked only by who may update it.
grant update (expires_at) on public.driver_assignments to fleetflow_sys;

-- A key's hash is looked up by private.use_api_key alone, which also writes when the key was used last; it is no column that a list could read.
grant select, insert on public.api_keys to fleetflow_sys;
grant update (last_used_at, revoked_at) on public.api_keys to fleetflow_sys;
grant select (id, fleet_id, user_id, name, procedures, hint, expires_at, revoked_at, last_used_at, created_by, created_at) on public.api_keys to fleetflow_fn;
-- <<< sql/grants/tables.sql

-- >>> sql/data/placement.sql
-- Where each table will live on a distributed PostgreSQL: sharded by its car, copied everywhere, or on one node.
insert into public.placement (name, kind, shard_column, colocated_with) values
  ('public.users', 'reference', null, null),
  ('public.user_identities', 'reference', null, null),
  ('public.fleets', 'reference', null, null),
  ('public.fleet_members', 'reference', null, null),
  ('public.api_keys', 'reference', null, null),
  ('public.car_classes', 'reference', null, null),
  ('public.rate_plans', 'reference', null, null),
  ('public.rate_plan_seasons', 'reference', null, null),
  ('public.trip_transitions', 'reference', null, null),
  ('public.cars', 'shard', 'id', null),
  ('public.trips', 'shard', 'car_id', 'public.cars'),
  ('public.quotes', 'shard', 'car_id', 'public.cars'),
  ('public.trip_lines', 'shard', 'car_id', 'public.cars'),
  ('public.reviews', 'shard', 'car_id', 'public.cars'),
  ('public.driver_assignments', 'shard', 'driver_id', null),
  ('public.outbox', 'shard', 'car_id', 'public.cars'),
  ('public.event_log', 'local', null, null),
  ('public.event_relay', 'local', null, null),
  ('public.idempotency_keys', 'local', null, null),
  ('public.placement', 'local', null, null),
  ('private.migrations', 'local', null, null)
on conflict (name) do update
  set kind = excluded.kind, shard_column = excluded.shard_column, colocated_with = excluded.colocated_with;
-- <<< sql/data/placement.sql

