drop function if exists public.cancel_trip_rpc(uuid, text, integer, jsonb);
drop function if exists public.create_review_rpc(uuid, integer, text, jsonb);
drop function if exists public.create_trip_rpc(uuid, uuid, timestamptz, timestamptz, jsonb, text, bigint);
drop function if exists public.modify_trip_rpc(uuid, timestamptz, timestamptz, integer, jsonb);

CREATE TABLE "idempotency_keys" (
	"user_id" uuid NOT NULL,
	"operation" text NOT NULL,
	"key" text NOT NULL,
	"input_hash" "bytea" NOT NULL,
	"outcome" jsonb,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "idempotency_keys_pkey" PRIMARY KEY("user_id","operation","key"),
	CONSTRAINT "idempotency_keys_key_length" CHECK (length("idempotency_keys"."key") between 1 and 255),
	CONSTRAINT "idempotency_keys_hash_length" CHECK (length("idempotency_keys"."input_hash") = 32)
);

ALTER TABLE "cars" ADD COLUMN "instant_booking" boolean DEFAULT true NOT NULL;
ALTER TABLE "cars" ADD COLUMN "odometer" integer;
ALTER TABLE "fleets" ADD COLUMN "opening_hours" jsonb;
ALTER TABLE "fleets" ADD COLUMN "closed_days" date[] DEFAULT '{}' NOT NULL;
ALTER TABLE "fleets" ADD COLUMN "min_minutes" integer;
ALTER TABLE "fleets" ADD COLUMN "max_minutes" integer;
ALTER TABLE "fleets" ADD COLUMN "notice_minutes" integer DEFAULT 0 NOT NULL;
ALTER TABLE "fleets" ADD COLUMN "horizon_days" integer;
ALTER TABLE "fleets" ADD COLUMN "max_open_trips" integer;
ALTER TABLE "fleets" ADD COLUMN "cancellation_policy" jsonb;
ALTER TABLE "trips" ADD COLUMN "started_at" timestamp with time zone;
ALTER TABLE "trips" ADD COLUMN "hold_expires_at" timestamp with time zone;
ALTER TABLE "trips" ADD COLUMN "respond_by" timestamp with time zone;
ALTER TABLE "trips" ADD COLUMN "at_risk" boolean DEFAULT false NOT NULL;
ALTER TABLE "trips" ADD COLUMN "pinned" boolean DEFAULT true NOT NULL;
ALTER TABLE "trips" ADD COLUMN "driver_id" uuid;
ALTER TABLE "trips" ADD COLUMN "series_id" uuid;
ALTER TABLE "trips" ADD COLUMN "extras" jsonb DEFAULT '[]'::jsonb NOT NULL;
ALTER TABLE "trips" ADD COLUMN "pricing" jsonb;
ALTER TABLE "trips" ADD COLUMN "policy" jsonb;
ALTER TABLE "trips" ADD COLUMN "odometer_start" integer;
ALTER TABLE "trips" ADD COLUMN "odometer_end" integer;
ALTER TABLE "trips" ADD COLUMN "fuel_start" integer;
ALTER TABLE "trips" ADD COLUMN "fuel_end" integer;
ALTER TABLE "trips" ADD COLUMN "note" text;
ALTER TABLE "idempotency_keys" ADD CONSTRAINT "idempotency_keys_user_id_fkey" FOREIGN KEY ("user_id") REFERENCES "public"."users"("id") ON DELETE cascade ON UPDATE no action;
CREATE INDEX "idempotency_keys_created_at_idx" ON "idempotency_keys" USING btree ("created_at");
ALTER TABLE "trips" ADD CONSTRAINT "trips_driver_id_fkey" FOREIGN KEY ("driver_id") REFERENCES "public"."users"("id") ON DELETE restrict ON UPDATE no action;
CREATE INDEX "trips_driver_id_idx" ON "trips" USING btree ("driver_id") WHERE "trips"."driver_id" is not null;
ALTER TABLE "cars" ADD CONSTRAINT "cars_odometer_positive" CHECK ("cars"."odometer" >= 0);
ALTER TABLE "fleets" ADD CONSTRAINT "fleets_lengths_bounded" CHECK ("fleets"."min_minutes" between 1 and 527040 and "fleets"."max_minutes" between coalesce("fleets"."min_minutes", 1) and 527040);
ALTER TABLE "fleets" ADD CONSTRAINT "fleets_notice_bounded" CHECK ("fleets"."notice_minutes" between 0 and 527040);
ALTER TABLE "fleets" ADD CONSTRAINT "fleets_horizon_bounded" CHECK ("fleets"."horizon_days" between 1 and 3660);
ALTER TABLE "fleets" ADD CONSTRAINT "fleets_quota_bounded" CHECK ("fleets"."max_open_trips" between 1 and 10000);
ALTER TABLE "trips" ADD CONSTRAINT "trips_held_until" CHECK ("trips"."status" <> 'held' or ("trips"."hold_expires_at" is not null and isfinite("trips"."hold_expires_at")));
ALTER TABLE "trips" ADD CONSTRAINT "trips_requested_until" CHECK ("trips"."status" <> 'requested' or ("trips"."respond_by" is not null and isfinite("trips"."respond_by")));
ALTER TABLE "trips" ADD CONSTRAINT "trips_odometer_forward" CHECK ("trips"."odometer_start" >= 0 and "trips"."odometer_end" >= coalesce("trips"."odometer_start", 0));
ALTER TABLE "trips" ADD CONSTRAINT "trips_fuel_percent" CHECK ("trips"."fuel_start" between 0 and 100 and "trips"."fuel_end" between 0 and 100);
ALTER TABLE "trips" ADD CONSTRAINT "trips_note_length" CHECK (length("trips"."note") between 1 and 1000);
-- >>> sql/functions/add_lines.sql
-- What: adds lines to a trip's price, in the order given; its total follows by trigger. Lines of nothing are left out.
-- Who: every function that books, moves, ends or cancels a trip.
create or replace function private.add_lines(car_id uuid, trip_id uuid, lines jsonb) returns void
  language sql volatile
  set search_path = pg_catalog, public, pg_temp
as $$
  insert into public.trip_lines (car_id, trip_id, id, kind, description, quantity, unit_amount, amount)
  select add_lines.car_id, add_lines.trip_id, private.uuid_v7(), l.line ->> 'kind', l.line ->> 'description',
         (l.line ->> 'quantity')::integer, (l.line ->> 'unitAmount')::bigint, (l.line ->> 'amount')::bigint
    from jsonb_array_elements(add_lines.lines) with ordinality as l (line, place)
   order by l.place
$$;

comment on function private.add_lines(uuid, uuid, jsonb) is 'Adds lines to a trip''s price.';
revoke all on function private.add_lines(uuid, uuid, jsonb) from public;
grant execute on function private.add_lines(uuid, uuid, jsonb) to fleetflow_fn, fleetflow_sys;
-- <<< sql/functions/add_lines.sql

-- >>> sql/functions/book_trip.sql
-- What: stores a trip and the lines of its price; NULL when another trip has the car in that period. The only place that does.
--   `priced` is what private.price_trip answered, NULL for what is no rental.
--   `terms` may hold holdExpiresAt, respondBy, pinned, driverId, seriesId, extras, policy and note.
-- Who: every function that books. The constraint decides; a lock on the car only makes callers queue instead of deadlock.
create or replace function private.book_trip(
  car public.cars, renter uuid, purpose text, status text, starts timestamptz, ends timestamptz, priced jsonb, terms jsonb default '{}'
) returns public.trips
  language plpgsql volatile
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  v_trip public.trips;
begin
  insert into public.trips as t (car_id, id, fleet_id, booked_by_id, purpose, status, trip_start_date, trip_end_date,
    prep_minutes, turnaround_minutes, back_to_back, blocked, currency, rate_plan_id, pricing,
    hold_expires_at, respond_by, pinned, driver_id, series_id, extras, policy, note)
  values (car.id, private.uuid_v7(), car.fleet_id, book_trip.renter, book_trip.purpose, book_trip.status,
    book_trip.starts, book_trip.ends, car.prep_minutes, car.turnaround_minutes, car.back_to_back,
    private.blocked_range(book_trip.starts, book_trip.ends, car.prep_minutes, car.turnaround_minutes, car.back_to_back),
    coalesce(priced ->> 'currency', (select f.currency from public.fleets as f where f.id = car.fleet_id)),
    (priced ->> 'ratePlanId')::uuid, priced -> 'pricing',
    (terms ->> 'holdExpiresAt')::timestamptz, (terms ->> 'respondBy')::timestamptz, coalesce((terms ->> 'pinned')::boolean, true),
    (terms ->> 'driverId')::uuid, (terms ->> 'seriesId')::uuid, coalesce(terms -> 'extras', '[]'), terms -> 'policy', terms ->> 'note')
  on conflict on constraint prevent_overlap do nothing
  returning t.* into v_trip;
  if not found then
    return null;
  end if;
  if priced is not null then
    perform private.add_lines(v_trip.car_id, v_trip.id, priced -> 'lines');
  end if;
  select t.* into v_trip from public.trips as t where t.car_id = v_trip.car_id and t.id = v_trip.id;
  return v_trip;
end
$$;

comment on function private.book_trip(public.cars, uuid, text, text, timestamptz, timestamptz, jsonb, jsonb) is
  'Stores a trip and the lines of its price.';
revoke all on function private.book_trip(public.cars, uuid, text, text, timestamptz, timestamptz, jsonb, jsonb) from public;
grant execute on function private.book_trip(public.cars, uuid, text, text, timestamptz, timestamptz, jsonb, jsonb) to fleetflow_fn;
-- <<< sql/functions/book_trip.sql

-- >>> sql/functions/cancel_trip.sql
-- What: cancels a trip that has not begun, frees its car at once and gives back what the trip cost as a new line.
-- Who: perform, for cancel_trip_rpc. Input: id, reason, version.
-- Raises: NOT_FOUND, FORBIDDEN, VERSION_MISMATCH (version), INVALID_STATE (from, operation, allowed),
--   REASON_REQUIRED, BAD_INPUT. Locks: the car, then the trip.
create or replace function private.cancel_trip(actor uuid, input jsonb) returns jsonb
  language plpgsql volatile
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  v_trip public.trips := private.find_trip((input ->> 'id')::uuid, (input ->> 'version')::integer);
  v_renter boolean := v_trip.booked_by_id = cancel_trip.actor;
  v_manages boolean := v_trip.fleet_id in (select private.my_fleets('{owner,manager}'));
  v_reason text := nullif(btrim(input ->> 'reason', E' \t\n\r'), '');
begin
  if length(v_reason) > 1000 then
    raise exception using errcode = 'FF400', message = 'BAD_INPUT', detail = jsonb_build_object('field', 'reason');
  end if;
  if not exists (select from public.trip_transitions as s where s.from_status = v_trip.status and s.operation = 'cancel')
     or (not v_manages and v_trip.trip_start_date <= now()) then
    perform private.refuse_state(v_trip.status, 'cancel');
  end if;
  if v_reason is null and not (v_renter and v_trip.trip_start_date > now()) then
    raise exception using errcode = 'FF104', message = 'REASON_REQUIRED', detail = jsonb_build_object('field', 'reason');
  end if;

  update public.trips as t
     set status = 'cancelled', cancel_reason = v_reason
   where t.car_id = v_trip.car_id and t.id = v_trip.id;

  insert into public.trip_lines (car_id, trip_id, id, kind, description, quantity, unit_amount, amount)
  select v_trip.car_id, v_trip.id, private.uuid_v7(), 'refund', 'Cancelled', 1, -v_trip.total_cost, -v_trip.total_cost
   where v_trip.total_cost <> 0;
  return (select private.trip_json(t) from public.trips as t where t.car_id = v_trip.car_id and t.id = v_trip.id);
end
$$;

comment on function private.cancel_trip(uuid, jsonb) is 'Cancels a trip that has not begun.';
revoke all on function private.cancel_trip(uuid, jsonb) from public;
grant execute on function private.cancel_trip(uuid, jsonb) to fleetflow_fn;
-- <<< sql/functions/cancel_trip.sql

-- >>> sql/functions/cancel_trip_rpc.sql
-- What: cancels a trip that has not begun, frees its car at once and gives back what the trip cost as a new line.
-- Who: the trip's renter before its start; owners and managers of its fleet any time, with a reason (also for their own, once it has begun).
-- Raises: UNAUTHENTICATED. Answers perform's outcome of private.cancel_trip.
create or replace function public.cancel_trip_rpc(
  trip_id uuid, reason text, version integer, actor jsonb, idempotency_key text default null, dry_run boolean default false
) returns jsonb
  language plpgsql volatile security definer
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  v_actor uuid := private.enter(cancel_trip_rpc.actor, true);
begin
  return private.perform('trips.cancel', v_actor, jsonb_build_object(
      'id', cancel_trip_rpc.trip_id, 'reason', cancel_trip_rpc.reason, 'version', cancel_trip_rpc.version),
    cancel_trip_rpc.idempotency_key, cancel_trip_rpc.dry_run);
end
$$;

comment on function public.cancel_trip_rpc(uuid, text, integer, jsonb, text, boolean) is 'Cancels a trip that has not begun.';
alter function public.cancel_trip_rpc(uuid, text, integer, jsonb, text, boolean) owner to fleetflow_fn;
revoke all on function public.cancel_trip_rpc(uuid, text, integer, jsonb, text, boolean) from public;
grant execute on function public.cancel_trip_rpc(uuid, text, integer, jsonb, text, boolean) to fleetflow_api;
-- <<< sql/functions/cancel_trip_rpc.sql

-- >>> sql/functions/car_json.sql
-- What: a car as the API shows it, with the rates that price it.
-- Who: entry functions, with a row they have read under the caller's policies.
create or replace function private.car_json(car public.cars) returns jsonb
  language sql stable
  set search_path = pg_catalog, public, pg_temp
as $$
  select jsonb_build_object(
    'id', (car_json.car).id,
    'fleetId', f.id,
    'fleet', f.slug,
    'carClassId', cc.id,
    'carClass', cc.slug,
    'name', (car_json.car).name,
    'seats', (car_json.car).seats,
    'lat', (car_json.car).lat_microdegrees / 1000000::numeric,
    'lng', (car_json.car).lng_microdegrees / 1000000::numeric,
    'timeZone', (car_json.car).time_zone,
    'backToBack', (car_json.car).back_to_back,
    'instantBooking', (car_json.car).instant_booking,
    'prepMinutes', (car_json.car).prep_minutes,
    'turnaroundMinutes', (car_json.car).turnaround_minutes,
    'currency', coalesce(p.currency, f.currency),
    'avgRating', round((car_json.car).avg_rating, 2),
    'totalReviews', (car_json.car).total_reviews,
    'ratingHistogram', (car_json.car).rating_histogram,
    'rates', case when p.id is not null then jsonb_build_object(
      'dayRate', p.day_rate, 'hourRate', p.hour_rate, 'minimumCharge', p.minimum_charge) end)
    from public.fleets as f
    join public.car_classes as cc on cc.id = (car_json.car).car_class_id
    left join private.rate_plan_of(car_json.car) as p on true
   where f.id = (car_json.car).fleet_id
$$;

comment on function private.car_json(public.cars) is 'A car as the API shows it.';
revoke all on function private.car_json(public.cars) from public;
grant execute on function private.car_json(public.cars) to fleetflow_fn;
-- <<< sql/functions/car_json.sql

-- >>> sql/functions/claim_key.sql
-- What: makes an idempotency key the sender's, or answers what became of it: NULL means go on, anything else is the stored outcome.
--   A second sender of the same key waits here for the first. Keys are forgotten after 7 days.
-- Who: perform. Raises: IDEMPOTENCY_KEY_REUSED (the key came with another input before), BAD_INPUT. Locks: the key.
create or replace function private.claim_key(actor uuid, operation text, key text, input jsonb) returns jsonb
  language plpgsql volatile
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  c_kept constant interval := '7 days';
  v_hash bytea := sha256(convert_to(claim_key.input::text, 'UTF8'));
  v_known public.idempotency_keys;
begin
  if length(claim_key.key) not between 1 and 255 then
    raise exception using errcode = 'FF400', message = 'BAD_INPUT', detail = jsonb_build_object('field', 'idempotencyKey');
  end if;
  insert into public.idempotency_keys as k (user_id, operation, key, input_hash)
  values (claim_key.actor, claim_key.operation, claim_key.key, v_hash)
  on conflict on constraint idempotency_keys_pkey do update
    set input_hash = excluded.input_hash, outcome = null, created_at = now()
    where k.created_at < now() - c_kept;
  if found then
    return null;
  end if;
  select k.* into v_known
    from public.idempotency_keys as k
   where k.user_id = claim_key.actor and k.operation = claim_key.operation and k.key = claim_key.key;
  if v_known.input_hash <> v_hash then
    raise exception using errcode = 'FF109', message = 'IDEMPOTENCY_KEY_REUSED', detail = jsonb_build_object('field', 'idempotencyKey');
  end if;
  return v_known.outcome;
end
$$;

comment on function private.claim_key(uuid, text, text, jsonb) is 'Makes an idempotency key the sender''s, or answers its outcome.';
revoke all on function private.claim_key(uuid, text, text, jsonb) from public;
grant execute on function private.claim_key(uuid, text, text, jsonb) to fleetflow_fn;
-- <<< sql/functions/claim_key.sql

-- >>> sql/functions/count_version.sql
-- What: the next version and the time of a change to a trip. Nobody else writes the two columns of a trip that exists.
--   A total that follows its lines is no version of its own: the operation that added the lines is.
-- Who: the trigger on updates of trips.
create or replace function private.count_version() returns trigger
  language plpgsql volatile
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  v_before public.trips := old;
begin
  v_before.total_cost := new.total_cost;
  new.version := old.version;
  new.updated_at := old.updated_at;
  if new is distinct from v_before then
    new.version := old.version + 1;
    new.updated_at := now();
  end if;
  return new;
end
$$;

comment on function private.count_version() is 'Counts the versions of a trip.';
revoke all on function private.count_version() from public;
-- <<< sql/functions/count_version.sql

-- >>> sql/functions/create_review.sql
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
    perform private.refuse_state(v_trip.status, 'review');
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
-- <<< sql/functions/create_review.sql

-- >>> sql/functions/create_review_rpc.sql
-- What: the renter's review of a completed rental; the car's aggregates follow by trigger.
-- Who: the trip's renter, once. Raises: UNAUTHENTICATED. Answers perform's outcome of private.create_review.
create or replace function public.create_review_rpc(
  trip_id uuid, rating integer, comment text, actor jsonb, idempotency_key text default null
) returns jsonb
  language plpgsql volatile security definer
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  v_actor uuid := private.enter(create_review_rpc.actor, true);
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

-- >>> sql/functions/create_trip.sql
-- What: books a car for a period: finds the car under the caller's policies, prices, stores, answers.
-- Who: perform, for create_trip_rpc. Input: carId, userId, startDate, endDate, purpose, maxTotal.
-- Raises: BAD_INPUT, NOT_FOUND (car, or field userId), FORBIDDEN, TOO_SOON (earliest), TOO_LONG (maxDays), NOT_PRICED,
--   PRICE_CHANGED (totalCost, currency), TRIP_OVERLAP (conflicts, nextFree). Locks: the car.
create or replace function private.create_trip(actor uuid, input jsonb) returns jsonb
  language plpgsql volatile
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  v_renter uuid := coalesce((input ->> 'userId')::uuid, create_trip.actor);
  v_start timestamptz := (input ->> 'startDate')::timestamptz;
  v_end timestamptz := (input ->> 'endDate')::timestamptz;
  v_purpose text := coalesce(input ->> 'purpose', 'rental');
  v_manages boolean;
  v_car public.cars;
  v_priced jsonb;
  v_trip public.trips;
begin
  select c.* into v_car from public.cars as c where c.id = (input ->> 'carId')::uuid and c.retired_at is null;
  if not found then
    raise exception using errcode = 'FF404', message = 'NOT_FOUND', detail = jsonb_build_object('field', 'carId');
  end if;
  if v_purpose not in ('rental', 'maintenance', 'repair', 'owner_use') then
    raise exception using errcode = 'FF400', message = 'BAD_INPUT', detail = jsonb_build_object('field', 'purpose');
  end if;
  v_manages := v_car.fleet_id in (select private.my_fleets('{owner,manager}'));
  if not v_manages and (v_renter <> create_trip.actor or v_purpose <> 'rental') then
    raise exception using errcode = 'FF403', message = 'FORBIDDEN';
  end if;
  if v_renter <> create_trip.actor and not private.user_is_active(v_renter) then
    raise exception using errcode = 'FF404', message = 'NOT_FOUND', detail = jsonb_build_object('field', 'userId');
  end if;
  perform private.check_period(v_start, v_end);
  if not v_manages and v_start < now() then
    raise exception using errcode = 'FF101', message = 'TOO_SOON',
      detail = jsonb_build_object('field', 'startDate', 'earliest', private.iso(date_trunc('minute', now()) + interval '1 minute'));
  end if;

  v_car := private.take_car(v_car.id);
  if v_purpose = 'rental' then
    v_priced := private.price_trip(v_car, v_start, v_end);
    if (v_priced ->> 'total')::bigint > (input ->> 'maxTotal')::bigint then
      raise exception using errcode = 'FF004', message = 'PRICE_CHANGED',
        detail = jsonb_build_object('totalCost', v_priced -> 'total', 'currency', v_priced -> 'currency');
    end if;
  end if;
  v_trip := private.book_trip(v_car, v_renter, v_purpose, 'confirmed', v_start, v_end, v_priced);
  if v_trip.id is null then
    perform private.refuse_overlap(v_car.id, v_start, v_end, v_car.prep_minutes, v_car.turnaround_minutes, v_car.back_to_back);
  end if;
  return private.trip_json(v_trip);
end
$$;

comment on function private.create_trip(uuid, jsonb) is 'Books a car for a period.';
revoke all on function private.create_trip(uuid, jsonb) from public;
grant execute on function private.create_trip(uuid, jsonb) to fleetflow_fn;
-- <<< sql/functions/create_trip.sql

-- >>> sql/functions/create_trip_rpc.sql
-- What: books a car for a period. One statement.
-- Who: any signed-in user for themselves; owners and managers of the car's fleet for any renter and any purpose.
-- Raises: UNAUTHENTICATED. Answers perform's outcome of private.create_trip.
create or replace function public.create_trip_rpc(
  car_id uuid, user_id uuid, start_date timestamptz, end_date timestamptz, actor jsonb, purpose text default 'rental',
  max_total bigint default null, idempotency_key text default null, dry_run boolean default false
) returns jsonb
  language plpgsql volatile security definer
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  v_actor uuid := private.enter(create_trip_rpc.actor, true);
begin
  return private.perform('trips.create', v_actor, jsonb_build_object(
      'carId', create_trip_rpc.car_id, 'userId', create_trip_rpc.user_id,
      'startDate', create_trip_rpc.start_date, 'endDate', create_trip_rpc.end_date,
      'purpose', create_trip_rpc.purpose, 'maxTotal', create_trip_rpc.max_total),
    create_trip_rpc.idempotency_key, create_trip_rpc.dry_run);
end
$$;

comment on function public.create_trip_rpc(uuid, uuid, timestamptz, timestamptz, jsonb, text, bigint, text, boolean) is 'Books a car for a period.';
alter function public.create_trip_rpc(uuid, uuid, timestamptz, timestamptz, jsonb, text, bigint, text, boolean) owner to fleetflow_fn;
revoke all on function public.create_trip_rpc(uuid, uuid, timestamptz, timestamptz, jsonb, text, bigint, text, boolean) from public;
grant execute on function public.create_trip_rpc(uuid, uuid, timestamptz, timestamptz, jsonb, text, bigint, text, boolean) to fleetflow_api;
-- <<< sql/functions/create_trip_rpc.sql

-- >>> sql/functions/enrich_refusal.sql
-- What: the detail of a refusal as callers see it, with what had to wait until the refused operation had given its locks back.
-- Who: perform, for every refusal.
create or replace function private.enrich_refusal(operation text, actor uuid, input jsonb, code text, detail jsonb) returns jsonb
  language plpgsql volatile
  set search_path = pg_catalog, public, pg_temp
as $$
begin
  if enrich_refusal.code = 'TRIP_OVERLAP' then
    return private.overlap_details((detail ->> 'carId')::uuid, (detail ->> 'startDate')::timestamptz, (detail ->> 'endDate')::timestamptz,
      (detail ->> 'prepMinutes')::integer, (detail ->> 'turnaroundMinutes')::integer, (detail ->> 'backToBack')::boolean,
      (detail ->> 'exceptTripId')::uuid);
  end if;
  return enrich_refusal.detail;
end
$$;

comment on function private.enrich_refusal(text, uuid, jsonb, text, jsonb) is 'The detail of a refusal as callers see it.';
revoke all on function private.enrich_refusal(text, uuid, jsonb, text, jsonb) from public;
grant execute on function private.enrich_refusal(text, uuid, jsonb, text, jsonb) to fleetflow_fn;
-- <<< sql/functions/enrich_refusal.sql

-- >>> sql/functions/modify_trip.sql
-- What: moves a trip's start, end or both; a rental is priced again by the rates of its booking, the difference is a new line.
-- Who: perform, for modify_trip_rpc. Input: id, startDate, endDate, version.
-- Raises: NOT_FOUND, FORBIDDEN, VERSION_MISMATCH (version), INVALID_STATE (from, operation, allowed),
--   BAD_INPUT, TOO_SOON (earliest), TOO_LONG (maxDays), TRIP_OVERLAP (conflicts, nextFree).
-- Locks: the car, then the trip.
create or replace function private.modify_trip(actor uuid, input jsonb) returns jsonb
  language plpgsql volatile
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  v_trip public.trips := private.find_trip((input ->> 'id')::uuid, (input ->> 'version')::integer);
  v_start timestamptz := coalesce((input ->> 'startDate')::timestamptz, v_trip.trip_start_date);
  v_end timestamptz := coalesce((input ->> 'endDate')::timestamptz, v_trip.trip_end_date);
  v_manages boolean := v_trip.fleet_id in (select private.my_fleets('{owner,manager}'));
begin
  if v_trip.status not in ('confirmed', 'active')
     or (v_start <> v_trip.trip_start_date and (v_trip.status = 'active' or (not v_manages and v_trip.trip_start_date <= now()))) then
    perform private.refuse_state(v_trip.status, 'modify');
  end if;
  if input ->> 'startDate' is null and input ->> 'endDate' is null then
    raise exception using errcode = 'FF400', message = 'BAD_INPUT', detail = jsonb_build_object('reason', 'NOTHING_TO_CHANGE');
  end if;
  perform private.check_period(v_start, v_end);
  if not v_manages and ((v_start <> v_trip.trip_start_date and v_start < now()) or (v_end <> v_trip.trip_end_date and v_end < now())) then
    raise exception using errcode = 'FF101', message = 'TOO_SOON', detail = jsonb_build_object(
      'field', case when v_start <> v_trip.trip_start_date and v_start < now() then 'startDate' else 'endDate' end,
      'earliest', private.iso(date_trunc('minute', now()) + interval '1 minute'));
  end if;

  perform private.extend_overdue(v_trip.car_id);
  begin
    update public.trips as t
       set trip_start_date = v_start, trip_end_date = v_end, cut = false,
           blocked = private.blocked_range(v_start, v_end, t.prep_minutes, t.turnaround_minutes, t.back_to_back)
     where t.car_id = v_trip.car_id and t.id = v_trip.id;
  exception when exclusion_violation then
    perform private.refuse_overlap(v_trip.car_id, v_start, v_end,
      v_trip.prep_minutes, v_trip.turnaround_minutes, v_trip.back_to_back, v_trip.id);
  end;

  insert into public.trip_lines (car_id, trip_id, id, kind, description, quantity, unit_amount, amount)
  select v_trip.car_id, v_trip.id, private.uuid_v7(), 'adjustment', 'Change of times', 1, d.delta, d.delta
    from private.price_change(v_trip, v_start, v_end) as d (delta)
   where d.delta <> 0;
  return (select private.trip_json(t) from public.trips as t where t.car_id = v_trip.car_id and t.id = v_trip.id);
end
$$;

comment on function private.modify_trip(uuid, jsonb) is 'Moves a trip''s start or end.';
revoke all on function private.modify_trip(uuid, jsonb) from public;
grant execute on function private.modify_trip(uuid, jsonb) to fleetflow_fn;
-- <<< sql/functions/modify_trip.sql

-- >>> sql/functions/modify_trip_rpc.sql
-- What: moves a trip's start, end or both; a rental is priced again by the rates of its booking, the difference is a new line.
-- Who: the trip's renter (once the start has passed, only the end); owners and managers of its fleet. NULL dates stay as they are;
--   a NULL version is not checked.
-- Raises: UNAUTHENTICATED. Answers perform's outcome of private.modify_trip.
create or replace function public.modify_trip_rpc(
  trip_id uuid, start_date timestamptz, end_date timestamptz, version integer, actor jsonb, idempotency_key text default null,
  dry_run boolean default false
) returns jsonb
  language plpgsql volatile security definer
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  v_actor uuid := private.enter(modify_trip_rpc.actor, true);
begin
  return private.perform('trips.modify', v_actor, jsonb_build_object(
      'id', modify_trip_rpc.trip_id, 'startDate', modify_trip_rpc.start_date, 'endDate', modify_trip_rpc.end_date, 'version', modify_trip_rpc.version),
    modify_trip_rpc.idempotency_key, modify_trip_rpc.dry_run);
end
$$;

comment on function public.modify_trip_rpc(uuid, timestamptz, timestamptz, integer, jsonb, text, boolean) is 'Moves a trip''s start or end.';
alter function public.modify_trip_rpc(uuid, timestamptz, timestamptz, integer, jsonb, text, boolean) owner to fleetflow_fn;
revoke all on function public.modify_trip_rpc(uuid, timestamptz, timestamptz, integer, jsonb, text, boolean) from public;
grant execute on function public.modify_trip_rpc(uuid, timestamptz, timestamptz, integer, jsonb, text, boolean) to fleetflow_api;
-- <<< sql/functions/modify_trip_rpc.sql

-- >>> sql/functions/perform.sql
-- What: runs a mutation once. Claims its idempotency key, runs the inner function in a subtransaction, and answers
--   {"answer": ...} or {"refusal": {"code", "detail"}}, with "replayed": true where the key had its outcome already.
--   A refusal undoes what the inner function wrote and gives its locks back, but not the transaction: it is stored under the key,
--   and what else can be had is looked up when nobody has to wait for it. A rehearsal (dry run) is undone as well and stores nothing.
-- Who: every entry function that changes something, with an actor that private.enter has recognised.
-- Raises: what PostgreSQL itself raises (deadlocks, lock timeouts, defects), and nothing of that is ever stored.
-- Locks: the idempotency key, then what the inner function locks.
create or replace function private.perform(operation text, actor uuid, input jsonb, idempotency_key text, dry_run boolean default false)
  returns jsonb
  language plpgsql volatile
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  v_keyed boolean := perform.idempotency_key is not null and not coalesce(perform.dry_run, false);
  v_outcome jsonb;
  v_answer jsonb;
  v_state text;
  v_code text;
  v_detail text;
begin
  perform set_config('fleetflow.operation', perform.operation, true);
  if v_keyed then
    v_outcome := private.claim_key(perform.actor, perform.operation, perform.idempotency_key, perform.input);
    if v_outcome is not null then
      return v_outcome || '{"replayed": true}';
    end if;
  end if;

  begin
    v_answer := case perform.operation
      when 'reviews.create' then private.create_review(perform.actor, perform.input)
      when 'trips.cancel' then private.cancel_trip(perform.actor, perform.input)
      when 'trips.create' then private.create_trip(perform.actor, perform.input)
      when 'trips.modify' then private.modify_trip(perform.actor, perform.input)
    end;
    v_outcome := jsonb_build_object('answer', v_answer);
    if perform.dry_run then
      raise exception using errcode = 'FF000', message = 'DRY_RUN';
    end if;
  exception when others then
    get stacked diagnostics v_state = returned_sqlstate, v_code = message_text, v_detail = pg_exception_detail;
    if v_state not like 'FF%' then
      raise;
    end if;
    if v_state <> 'FF000' then
      v_outcome := jsonb_build_object('refusal', jsonb_build_object('code', v_code, 'detail',
        private.enrich_refusal(perform.operation, perform.actor, perform.input, v_code, coalesce(nullif(v_detail, ''), '{}')::jsonb)));
    end if;
  end;

  if v_keyed then
    perform private.settle_key(perform.actor, perform.operation, perform.idempotency_key, v_outcome);
  end if;
  return v_outcome;
end
$$;

comment on function private.perform(text, uuid, jsonb, text, boolean) is 'Runs a mutation once, whatever happens to its answer.';
revoke all on function private.perform(text, uuid, jsonb, text, boolean) from public;
grant execute on function private.perform(text, uuid, jsonb, text, boolean) to fleetflow_fn;
-- <<< sql/functions/perform.sql

-- >>> sql/functions/price_trip.sql
-- What: the price of a rental of a car: {"ratePlanId", "currency", "total", "lines": [{kind, description, quantity, unitAmount, amount}]}.
-- Who: everything that quotes or books a rental, under the caller's policies. Raises: NOT_PRICED.
create or replace function private.price_trip(car public.cars, starts timestamptz, ends timestamptz) returns jsonb
  language plpgsql stable
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  v_plan public.rate_plans := private.rate_plan_of(price_trip.car);
begin
  if v_plan.id is null then
    raise exception using errcode = 'FF103', message = 'NOT_PRICED';
  end if;
  return (
    select jsonb_build_object('ratePlanId', v_plan.id, 'currency', v_plan.currency, 'total', sum(l.amount),
             'lines', jsonb_agg(jsonb_build_object('kind', l.kind, 'description', l.description, 'quantity', l.quantity,
                                                   'unitAmount', l.unit_amount, 'amount', l.amount)))
      from private.price_lines(v_plan, (price_trip.car).time_zone, price_trip.starts, price_trip.ends) as l);
end
$$;

comment on function private.price_trip(public.cars, timestamptz, timestamptz) is 'The price of a rental of a car.';
revoke all on function private.price_trip(public.cars, timestamptz, timestamptz) from public;
grant execute on function private.price_trip(public.cars, timestamptz, timestamptz) to fleetflow_fn;
-- <<< sql/functions/price_trip.sql

-- >>> sql/functions/refuse_overlap.sql
-- What: refuses a period that another trip has. What is in the way and what else can be had is added by enrich_refusal,
--   after the car's lock is gone.
-- Who: every function that books or moves a trip. Raises: TRIP_OVERLAP (conflicts, nextFree).
create or replace function private.refuse_overlap(
  car_id uuid, starts timestamptz, ends timestamptz, prep_minutes integer, turnaround_minutes integer,
  back_to_back boolean, except_trip_id uuid default null
) returns void
  language plpgsql immutable
  set search_path = pg_catalog, public, pg_temp
as $$
begin
  raise exception using errcode = 'FF001', message = 'TRIP_OVERLAP', detail = jsonb_build_object(
    'carId', refuse_overlap.car_id, 'startDate', refuse_overlap.starts, 'endDate', refuse_overlap.ends,
    'prepMinutes', refuse_overlap.prep_minutes, 'turnaroundMinutes', refuse_overlap.turnaround_minutes,
    'backToBack', refuse_overlap.back_to_back, 'exceptTripId', refuse_overlap.except_trip_id);
end
$$;

comment on function private.refuse_overlap(uuid, timestamptz, timestamptz, integer, integer, boolean, uuid) is
  'Refuses a period that another trip has.';
revoke all on function private.refuse_overlap(uuid, timestamptz, timestamptz, integer, integer, boolean, uuid) from public;
grant execute on function private.refuse_overlap(uuid, timestamptz, timestamptz, integer, integer, boolean, uuid) to fleetflow_fn, fleetflow_sys;
-- <<< sql/functions/refuse_overlap.sql

-- >>> sql/functions/settle_key.sql
-- What: stores the outcome of a mutation under its key, in the mutation's own transaction.
-- Who: perform.
create or replace function private.settle_key(actor uuid, operation text, key text, outcome jsonb) returns void
  language sql volatile
  set search_path = pg_catalog, public, pg_temp
as $$
  update public.idempotency_keys as k
     set outcome = settle_key.outcome
   where k.user_id = settle_key.actor and k.operation = settle_key.operation and k.key = settle_key.key
$$;

comment on function private.settle_key(uuid, text, text, jsonb) is 'Stores what became of a mutation.';
revoke all on function private.settle_key(uuid, text, text, jsonb) from public;
grant execute on function private.settle_key(uuid, text, text, jsonb) to fleetflow_fn;
-- <<< sql/functions/settle_key.sql

-- >>> sql/functions/take_car.sql
-- What: locks a car that is about to be booked, makes its past true (overdue trips), and hands the car out as it is then:
--   it may have been retired or given other buffers while the caller waited.
-- Who: functions that book one car, under the caller's policies. Raises: NOT_FOUND (field carId). Locks: the car.
create or replace function private.take_car(car_id uuid) returns public.cars
  language plpgsql volatile
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  v_car public.cars;
begin
  perform private.lock_cars(array[take_car.car_id]);
  perform private.extend_overdue(take_car.car_id);
  select c.* into v_car from public.cars as c where c.id = take_car.car_id and c.retired_at is null;
  if not found then
    raise exception using errcode = 'FF404', message = 'NOT_FOUND', detail = jsonb_build_object('field', 'carId');
  end if;
  return v_car;
end
$$;

comment on function private.take_car(uuid) is 'Locks a car that is about to be booked.';
revoke all on function private.take_car(uuid) from public;
grant execute on function private.take_car(uuid) to fleetflow_fn;
-- <<< sql/functions/take_car.sql

-- >>> sql/functions/trip_json.sql
-- What: a trip as the API shows it.
-- Who: entry functions, with a row they have read under the caller's policies.
create or replace function private.trip_json(trip public.trips) returns jsonb
  language sql stable parallel safe
  set search_path = pg_catalog, public, pg_temp
as $$
  select jsonb_build_object(
    'id', (trip_json.trip).id,
    'carId', (trip_json.trip).car_id,
    'fleetId', (trip_json.trip).fleet_id,
    'bookedById', (trip_json.trip).booked_by_id,
    'startDate', private.iso((trip_json.trip).trip_start_date),
    'endDate', private.iso((trip_json.trip).trip_end_date),
    'blockedFrom', private.iso(lower((trip_json.trip).blocked)),
    'blockedUntil', private.iso(upper((trip_json.trip).blocked)),
    'startedAt', private.iso((trip_json.trip).started_at),
    'returnedAt', private.iso((trip_json.trip).returned_at),
    'holdExpiresAt', private.iso((trip_json.trip).hold_expires_at),
    'respondBy', private.iso((trip_json.trip).respond_by),
    'status', (trip_json.trip).status,
    'overdue', (trip_json.trip).status = 'active' and (trip_json.trip).trip_end_date < now(),
    'atRisk', (trip_json.trip).at_risk,
    'pinned', (trip_json.trip).pinned,
    'driverId', (trip_json.trip).driver_id,
    'seriesId', (trip_json.trip).series_id,
    'extras', (trip_json.trip).extras,
    'odometerStart', (trip_json.trip).odometer_start,
    'odometerEnd', (trip_json.trip).odometer_end,
    'fuelStart', (trip_json.trip).fuel_start,
    'fuelEnd', (trip_json.trip).fuel_end,
    'note', (trip_json.trip).note,
    'purpose', (trip_json.trip).purpose,
    'totalCost', (trip_json.trip).total_cost,
    'currency', (trip_json.trip).currency,
    'version', (trip_json.trip).version,
    'cancelReason', (trip_json.trip).cancel_reason,
    'createdAt', private.iso((trip_json.trip).created_at),
    'updatedAt', private.iso((trip_json.trip).updated_at))
$$;

comment on function private.trip_json(public.trips) is 'A trip as the API shows it.';
revoke all on function private.trip_json(public.trips) from public;
grant execute on function private.trip_json(public.trips) to fleetflow_fn;
-- <<< sql/functions/trip_json.sql

-- >>> sql/triggers/trips_version.sql
-- Every change of a trip counts as a version, except its total, which follows its lines.
drop trigger if exists _060_version on public.trips;
create trigger _060_version before update on public.trips
  for each row execute function private.count_version();
-- <<< sql/triggers/trips_version.sql

-- >>> sql/policies/idempotency_keys.sql
-- A key belongs to the person who sent it.
alter table public.idempotency_keys enable row level security;
alter table public.idempotency_keys force row level security;

drop policy if exists idempotency_keys_sys on public.idempotency_keys;
create policy idempotency_keys_sys on public.idempotency_keys to fleetflow_sys using (true) with check (true);

drop policy if exists idempotency_keys_own on public.idempotency_keys;
create policy idempotency_keys_own on public.idempotency_keys to fleetflow_fn
  using (user_id = (select private.uid())) with check (user_id = (select private.uid()));
-- <<< sql/policies/idempotency_keys.sql

-- >>> sql/grants/tables.sql
-- What the two function roles may touch. The API role gets no table at all.
-- fleetflow_sys sees across people but may not move a trip to another car; fleetflow_fn is bound by people's policies
-- and may not write `total_cost`, which only the trigger on trip_lines moves.
-- Tables are named: whatever else lives in `public` (views of extensions, other people's tables) is not ours to grant.
revoke all on public.users, public.user_identities, public.fleets, public.fleet_members, public.car_classes, public.rate_plans, public.cars,
  public.trips, public.trip_lines, public.trip_transitions, public.reviews, public.placement, public.idempotency_keys from fleetflow_fn, fleetflow_sys, fleetflow_api;

grant select on public.users, public.user_identities, public.fleets, public.fleet_members, public.car_classes,
  public.rate_plans, public.cars, public.trips, public.trip_lines, public.trip_transitions, public.reviews, public.placement,
  public.idempotency_keys to fleetflow_sys;
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
  series_id, extras, policy, note) on public.trips to fleetflow_fn;
grant update (status, trip_start_date, trip_end_date, started_at, returned_at, blocked, cut, at_risk, cancel_reason, currency, rate_plan_id,
  pricing, hold_expires_at, respond_by, pinned, driver_id, extras, policy, odometer_start, odometer_end, fuel_start, fuel_end, note)
  on public.trips to fleetflow_fn;
grant insert on public.trip_lines to fleetflow_fn;
grant insert (car_id, id, trip_id, author_id, rating, comment) on public.reviews to fleetflow_fn;
grant select, insert, update on public.idempotency_keys to fleetflow_fn;
-- <<< sql/grants/tables.sql

-- >>> sql/data/placement.sql
-- Where each table will live on a distributed PostgreSQL: sharded by its car, copied everywhere, or on one node.
insert into public.placement (name, kind, shard_column, colocated_with) values
  ('public.users', 'reference', null, null),
  ('public.user_identities', 'reference', null, null),
  ('public.fleets', 'reference', null, null),
  ('public.fleet_members', 'reference', null, null),
  ('public.car_classes', 'reference', null, null),
  ('public.rate_plans', 'reference', null, null),
  ('public.trip_transitions', 'reference', null, null),
  ('public.cars', 'shard', 'id', null),
  ('public.trips', 'shard', 'car_id', 'public.cars'),
  ('public.trip_lines', 'shard', 'car_id', 'public.cars'),
  ('public.reviews', 'shard', 'car_id', 'public.cars'),
  ('public.idempotency_keys', 'local', null, null),
  ('public.placement', 'local', null, null),
  ('private.migrations', 'local', null, null)
on conflict (name) do update
  set kind = excluded.kind, shard_column = excluded.shard_column, colocated_with = excluded.colocated_with;
-- <<< sql/data/placement.sql

