-- >>> sql/prelude/btree_gist.sql
-- `prevent_overlap` compares a uuid with `=` inside a GiST index; this extension provides the operator class.
create extension if not exists btree_gist schema public;
-- <<< sql/prelude/btree_gist.sql

-- >>> sql/prelude/private.sql
-- Everything that is not an entry function lives here; the API's login role cannot look inside.
create schema if not exists private;

comment on schema private is 'Helpers, trigger functions and the migration journal; no access for the API role.';
-- <<< sql/prelude/private.sql

-- >>> sql/prelude/uuid_v7.sql
-- What: a UUID version 7 (RFC 9562): 48 bits of milliseconds, then 12 bits of sub-millisecond time, then random bits.
-- Who: every function that creates a row. PostgreSQL 18 has uuidv7(); this one runs on 15 as well.
create or replace function private.uuid_v7() returns uuid
  language sql volatile parallel safe
  set search_path = pg_catalog, public, pg_temp
as $$
  select (lpad(to_hex(micros / 1000), 12, '0')
       || to_hex(28672 + (micros % 1000) * 4096 / 1000)
       || right(replace(gen_random_uuid()::text, '-', ''), 16))::uuid
    from (select (extract(epoch from clock_timestamp()) * 1000000)::bigint as micros) as clock
$$;

comment on function private.uuid_v7() is 'A time-ordered UUID version 7.';
revoke all on function private.uuid_v7() from public;
grant execute on function private.uuid_v7() to fleetflow_fn, fleetflow_sys;
-- <<< sql/prelude/uuid_v7.sql

CREATE TABLE "car_classes" (
	"id" uuid NOT NULL,
	"fleet_id" uuid NOT NULL,
	"slug" text NOT NULL,
	"name" text NOT NULL,
	"rate_plan_id" uuid,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "car_classes_pkey" PRIMARY KEY("id"),
	CONSTRAINT "car_classes_fleet_id_slug_key" UNIQUE("fleet_id","slug"),
	CONSTRAINT "car_classes_fleet_id_id_key" UNIQUE("fleet_id","id"),
	CONSTRAINT "car_classes_slug_form" CHECK ("car_classes"."slug" ~ '^[a-z0-9][a-z0-9-]{0,62}$'),
	CONSTRAINT "car_classes_name_length" CHECK (length("car_classes"."name") between 1 and 200)
);

CREATE TABLE "cars" (
	"id" uuid NOT NULL,
	"fleet_id" uuid NOT NULL,
	"car_class_id" uuid NOT NULL,
	"rate_plan_id" uuid,
	"name" text NOT NULL,
	"external_id" text,
	"seats" integer,
	"lat_microdegrees" integer,
	"lng_microdegrees" integer,
	"time_zone" text NOT NULL,
	"prep_minutes" integer DEFAULT 0 NOT NULL,
	"turnaround_minutes" integer DEFAULT 0 NOT NULL,
	"back_to_back" boolean DEFAULT false NOT NULL,
	"rating_sum" integer DEFAULT 0 NOT NULL,
	"total_reviews" integer DEFAULT 0 NOT NULL,
	"rating_histogram" integer[] DEFAULT '{0,0,0,0,0}' NOT NULL,
	"avg_rating" numeric GENERATED ALWAYS AS (rating_sum::numeric / nullif(total_reviews, 0)) STORED,
	"retired_at" timestamp with time zone,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "cars_pkey" PRIMARY KEY("id"),
	CONSTRAINT "cars_time_zone_known" CHECK (('2000-01-01 00:00:00'::timestamp at time zone "cars"."time_zone") is not null),
	CONSTRAINT "cars_name_length" CHECK (length("cars"."name") between 1 and 200),
	CONSTRAINT "cars_external_id_length" CHECK (length("cars"."external_id") between 1 and 200),
	CONSTRAINT "cars_seats_bounded" CHECK ("cars"."seats" between 1 and 100),
	CONSTRAINT "cars_place_whole" CHECK (("cars"."lat_microdegrees" is null) = ("cars"."lng_microdegrees" is null)),
	CONSTRAINT "cars_lat_bounded" CHECK ("cars"."lat_microdegrees" between -90000000 and 90000000),
	CONSTRAINT "cars_lng_bounded" CHECK ("cars"."lng_microdegrees" between -180000000 and 180000000),
	CONSTRAINT "cars_rating_consistent" CHECK ("cars"."rating_sum" between "cars"."total_reviews" and 5 * "cars"."total_reviews" and cardinality("cars"."rating_histogram") = 5 and 0 <= all ("cars"."rating_histogram")),
	CONSTRAINT "cars_buffers_bounded" CHECK ("cars"."prep_minutes" between 0 and 10080 and "cars"."turnaround_minutes" between 0 and 10080)
);

CREATE TABLE "fleet_members" (
	"fleet_id" uuid NOT NULL,
	"user_id" uuid NOT NULL,
	"role" text NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "fleet_members_pkey" PRIMARY KEY("fleet_id","user_id"),
	CONSTRAINT "fleet_members_role_known" CHECK ("fleet_members"."role" in ('owner', 'manager', 'driver'))
);

CREATE TABLE "fleets" (
	"id" uuid NOT NULL,
	"slug" text NOT NULL,
	"name" text NOT NULL,
	"currency" text NOT NULL,
	"time_zone" text NOT NULL,
	"visibility" text DEFAULT 'public' NOT NULL,
	"rate_plan_id" uuid,
	"system_user_id" uuid NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "fleets_pkey" PRIMARY KEY("id"),
	CONSTRAINT "fleets_slug_key" UNIQUE("slug"),
	CONSTRAINT "fleets_slug_form" CHECK ("fleets"."slug" ~ '^[a-z0-9][a-z0-9-]{0,62}$'),
	CONSTRAINT "fleets_time_zone_known" CHECK (('2000-01-01 00:00:00'::timestamp at time zone "fleets"."time_zone") is not null),
	CONSTRAINT "fleets_name_length" CHECK (length("fleets"."name") between 1 and 200),
	CONSTRAINT "fleets_currency_form" CHECK ("fleets"."currency" ~ '^[A-Z]{3}$'),
	CONSTRAINT "fleets_visibility_known" CHECK ("fleets"."visibility" in ('public', 'members'))
);

CREATE TABLE "placement" (
	"name" text NOT NULL,
	"kind" text NOT NULL,
	"shard_column" text,
	"colocated_with" text,
	CONSTRAINT "placement_pkey" PRIMARY KEY("name"),
	CONSTRAINT "placement_kind_known" CHECK ("placement"."kind" in ('shard', 'reference', 'local')),
	CONSTRAINT "placement_shard_column" CHECK (("placement"."kind" = 'shard') = ("placement"."shard_column" is not null))
);

CREATE TABLE "rate_plans" (
	"id" uuid NOT NULL,
	"fleet_id" uuid NOT NULL,
	"name" text NOT NULL,
	"version" integer DEFAULT 1 NOT NULL,
	"currency" text NOT NULL,
	"day_rate" bigint NOT NULL,
	"hour_rate" bigint NOT NULL,
	"minimum_charge" bigint NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "rate_plans_pkey" PRIMARY KEY("id"),
	CONSTRAINT "rate_plans_fleet_id_id_key" UNIQUE("fleet_id","id"),
	CONSTRAINT "rate_plans_fleet_id_name_version_key" UNIQUE("fleet_id","name","version"),
	CONSTRAINT "rate_plans_name_length" CHECK (length("rate_plans"."name") between 1 and 200),
	CONSTRAINT "rate_plans_version_positive" CHECK ("rate_plans"."version" >= 1),
	CONSTRAINT "rate_plans_currency_form" CHECK ("rate_plans"."currency" ~ '^[A-Z]{3}$'),
	CONSTRAINT "rate_plans_amounts_bounded" CHECK (least("rate_plans"."day_rate", "rate_plans"."hour_rate", "rate_plans"."minimum_charge") >= 0 and greatest("rate_plans"."day_rate", "rate_plans"."hour_rate", "rate_plans"."minimum_charge") <= 1000000000000)
);

CREATE TABLE "reviews" (
	"car_id" uuid NOT NULL,
	"id" uuid NOT NULL,
	"trip_id" uuid NOT NULL,
	"author_id" uuid NOT NULL,
	"rating" smallint NOT NULL,
	"comment" text,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "reviews_pkey" PRIMARY KEY("car_id","id"),
	CONSTRAINT "reviews_car_id_trip_id_key" UNIQUE("car_id","trip_id"),
	CONSTRAINT "reviews_rating_bounded" CHECK ("reviews"."rating" between 1 and 5),
	CONSTRAINT "reviews_comment_length" CHECK (length("reviews"."comment") between 1 and 4000)
);

CREATE TABLE "trip_lines" (
	"car_id" uuid NOT NULL,
	"trip_id" uuid NOT NULL,
	"id" uuid NOT NULL,
	"kind" text NOT NULL,
	"description" text NOT NULL,
	"quantity" integer NOT NULL,
	"unit_amount" bigint NOT NULL,
	"amount" bigint NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "trip_lines_pkey" PRIMARY KEY("car_id","trip_id","id"),
	CONSTRAINT "trip_lines_kind_known" CHECK ("trip_lines"."kind" in ('day', 'hour', 'minimum', 'adjustment', 'refund', 'imported')),
	CONSTRAINT "trip_lines_description_length" CHECK (length("trip_lines"."description") between 1 and 200),
	CONSTRAINT "trip_lines_amount_bounded" CHECK ("trip_lines"."amount" between -9007199254740991 and 9007199254740991)
);

CREATE TABLE "trip_transitions" (
	"from_status" text NOT NULL,
	"to_status" text NOT NULL,
	"operation" text NOT NULL,
	CONSTRAINT "trip_transitions_pkey" PRIMARY KEY("from_status","to_status","operation")
);

CREATE TABLE "trips" (
	"car_id" uuid NOT NULL,
	"id" uuid NOT NULL,
	"fleet_id" uuid NOT NULL,
	"booked_by_id" uuid NOT NULL,
	"purpose" text NOT NULL,
	"status" text NOT NULL,
	"trip_start_date" timestamp with time zone NOT NULL,
	"trip_end_date" timestamp with time zone NOT NULL,
	"returned_at" timestamp with time zone,
	"prep_minutes" integer DEFAULT 0 NOT NULL,
	"turnaround_minutes" integer DEFAULT 0 NOT NULL,
	"back_to_back" boolean DEFAULT false NOT NULL,
	"blocked" "tstzrange" NOT NULL,
	"cut" boolean DEFAULT false NOT NULL,
	"total_cost" bigint DEFAULT 0 NOT NULL,
	"currency" text NOT NULL,
	"rate_plan_id" uuid,
	"version" integer DEFAULT 1 NOT NULL,
	"cancel_reason" text,
	"external_id" text,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "trips_pkey" PRIMARY KEY("car_id","id"),
	CONSTRAINT "trips_purpose_known" CHECK ("trips"."purpose" in ('rental', 'maintenance', 'repair', 'owner_use')),
	CONSTRAINT "trips_status_known" CHECK ("trips"."status" in ('held', 'requested', 'confirmed', 'active', 'completed', 'cancelled', 'declined', 'expired', 'no_show')),
	CONSTRAINT "trips_period_forward" CHECK ("trips"."trip_start_date" < "trips"."trip_end_date"),
	CONSTRAINT "trips_period_bounded" CHECK ("trips"."trip_start_date" >= '1900-01-01 00:00:00+00'::timestamptz and "trips"."trip_end_date" < '9999-01-01 00:00:00+00'::timestamptz),
	CONSTRAINT "trips_returned_after_begin" CHECK ("trips"."returned_at" is null or (isfinite("trips"."returned_at") and "trips"."returned_at" > "trips"."trip_start_date" - interval '24 hours' and "trips"."status" = 'completed')),
	CONSTRAINT "trips_cut_after_begin" CHECK (not "trips"."cut" or upper("trips"."blocked") > "trips"."trip_start_date"),
	CONSTRAINT "trips_blocked_finite" CHECK (not isempty("trips"."blocked") and not lower_inf("trips"."blocked") and not upper_inf("trips"."blocked") and isfinite(lower("trips"."blocked")) and isfinite(upper("trips"."blocked"))),
	CONSTRAINT "trips_blocked_covers" CHECK (lower_inc("trips"."blocked") and lower("trips"."blocked") <= "trips"."trip_start_date" and ("trips"."cut" or upper("trips"."blocked") >= coalesce("trips"."returned_at", "trips"."trip_end_date"))),
	CONSTRAINT "trips_blocked_bounds" CHECK (upper_inc("trips"."blocked") = (not "trips"."cut" and not "trips"."back_to_back")),
	CONSTRAINT "trips_buffers_bounded" CHECK ("trips"."prep_minutes" between 0 and 10080 and "trips"."turnaround_minutes" between 0 and 10080),
	CONSTRAINT "trips_total_cost_bounded" CHECK ("trips"."total_cost" between -9007199254740991 and 9007199254740991),
	CONSTRAINT "trips_currency_form" CHECK ("trips"."currency" ~ '^[A-Z]{3}$'),
	CONSTRAINT "trips_version_positive" CHECK ("trips"."version" >= 1),
	CONSTRAINT "trips_cancel_reason_length" CHECK (length("trips"."cancel_reason") between 1 and 1000),
	CONSTRAINT "trips_external_id_length" CHECK (length("trips"."external_id") between 1 and 200)
);

CREATE TABLE "user_identities" (
	"issuer" text NOT NULL,
	"subject" text NOT NULL,
	"user_id" uuid NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "user_identities_pkey" PRIMARY KEY("issuer","subject"),
	CONSTRAINT "user_identities_length" CHECK (length("user_identities"."issuer") between 1 and 500 and length("user_identities"."subject") between 1 and 500)
);

CREATE TABLE "users" (
	"id" uuid NOT NULL,
	"email" text,
	"name" text NOT NULL,
	"is_admin" boolean DEFAULT false NOT NULL,
	"suspended_at" timestamp with time zone,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "users_pkey" PRIMARY KEY("id"),
	CONSTRAINT "users_email_length" CHECK (length("users"."email") <= 320),
	CONSTRAINT "users_name_length" CHECK (length("users"."name") between 1 and 200)
);

ALTER TABLE "car_classes" ADD CONSTRAINT "car_classes_fleet_id_fkey" FOREIGN KEY ("fleet_id") REFERENCES "public"."fleets"("id") ON DELETE restrict ON UPDATE no action;
ALTER TABLE "car_classes" ADD CONSTRAINT "car_classes_rate_plan_id_fkey" FOREIGN KEY ("fleet_id","rate_plan_id") REFERENCES "public"."rate_plans"("fleet_id","id") ON DELETE restrict ON UPDATE no action;
ALTER TABLE "cars" ADD CONSTRAINT "cars_fleet_id_fkey" FOREIGN KEY ("fleet_id") REFERENCES "public"."fleets"("id") ON DELETE restrict ON UPDATE no action;
ALTER TABLE "cars" ADD CONSTRAINT "cars_car_class_id_fkey" FOREIGN KEY ("fleet_id","car_class_id") REFERENCES "public"."car_classes"("fleet_id","id") ON DELETE restrict ON UPDATE no action;
ALTER TABLE "cars" ADD CONSTRAINT "cars_rate_plan_id_fkey" FOREIGN KEY ("fleet_id","rate_plan_id") REFERENCES "public"."rate_plans"("fleet_id","id") ON DELETE restrict ON UPDATE no action;
ALTER TABLE "fleet_members" ADD CONSTRAINT "fleet_members_fleet_id_fkey" FOREIGN KEY ("fleet_id") REFERENCES "public"."fleets"("id") ON DELETE cascade ON UPDATE no action;
ALTER TABLE "fleet_members" ADD CONSTRAINT "fleet_members_user_id_fkey" FOREIGN KEY ("user_id") REFERENCES "public"."users"("id") ON DELETE cascade ON UPDATE no action;
ALTER TABLE "fleets" ADD CONSTRAINT "fleets_rate_plan_id_fkey" FOREIGN KEY ("id","rate_plan_id") REFERENCES "public"."rate_plans"("fleet_id","id") ON DELETE restrict ON UPDATE no action;
ALTER TABLE "fleets" ADD CONSTRAINT "fleets_system_user_id_fkey" FOREIGN KEY ("system_user_id") REFERENCES "public"."users"("id") ON DELETE restrict ON UPDATE no action;
ALTER TABLE "rate_plans" ADD CONSTRAINT "rate_plans_fleet_id_fkey" FOREIGN KEY ("fleet_id") REFERENCES "public"."fleets"("id") ON DELETE restrict ON UPDATE no action;
ALTER TABLE "reviews" ADD CONSTRAINT "reviews_trip_fkey" FOREIGN KEY ("car_id","trip_id") REFERENCES "public"."trips"("car_id","id") ON DELETE restrict ON UPDATE no action;
ALTER TABLE "reviews" ADD CONSTRAINT "reviews_author_id_fkey" FOREIGN KEY ("author_id") REFERENCES "public"."users"("id") ON DELETE restrict ON UPDATE no action;
ALTER TABLE "trip_lines" ADD CONSTRAINT "trip_lines_trip_fkey" FOREIGN KEY ("car_id","trip_id") REFERENCES "public"."trips"("car_id","id") ON DELETE cascade ON UPDATE no action;
ALTER TABLE "trips" ADD CONSTRAINT "trips_car_id_fkey" FOREIGN KEY ("car_id") REFERENCES "public"."cars"("id") ON DELETE restrict ON UPDATE no action;
ALTER TABLE "trips" ADD CONSTRAINT "trips_fleet_id_fkey" FOREIGN KEY ("fleet_id") REFERENCES "public"."fleets"("id") ON DELETE restrict ON UPDATE no action;
ALTER TABLE "trips" ADD CONSTRAINT "trips_booked_by_id_fkey" FOREIGN KEY ("booked_by_id") REFERENCES "public"."users"("id") ON DELETE restrict ON UPDATE no action;
ALTER TABLE "trips" ADD CONSTRAINT "trips_rate_plan_id_fkey" FOREIGN KEY ("rate_plan_id") REFERENCES "public"."rate_plans"("id") ON DELETE restrict ON UPDATE no action;
ALTER TABLE "user_identities" ADD CONSTRAINT "user_identities_user_id_fkey" FOREIGN KEY ("user_id") REFERENCES "public"."users"("id") ON DELETE cascade ON UPDATE no action;
CREATE INDEX "car_classes_fleet_id_rate_plan_id_idx" ON "car_classes" USING btree ("fleet_id","rate_plan_id");
CREATE INDEX "cars_fleet_id_id_idx" ON "cars" USING btree ("fleet_id","id");
CREATE INDEX "cars_fleet_id_car_class_id_id_idx" ON "cars" USING btree ("fleet_id","car_class_id","id");
CREATE INDEX "cars_fleet_id_external_id_idx" ON "cars" USING btree ("fleet_id","external_id");
CREATE INDEX "cars_fleet_id_rate_plan_id_idx" ON "cars" USING btree ("fleet_id","rate_plan_id");
CREATE INDEX "fleet_members_user_id_idx" ON "fleet_members" USING btree ("user_id");
CREATE INDEX "fleets_id_rate_plan_id_idx" ON "fleets" USING btree ("id","rate_plan_id");
CREATE INDEX "fleets_system_user_id_idx" ON "fleets" USING btree ("system_user_id");
CREATE INDEX "reviews_car_id_created_at_idx" ON "reviews" USING btree ("car_id","created_at","id");
CREATE INDEX "reviews_author_id_idx" ON "reviews" USING btree ("author_id");
CREATE INDEX "trips_id_idx" ON "trips" USING btree ("id");
CREATE INDEX "trips_fleet_id_start_idx" ON "trips" USING btree ("fleet_id","trip_start_date","id");
CREATE INDEX "trips_booked_by_id_start_idx" ON "trips" USING btree ("booked_by_id","trip_start_date","id");
CREATE INDEX "trips_car_id_start_idx" ON "trips" USING btree ("car_id","trip_start_date","id");
CREATE UNIQUE INDEX "trips_car_id_external_id_key" ON "trips" USING btree ("car_id","external_id") WHERE "trips"."external_id" is not null;
CREATE UNIQUE INDEX "trips_one_active_per_car" ON "trips" USING btree ("car_id") WHERE "trips"."status" = 'active';
CREATE INDEX "user_identities_user_id_idx" ON "user_identities" USING btree ("user_id");
-- >>> sql/functions/apply_review.sql
-- What: moves a car's rating_sum, total_reviews and rating_histogram by one review, in constant time and exactly.
-- Who: the triggers on reviews. Runs as fleetflow_sys: a renter may not update a car.
create or replace function private.apply_review() returns trigger
  language plpgsql volatile security definer
  set search_path = pg_catalog, public, pg_temp
as $$
begin
  if tg_op in ('UPDATE', 'DELETE') then
    update public.cars as c
       set rating_sum = c.rating_sum - old.rating,
           total_reviews = c.total_reviews - 1,
           rating_histogram[old.rating] = c.rating_histogram[old.rating] - 1
     where c.id = old.car_id;
  end if;
  if tg_op in ('INSERT', 'UPDATE') then
    update public.cars as c
       set rating_sum = c.rating_sum + new.rating,
           total_reviews = c.total_reviews + 1,
           rating_histogram[new.rating] = c.rating_histogram[new.rating] + 1
     where c.id = new.car_id;
  end if;
  return null;
end
$$;

comment on function private.apply_review() is 'Keeps a car''s rating aggregates equal to its reviews.';
alter function private.apply_review() owner to fleetflow_sys;
revoke all on function private.apply_review() from public;
-- <<< sql/functions/apply_review.sql

-- >>> sql/functions/apply_trip_lines.sql
-- What: moves `trips.total_cost` by what a statement added to, changed in or removed from trip_lines. The only writer of that column.
-- Who: the triggers on trip_lines. Runs as fleetflow_sys, which alone may update the column.
create or replace function private.apply_trip_lines() returns trigger
  language plpgsql volatile security definer
  set search_path = pg_catalog, public, pg_temp
as $$
begin
  if tg_op in ('INSERT', 'UPDATE') then
    update public.trips as t
       set total_cost = t.total_cost + l.amount
      from (select n.car_id, n.trip_id, sum(n.amount) as amount from new_lines as n group by n.car_id, n.trip_id) as l
     where t.car_id = l.car_id and t.id = l.trip_id and l.amount <> 0;
  end if;
  if tg_op in ('UPDATE', 'DELETE') then
    update public.trips as t
       set total_cost = t.total_cost - l.amount
      from (select o.car_id, o.trip_id, sum(o.amount) as amount from old_lines as o group by o.car_id, o.trip_id) as l
     where t.car_id = l.car_id and t.id = l.trip_id and l.amount <> 0;
  end if;
  return null;
end
$$;

comment on function private.apply_trip_lines() is 'Keeps trips.total_cost equal to the sum of a trip''s lines.';
alter function private.apply_trip_lines() owner to fleetflow_sys;
revoke all on function private.apply_trip_lines() from public;
-- <<< sql/functions/apply_trip_lines.sql

-- >>> sql/functions/blocked_range.sql
-- What: the range for which a trip takes its car: from the start less preparation to the end plus turnaround.
--   Closed on both sides, or open at the end where trips may follow back to back.
-- Who: everything that books, moves or imports a trip.
create or replace function private.blocked_range(
  starts timestamptz, ends timestamptz, prep_minutes integer, turnaround_minutes integer, back_to_back boolean
) returns tstzrange
  language sql immutable parallel safe
  set search_path = pg_catalog, public, pg_temp
as $$
  select tstzrange(
    blocked_range.starts - make_interval(mins => blocked_range.prep_minutes),
    blocked_range.ends + make_interval(mins => blocked_range.turnaround_minutes),
    case when blocked_range.back_to_back then '[)' else '[]' end)
$$;

comment on function private.blocked_range(timestamptz, timestamptz, integer, integer, boolean) is 'What a trip takes of its car.';
revoke all on function private.blocked_range(timestamptz, timestamptz, integer, integer, boolean) from public;
grant execute on function private.blocked_range(timestamptz, timestamptz, integer, integer, boolean) to fleetflow_fn, fleetflow_sys;
-- <<< sql/functions/blocked_range.sql

-- >>> sql/functions/cancel_trip_rpc.sql
-- What: cancels a trip that has not begun, frees its car at once and gives back what the trip cost as a new line.
-- Who: the trip's renter before its start; owners and managers of its fleet any time, with a reason (also for their own, once it has begun).
-- Raises: UNAUTHENTICATED, NOT_FOUND, FORBIDDEN, VERSION_MISMATCH (version), INVALID_STATE (from, operation, allowed),
--   REASON_REQUIRED, BAD_INPUT. Locks: the car, then the trip.
create or replace function public.cancel_trip_rpc(trip_id uuid, reason text, version integer, actor jsonb) returns jsonb
  language plpgsql volatile security definer
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  v_actor uuid := private.enter(cancel_trip_rpc.actor, true);
  v_trip public.trips := private.find_trip(cancel_trip_rpc.trip_id, cancel_trip_rpc.version);
  v_renter boolean := v_trip.booked_by_id = v_actor;
  v_manages boolean := v_trip.fleet_id in (select private.my_fleets('{owner,manager}'));
  v_reason text := nullif(btrim(cancel_trip_rpc.reason, E' \t\n\r'), '');
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
     set status = 'cancelled', cancel_reason = v_reason, version = t.version + 1, updated_at = now()
   where t.car_id = v_trip.car_id and t.id = v_trip.id;

  insert into public.trip_lines (car_id, trip_id, id, kind, description, quantity, unit_amount, amount)
  select v_trip.car_id, v_trip.id, private.uuid_v7(), 'refund', 'Cancelled', 1, -v_trip.total_cost, -v_trip.total_cost
   where v_trip.total_cost <> 0;
  return (select private.trip_json(t) from public.trips as t where t.car_id = v_trip.car_id and t.id = v_trip.id);
end
$$;

comment on function public.cancel_trip_rpc(uuid, text, integer, jsonb) is 'Cancels a trip that has not begun.';
alter function public.cancel_trip_rpc(uuid, text, integer, jsonb) owner to fleetflow_fn;
revoke all on function public.cancel_trip_rpc(uuid, text, integer, jsonb) from public;
grant execute on function public.cancel_trip_rpc(uuid, text, integer, jsonb) to fleetflow_api;
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

-- >>> sql/functions/check_first_status.sql
-- What: refuses trips that begin their life in a state in which no trip may begin; one look for a whole statement.
-- Who: the trigger on inserts into trips. Raises: INVALID_STATE (from, operation, allowed).
create or replace function private.check_first_status() returns trigger
  language plpgsql volatile security definer
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  v_status text;
begin
  select n.status into v_status
    from (select distinct t.status from new_trips as t) as n
   where not exists (select from public.trip_transitions as s where s.from_status = 'none' and s.to_status = n.status)
   limit 1;
  if v_status is not null then
    perform private.refuse_state('none', v_status);
  end if;
  return null;
end
$$;

comment on function private.check_first_status() is 'Refuses trips that begin in a state in which no trip may begin.';
alter function private.check_first_status() owner to fleetflow_sys;
revoke all on function private.check_first_status() from public;
-- <<< sql/functions/check_first_status.sql

-- >>> sql/functions/check_period.sql
-- What: refuses a period that is missing, infinite, empty, reversed, outside the years 1900 to 9998 or too long.
-- Who: every function that books or moves a trip.
-- Raises: BAD_INPUT (field startDate or endDate), TOO_LONG (maxDays).
create or replace function private.check_period(starts timestamptz, ends timestamptz) returns void
  language plpgsql immutable parallel safe
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  v_fault text := private.period_fault(check_period.starts, check_period.ends);
begin
  if v_fault = 'TOO_LONG' then
    raise exception using errcode = 'FF102', message = 'TOO_LONG',
      detail = jsonb_build_object('field', 'endDate', 'maxDays', 366);
  elsif v_fault is not null then
    raise exception using errcode = 'FF400', message = 'BAD_INPUT',
      detail = jsonb_build_object('field', v_fault, 'reason', 'PERIOD_INVALID');
  end if;
end
$$;

comment on function private.check_period(timestamptz, timestamptz) is 'Refuses a period that nobody could drive.';
revoke all on function private.check_period(timestamptz, timestamptz) from public;
grant execute on function private.check_period(timestamptz, timestamptz) to fleetflow_fn;
-- <<< sql/functions/check_period.sql

-- >>> sql/functions/check_transition.sql
-- What: refuses a step of a trip's life that is not a row of trip_transitions.
-- Who: the trigger on updates of trips.status. Raises: INVALID_STATE (from, operation, allowed).
create or replace function private.check_transition() returns trigger
  language plpgsql volatile security definer
  set search_path = pg_catalog, public, pg_temp
as $$
begin
  if not exists (select from public.trip_transitions as s where s.from_status = old.status and s.to_status = new.status) then
    perform private.refuse_state(old.status, new.status);
  end if;
  return new;
end
$$;

comment on function private.check_transition() is 'Refuses a step that is not in trip_transitions.';
alter function private.check_transition() owner to fleetflow_sys;
revoke all on function private.check_transition() from public;
-- <<< sql/functions/check_transition.sql

-- >>> sql/functions/create_review_rpc.sql
-- What: the renter's review of a completed rental; the car's aggregates follow by trigger.
-- Who: the trip's renter, once. Raises: UNAUTHENTICATED, NOT_FOUND, FORBIDDEN (seen, but not one's own rental), BAD_INPUT,
--   INVALID_STATE (from, operation, allowed), ALREADY_REVIEWED. Locks: the car.
create or replace function public.create_review_rpc(trip_id uuid, rating integer, comment text, actor jsonb) returns jsonb
  language plpgsql volatile security definer
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  v_actor uuid := private.enter(create_review_rpc.actor, true);
  v_comment text := nullif(btrim(create_review_rpc.comment, E' \t\n\r'), '');
  v_trip public.trips;
  v_review public.reviews;
begin
  select t.* into v_trip from public.trips as t where t.id = create_review_rpc.trip_id;
  if not found then
    raise exception using errcode = 'FF404', message = 'NOT_FOUND', detail = jsonb_build_object('field', 'tripId');
  end if;
  if v_trip.booked_by_id <> v_actor or v_trip.purpose <> 'rental' then
    raise exception using errcode = 'FF403', message = 'FORBIDDEN';
  end if;
  if create_review_rpc.rating is null or create_review_rpc.rating not between 1 and 5 or length(v_comment) > 4000 then
    raise exception using errcode = 'FF400', message = 'BAD_INPUT', detail = jsonb_build_object('field',
      case when length(v_comment) > 4000 then 'comment' else 'rating' end);
  end if;
  if v_trip.status <> 'completed' then
    perform private.refuse_state(v_trip.status, 'review');
  end if;

  perform private.lock_cars(array[v_trip.car_id]);
  insert into public.reviews as r (car_id, id, trip_id, author_id, rating, comment)
  values (v_trip.car_id, private.uuid_v7(), v_trip.id, v_actor, create_review_rpc.rating, v_comment)
  on conflict on constraint reviews_car_id_trip_id_key do nothing
  returning r.* into v_review;
  if not found then
    raise exception using errcode = 'FF003', message = 'ALREADY_REVIEWED';
  end if;
  return private.review_json(v_review);
end
$$;

comment on function public.create_review_rpc(uuid, integer, text, jsonb) is 'The renter''s review of a completed rental.';
alter function public.create_review_rpc(uuid, integer, text, jsonb) owner to fleetflow_fn;
revoke all on function public.create_review_rpc(uuid, integer, text, jsonb) from public;
grant execute on function public.create_review_rpc(uuid, integer, text, jsonb) to fleetflow_api;
-- <<< sql/functions/create_review_rpc.sql

-- >>> sql/functions/create_trip_rpc.sql
-- What: books a car for a period: finds the car under the caller's policies, prices, inserts, answers. One statement.
-- Who: any signed-in user for themselves; owners and managers of the car's fleet for any renter and any purpose.
-- Raises: UNAUTHENTICATED, BAD_INPUT, NOT_FOUND (car, or field userId), FORBIDDEN, TOO_SOON (earliest), TOO_LONG (maxDays),
--   NOT_PRICED, PRICE_CHANGED (totalCost, currency), TRIP_OVERLAP (conflicts, nextFree).
-- Locks: the car, and reads it again: it may have been retired or given other buffers meanwhile.
--   The constraint decides; the lock only makes callers queue instead of deadlock.
create or replace function public.create_trip_rpc(
  car_id uuid, user_id uuid, start_date timestamptz, end_date timestamptz, actor jsonb,
  purpose text default 'rental', max_total bigint default null
) returns jsonb
  language plpgsql volatile security definer
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  v_actor uuid := private.enter(create_trip_rpc.actor, true);
  v_renter uuid := coalesce(create_trip_rpc.user_id, v_actor);
  v_purpose text := coalesce(create_trip_rpc.purpose, 'rental');
  v_rental boolean := v_purpose = 'rental';
  v_manages boolean;
  v_car public.cars;
  v_plan public.rate_plans;
  v_total bigint := 0;
  v_trip public.trips;
begin
  select c.* into v_car from public.cars as c where c.id = create_trip_rpc.car_id and c.retired_at is null;
  if not found then
    raise exception using errcode = 'FF404', message = 'NOT_FOUND', detail = jsonb_build_object('field', 'carId');
  end if;
  if v_purpose not in ('rental', 'maintenance', 'repair', 'owner_use') then
    raise exception using errcode = 'FF400', message = 'BAD_INPUT', detail = jsonb_build_object('field', 'purpose');
  end if;
  v_manages := v_car.fleet_id in (select private.my_fleets('{owner,manager}'));
  if not v_manages and (v_renter <> v_actor or not v_rental) then
    raise exception using errcode = 'FF403', message = 'FORBIDDEN';
  end if;
  if v_renter <> v_actor and not private.user_is_active(v_renter) then
    raise exception using errcode = 'FF404', message = 'NOT_FOUND', detail = jsonb_build_object('field', 'userId');
  end if;
  perform private.check_period(create_trip_rpc.start_date, create_trip_rpc.end_date);
  if not v_manages and create_trip_rpc.start_date < now() then
    raise exception using errcode = 'FF101', message = 'TOO_SOON',
      detail = jsonb_build_object('field', 'startDate', 'earliest', private.iso(date_trunc('minute', now()) + interval '1 minute'));
  end if;

  perform private.lock_cars(array[v_car.id]);
  perform private.extend_overdue(v_car.id);
  select c.* into v_car from public.cars as c where c.id = create_trip_rpc.car_id and c.retired_at is null;
  if not found then
    raise exception using errcode = 'FF404', message = 'NOT_FOUND', detail = jsonb_build_object('field', 'carId');
  end if;

  if v_rental then
    v_plan := private.rate_plan_of(v_car);
    if v_plan.id is null then
      raise exception using errcode = 'FF103', message = 'NOT_PRICED';
    end if;
    select sum(l.amount) into v_total
      from private.price_lines(v_plan, v_car.time_zone, create_trip_rpc.start_date, create_trip_rpc.end_date) as l;
    if v_total > create_trip_rpc.max_total then
      raise exception using errcode = 'FF004', message = 'PRICE_CHANGED',
        detail = jsonb_build_object('totalCost', v_total, 'currency', v_plan.currency);
    end if;
  end if;

  insert into public.trips as t (car_id, id, fleet_id, booked_by_id, purpose, status, trip_start_date, trip_end_date,
    prep_minutes, turnaround_minutes, back_to_back, blocked, currency, rate_plan_id)
  values (v_car.id, private.uuid_v7(), v_car.fleet_id, v_renter, v_purpose, 'confirmed',
    create_trip_rpc.start_date, create_trip_rpc.end_date, v_car.prep_minutes, v_car.turnaround_minutes, v_car.back_to_back,
    private.blocked_range(create_trip_rpc.start_date, create_trip_rpc.end_date,
      v_car.prep_minutes, v_car.turnaround_minutes, v_car.back_to_back),
    coalesce(v_plan.currency, (select f.currency from public.fleets as f where f.id = v_car.fleet_id)), v_plan.id)
  on conflict on constraint prevent_overlap do nothing
  returning t.* into v_trip;
  if not found then
    raise exception using errcode = 'FF001', message = 'TRIP_OVERLAP',
      detail = private.overlap_details(v_car.id, create_trip_rpc.start_date, create_trip_rpc.end_date,
        v_car.prep_minutes, v_car.turnaround_minutes, v_car.back_to_back);
  end if;

  if v_rental then
    insert into public.trip_lines (car_id, trip_id, id, kind, description, quantity, unit_amount, amount)
    select v_trip.car_id, v_trip.id, private.uuid_v7(), l.kind, l.description, l.quantity, l.unit_amount, l.amount
      from private.price_lines(v_plan, v_car.time_zone, v_trip.trip_start_date, v_trip.trip_end_date) as l;
  end if;
  return (select private.trip_json(t) from public.trips as t where t.car_id = v_trip.car_id and t.id = v_trip.id);
end
$$;

comment on function public.create_trip_rpc(uuid, uuid, timestamptz, timestamptz, jsonb, text, bigint) is 'Books a car for a period.';
alter function public.create_trip_rpc(uuid, uuid, timestamptz, timestamptz, jsonb, text, bigint) owner to fleetflow_fn;
revoke all on function public.create_trip_rpc(uuid, uuid, timestamptz, timestamptz, jsonb, text, bigint) from public;
grant execute on function public.create_trip_rpc(uuid, uuid, timestamptz, timestamptz, jsonb, text, bigint) to fleetflow_api;
-- <<< sql/functions/create_trip_rpc.sql

-- >>> sql/functions/decode_cursor.sql
-- What: reads a cursor; no cursor stands for the place before the first row of a list that runs backwards in time.
-- Who: list functions. Raises: BAD_INPUT (BAD_CURSOR).
create or replace function private.decode_cursor(page_cursor text, out instant timestamptz, out id uuid)
  language plpgsql immutable parallel safe
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  c_first constant bigint := -2208988800000000; -- 1900
  c_last constant bigint := 253402300800000000; -- 10000
  v_micros bigint;
begin
  if decode_cursor.page_cursor is null then
    decode_cursor.instant := 'infinity';
    decode_cursor.id := 'ffffffff-ffff-ffff-ffff-ffffffffffff';
    return;
  end if;
  if decode_cursor.page_cursor ~ '^-?[0-9]{1,18}\.[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$' then
    v_micros := split_part(decode_cursor.page_cursor, '.', 1)::bigint;
  end if;
  if v_micros is null or v_micros not between c_first and c_last then
    raise exception using errcode = 'FF400', message = 'BAD_INPUT',
      detail = jsonb_build_object('field', 'cursor', 'reason', 'BAD_CURSOR');
  end if;
  decode_cursor.instant := 'epoch'::timestamptz
    + (v_micros / 1000000) * interval '1 second' + (v_micros % 1000000) * interval '1 microsecond';
  decode_cursor.id := split_part(decode_cursor.page_cursor, '.', 2)::uuid;
end
$$;

comment on function private.decode_cursor(text) is 'Reads a cursor.';
revoke all on function private.decode_cursor(text) from public;
grant execute on function private.decode_cursor(text) to fleetflow_fn;
-- <<< sql/functions/decode_cursor.sql

-- >>> sql/functions/encode_cursor.sql
-- What: the opaque cursor that continues a list after the row with this instant and id.
-- Who: list functions.
create or replace function private.encode_cursor(instant timestamptz, id uuid) returns text
  language sql immutable parallel safe
  set search_path = pg_catalog, public, pg_temp
as $$
  select (extract(epoch from encode_cursor.instant) * 1000000)::bigint || '.' || encode_cursor.id
$$;

comment on function private.encode_cursor(timestamptz, uuid) is 'The cursor that continues a list after a row.';
revoke all on function private.encode_cursor(timestamptz, uuid) from public;
grant execute on function private.encode_cursor(timestamptz, uuid) to fleetflow_fn;
-- <<< sql/functions/encode_cursor.sql

-- >>> sql/functions/enter.sql
-- What: the first line of every entry function. Recognises the actor, takes rights from the tables (never from a token)
--   and sets the identity for this transaction only.
-- Who: every entry function. `actor` is {"userId"} or {"issuer", "subject", "email", "name"}; the API role is trusted to state it.
-- Answers: the user's id; NULL for a subject never seen before, unless `may_create` makes their row.
-- Raises: UNAUTHENTICATED (no actor, one that is too long to be real, unknown userId, suspended).
create or replace function private.enter(actor jsonb, may_create boolean) returns uuid
  language plpgsql volatile security definer
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  v_user public.users;
begin
  if enter.actor ? 'userId' then
    select u.* into v_user from public.users as u where u.id = (enter.actor ->> 'userId')::uuid;
  elsif length(enter.actor ->> 'issuer') between 1 and 500 and length(enter.actor ->> 'subject') between 1 and 500 then
    select u.* into v_user
      from public.user_identities as i join public.users as u on u.id = i.user_id
     where i.issuer = enter.actor ->> 'issuer' and i.subject = enter.actor ->> 'subject';
    if v_user.id is null and enter.may_create then
      v_user := private.first_sight(enter.actor);
    elsif v_user.id is null then
      perform set_config('fleetflow.uid', '', true), set_config('fleetflow.admin', 'off', true);
      return null;
    end if;
  end if;
  if v_user.id is null or v_user.suspended_at is not null then
    raise exception using errcode = 'FF401', message = 'UNAUTHENTICATED';
  end if;
  perform set_config('fleetflow.uid', v_user.id::text, true),
          set_config('fleetflow.admin', case when v_user.is_admin then 'on' else 'off' end, true);
  return v_user.id;
end
$$;

comment on function private.enter(jsonb, boolean) is 'Recognises the actor and sets the identity of this transaction.';
alter function private.enter(jsonb, boolean) owner to fleetflow_sys;
revoke all on function private.enter(jsonb, boolean) from public;
grant execute on function private.enter(jsonb, boolean) to fleetflow_fn;
-- <<< sql/functions/enter.sql

-- >>> sql/functions/extend_overdue.sql
-- What: blocks a car whose active trip is past its end from now until it could be turned around, so that an overdue car is not bookable now.
--   Grows at most up to the next trip's lower bound, and then says that it was cut.
-- Who: functions that book or move a trip, under the car's lock. Runs as fleetflow_sys: the overdue trip is somebody else's.
create or replace function private.extend_overdue(car_id uuid) returns void
  language sql volatile security definer
  set search_path = pg_catalog, public, pg_temp
as $$
  update public.trips as t
     set blocked = case when n.starts <= g.until then tstzrange(lower(t.blocked), n.starts, '[)')
                        else tstzrange(lower(t.blocked), g.until, case when t.back_to_back then '[)' else '[]' end) end,
         cut = coalesce(n.starts <= g.until, false)
    from public.trips as overdue
   cross join lateral (select now() + make_interval(mins => overdue.turnaround_minutes) as until) as g
    left join lateral (
      select min(lower(x.blocked)) as starts
        from public.trips as x
       where x.car_id = overdue.car_id and x.id <> overdue.id and x.blocked && tstzrange(upper(overdue.blocked), g.until, '[]')
         and x.status in ('held', 'requested', 'confirmed', 'active', 'completed')) as n on true
   where overdue.car_id = extend_overdue.car_id and overdue.status = 'active' and overdue.trip_end_date < now()
     and upper(overdue.blocked) < g.until and coalesce(n.starts, 'infinity') > upper(overdue.blocked)
     and t.car_id = overdue.car_id and t.id = overdue.id
$$;

comment on function private.extend_overdue(uuid) is 'Blocks an overdue car until it could be turned around.';
alter function private.extend_overdue(uuid) owner to fleetflow_sys;
revoke all on function private.extend_overdue(uuid) from public;
grant execute on function private.extend_overdue(uuid) to fleetflow_fn;
-- <<< sql/functions/extend_overdue.sql

-- >>> sql/functions/find_fleet.sql
-- What: a fleet by its id or slug, under the caller's policies.
-- Who: list functions. Raises: NOT_FOUND (absent, or hidden from the caller).
create or replace function private.find_fleet(fleet text) returns uuid
  language plpgsql stable
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  v_as_id uuid := case when find_fleet.fleet ~* '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$' then find_fleet.fleet::uuid end;
  v_id uuid;
begin
  if v_as_id is not null then
    select f.id into v_id from public.fleets as f where f.id = v_as_id;
  else
    select f.id into v_id from public.fleets as f where f.slug = find_fleet.fleet;
  end if;
  if v_id is null then
    raise exception using errcode = 'FF404', message = 'NOT_FOUND', detail = jsonb_build_object('field', 'fleet');
  end if;
  return v_id;
end
$$;

comment on function private.find_fleet(text) is 'A fleet by its id or slug.';
revoke all on function private.find_fleet(text) from public;
grant execute on function private.find_fleet(text) to fleetflow_fn, fleetflow_sys;
-- <<< sql/functions/find_fleet.sql

-- >>> sql/functions/find_trip.sql
-- What: locks the car of a trip, then the trip, and hands the trip out as it is then.
-- Who: functions that change a trip, under the caller's policies. A trip's members who may only look get FORBIDDEN.
-- Raises: NOT_FOUND (absent, or hidden), FORBIDDEN, VERSION_MISMATCH (version). Locks: the car, then the trip.
create or replace function private.find_trip(trip_id uuid, version integer) returns public.trips
  language plpgsql volatile
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  v_trip public.trips;
begin
  select t.* into v_trip from public.trips as t where t.id = find_trip.trip_id;
  if not found then
    raise exception using errcode = 'FF404', message = 'NOT_FOUND', detail = jsonb_build_object('field', 'id');
  end if;
  perform private.lock_cars(array[v_trip.car_id]);
  select t.* into v_trip
    from public.trips as t
   where t.car_id = v_trip.car_id and t.id = find_trip.trip_id
     for no key update;
  if not found then
    raise exception using errcode = 'FF403', message = 'FORBIDDEN';
  end if;
  if v_trip.version <> find_trip.version then
    raise exception using errcode = 'FF412', message = 'VERSION_MISMATCH', detail = jsonb_build_object('version', v_trip.version);
  end if;
  return v_trip;
end
$$;

comment on function private.find_trip(uuid, integer) is 'Locks a trip that is about to change.';
revoke all on function private.find_trip(uuid, integer) from public;
grant execute on function private.find_trip(uuid, integer) to fleetflow_fn;
-- <<< sql/functions/find_trip.sql

-- >>> sql/functions/first_sight.sql
-- What: makes the user of an (issuer, subject) never seen before; two callers at once end with one user.
-- Who: private.enter. Locks: the identity's key, by inserting it.
create or replace function private.first_sight(actor jsonb) returns public.users
  language plpgsql volatile
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  v_user public.users;
  v_email text := nullif(first_sight.actor ->> 'email', '');
begin
  insert into public.users (id, email, name)
  values (private.uuid_v7(),
          case when length(v_email) <= 320 then v_email end,
          coalesce(nullif(left(btrim(first_sight.actor ->> 'name'), 200), ''), 'New user'))
  returning * into v_user;

  insert into public.user_identities (issuer, subject, user_id)
  values (first_sight.actor ->> 'issuer', first_sight.actor ->> 'subject', v_user.id)
  on conflict (issuer, subject) do nothing;
  if found then
    return v_user;
  end if;

  delete from public.users as u where u.id = v_user.id;
  select u.* into v_user
    from public.user_identities as i join public.users as u on u.id = i.user_id
   where i.issuer = first_sight.actor ->> 'issuer' and i.subject = first_sight.actor ->> 'subject';
  return v_user;
end
$$;

comment on function private.first_sight(jsonb) is 'Creates the user of an identity seen for the first time.';
revoke all on function private.first_sight(jsonb) from public;
grant execute on function private.first_sight(jsonb) to fleetflow_sys;
-- <<< sql/functions/first_sight.sql

-- >>> sql/functions/get_car_rpc.sql
-- What: one car with its rates and rating.
-- Who: whoever sees it. Raises: UNAUTHENTICATED, NOT_FOUND (absent, or hidden).
create or replace function public.get_car_rpc(car_id uuid, actor jsonb) returns jsonb
  language plpgsql volatile security definer
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  v_actor uuid := private.enter(get_car_rpc.actor, false);
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

-- >>> sql/functions/get_me_rpc.sql
-- What: who the caller is and which fleets they work in; makes the user of an identity seen for the first time.
-- Who: any signed-in user. Raises: UNAUTHENTICATED.
create or replace function public.get_me_rpc(actor jsonb) returns jsonb
  language plpgsql volatile security definer
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  v_actor uuid := private.enter(get_me_rpc.actor, true);
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

-- >>> sql/functions/get_trip_rpc.sql
-- What: one trip with its lines.
-- Who: its renter and its fleet's members. Raises: UNAUTHENTICATED, NOT_FOUND (absent, or hidden).
create or replace function public.get_trip_rpc(trip_id uuid, actor jsonb) returns jsonb
  language plpgsql volatile security definer
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  v_actor uuid := private.enter(get_trip_rpc.actor, false);
  v_trip public.trips;
begin
  select t.* into v_trip from public.trips as t where t.id = get_trip_rpc.trip_id;
  if not found then
    raise exception using errcode = 'FF404', message = 'NOT_FOUND', detail = jsonb_build_object('field', 'id');
  end if;
  return private.trip_json(v_trip) || jsonb_build_object('lines', (
    select coalesce(jsonb_agg(jsonb_build_object('id', l.id, 'kind', l.kind, 'description', l.description, 'quantity', l.quantity,
             'unitAmount', l.unit_amount, 'amount', l.amount, 'createdAt', private.iso(l.created_at)) order by l.id), '[]')
      from public.trip_lines as l
     where l.car_id = v_trip.car_id and l.trip_id = v_trip.id));
end
$$;

comment on function public.get_trip_rpc(uuid, jsonb) is 'One trip with its lines.';
alter function public.get_trip_rpc(uuid, jsonb) owner to fleetflow_fn;
revoke all on function public.get_trip_rpc(uuid, jsonb) from public;
grant execute on function public.get_trip_rpc(uuid, jsonb) to fleetflow_api;
-- <<< sql/functions/get_trip_rpc.sql

-- >>> sql/functions/guard_total.sql
-- What: refuses a `total_cost` that does not come from trip_lines: one that a trip begins with, or that anybody sets by hand.
-- Who: the triggers on trips. The trigger on trip_lines, which alone may move the column, runs one level deeper than a statement.
create or replace function private.guard_total() returns trigger
  language plpgsql volatile
  set search_path = pg_catalog, public, pg_temp
as $$
begin
  if tg_op = 'UPDATE' and pg_trigger_depth() > 1 then
    return new;
  end if;
  raise exception using errcode = 'insufficient_privilege', message = 'total_cost follows trip_lines and is never written by hand';
end
$$;

comment on function private.guard_total() is 'Refuses a total_cost that does not come from trip_lines.';
revoke all on function private.guard_total() from public;
-- <<< sql/functions/guard_total.sql

-- >>> sql/functions/import_cars.sql
-- What: the cars of a fleet by their external ids, in the order of `vehicles`; those that the fleet does not have yet are made, and their class.
-- Who: private.import_trips. Locks: the fleet, but only when a car is missing, so that two imports never make the same car twice.
create or replace function private.import_cars(fleet_id uuid, vehicles text[], car_class text, back_to_back boolean) returns uuid[]
  language plpgsql volatile
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  v_fleet public.fleets;
  v_class_id uuid;
  v_found uuid[];
begin
  -- The second look is taken under the fleet's lock, the third after the insert.
  for i in 1 .. 3 loop
    v_found := array(
      select (array_agg(c.id order by c.id))[1]
        from unnest(import_cars.vehicles) with ordinality as v (vehicle, n)
        left join public.cars as c on c.fleet_id = import_cars.fleet_id and c.external_id = v.vehicle
       group by v.n
       order by v.n);
    exit when array_position(v_found, null) is null;
    if i = 1 then
      select f.* into v_fleet from public.fleets as f where f.id = import_cars.fleet_id for no key update;
    elsif i = 2 then
      insert into public.car_classes (id, fleet_id, slug, name)
      values (private.uuid_v7(), v_fleet.id, import_cars.car_class, import_cars.car_class)
      on conflict on constraint car_classes_fleet_id_slug_key do nothing;
      select k.id into v_class_id from public.car_classes as k where k.fleet_id = v_fleet.id and k.slug = import_cars.car_class;

      insert into public.cars (id, fleet_id, car_class_id, name, external_id, time_zone, back_to_back)
      select private.uuid_v7(), v_fleet.id, v_class_id, v.vehicle, v.vehicle, v_fleet.time_zone, import_cars.back_to_back
        from unnest(import_cars.vehicles, v_found) as v (vehicle, id)
       where v.id is null;
    end if;
  end loop;
  return v_found;
end
$$;

comment on function private.import_cars(uuid, text[], text, boolean) is 'Finds or makes the cars that an import names.';
alter function private.import_cars(uuid, text[], text, boolean) owner to fleetflow_sys;
revoke all on function private.import_cars(uuid, text[], text, boolean) from public;
-- <<< sql/functions/import_cars.sql

-- >>> sql/functions/import_fleet.sql
-- What: the fleet that an import writes to, by id or slug; made when it is absent and the caller wants that.
-- Who: administrators, through the command line. Raises: NOT_FOUND (field fleet), BAD_INPUT (field fleet, currency or timeZone).
create or replace function private.import_fleet(fleet text, may_create boolean, currency text, time_zone text) returns uuid
  language plpgsql volatile
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  v_system uuid;
begin
  if import_fleet.may_create and not exists (
    select from public.fleets as f where import_fleet.fleet in (f.slug, f.id::text))
  then
    v_system := private.uuid_v7();
    insert into public.users (id, name) values (v_system, left(import_fleet.fleet, 190) || ' (system)');
    insert into public.fleets (id, slug, name, currency, time_zone, system_user_id)
    values (private.uuid_v7(), import_fleet.fleet, import_fleet.fleet, import_fleet.currency, import_fleet.time_zone, v_system)
    on conflict (slug) do nothing;
    if not found then
      delete from public.users as u where u.id = v_system;
    end if;
  end if;
  return private.find_fleet(import_fleet.fleet);
exception
  when check_violation or invalid_parameter_value then
    raise exception using errcode = 'FF400', message = 'BAD_INPUT', detail = jsonb_build_object('field', 'fleet');
end
$$;

comment on function private.import_fleet(text, boolean, text, text) is 'The fleet that an import writes to.';
alter function private.import_fleet(text, boolean, text, text) owner to fleetflow_sys;
revoke all on function private.import_fleet(text, boolean, text, text) from public;
-- <<< sql/functions/import_fleet.sql

-- >>> sql/functions/import_refusals.sql
-- What: why the rows of an imported batch that were not stored were not: how many are known `already`, and for the others the code
--   (BAD_INPUT with the bound at fault, TOO_LONG, TRIP_OVERLAP) and the trip in the way { id, externalId, startDate, endDate }.
-- Who: private.import_trips, after it has stored the rest.
create or replace function private.import_refusals(
  bounds text, cars uuid[], ids uuid[], external_ids text[], starts timestamptz[], ends timestamptz[], stored uuid[]
) returns jsonb
  language plpgsql stable
  set search_path = pg_catalog, public, pg_temp
  set plan_cache_mode = force_custom_plan
as $$
declare
  v_answer jsonb;
begin
  with given as (
    select g.*
      from unnest(import_refusals.cars, import_refusals.ids, import_refusals.external_ids, import_refusals.starts, import_refusals.ends)
             with ordinality as g (car_id, id, external_id, starts, ends, n)
  ), left_out as (
    select g.*, private.period_fault(g.starts, g.ends) as fault
      from given as g
     where not exists (select from unnest(import_refusals.stored) as s (id) where s.id = g.id)
  ), judged as (
    -- A row is known when its id was there before, or was stored by an earlier row of this batch.
    select l.*, k.id is not null and coalesce(own.n < l.n, true) as known
      from left_out as l
      left join lateral (select t.id from public.trips as t where t.car_id = l.car_id and t.external_id = l.external_id limit 1) as k on true
      left join given as own on own.id = k.id
  )
  select jsonb_build_object(
    'already', count(*) filter (where j.known),
    'refused', coalesce(jsonb_agg(jsonb_strip_nulls(jsonb_build_object(
      'row', j.n,
      'code', case when j.fault is null then 'TRIP_OVERLAP' when j.fault = 'TOO_LONG' then 'TOO_LONG' else 'BAD_INPUT' end,
      'field', case j.fault when 'startDate' then 'start' when 'endDate' then 'end' when 'TOO_LONG' then 'end' end,
      'reason', case when j.fault <> 'TOO_LONG' then 'PERIOD_INVALID' end,
      'conflict', c.conflict)) order by j.n) filter (where not j.known), '[]'))
    into v_answer
    from judged as j
    left join lateral (
      select jsonb_build_object('id', t.id, 'externalId', t.external_id,
               'startDate', private.iso(t.trip_start_date), 'endDate', private.iso(t.trip_end_date)) as conflict
        from public.trips as t
       where t.car_id = j.car_id
         and t.blocked && case when j.fault is null and not j.known then tstzrange(j.starts, j.ends, import_refusals.bounds) end
         and t.status in ('held', 'requested', 'confirmed', 'active', 'completed')
       order by lower(t.blocked), t.id
       limit 1) as c on true;
  return v_answer;
end
$$;

comment on function private.import_refusals(text, uuid[], uuid[], text[], timestamptz[], timestamptz[], uuid[]) is
  'Why rows of an imported batch were not stored.';
alter function private.import_refusals(text, uuid[], uuid[], text[], timestamptz[], timestamptz[], uuid[]) owner to fleetflow_sys;
revoke all on function private.import_refusals(text, uuid[], uuid[], text[], timestamptz[], timestamptz[], uuid[]) from public;
-- <<< sql/functions/import_refusals.sql

-- >>> sql/functions/import_trips.sql
-- What: stores one batch of a trip history as completed rentals of the fleet's system user, in the order of the arrays: the earlier row
--   wins. `row_vehicles` points into `vehicles`, which are distinct. Rows that are known by (car, external id) are left alone, so a
--   batch may be sent twice. A cost becomes one line.
--   Answers { inserted, already, refused: [{ row (from 1), code, field?, reason?, conflict? }] }; see import_refusals.
-- Who: administrators, through the command line. Raises: NOT_FOUND (field fleet).
-- Locks: the fleet when cars are missing, then every car of the batch, ascending.
create or replace function private.import_trips(
  fleet_id uuid, car_class text, back_to_back boolean, vehicles text[], row_vehicles integer[],
  external_ids text[], starts timestamptz[], ends timestamptz[], costs bigint[], currencies text[]
) returns jsonb
  language plpgsql volatile
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  v_bounds text := case when import_trips.back_to_back then '[)' else '[]' end;
  v_fleet public.fleets;
  v_named uuid[];
  v_cars uuid[];
  v_ids uuid[];
  v_stored uuid[];
  v_millis bigint := extract(epoch from clock_timestamp()) * 1000;
begin
  select f.* into v_fleet from public.fleets as f where f.id = import_trips.fleet_id;
  if not found then
    raise exception using errcode = 'FF404', message = 'NOT_FOUND', detail = jsonb_build_object('field', 'fleet');
  end if;
  v_named := private.import_cars(v_fleet.id, import_trips.vehicles, import_trips.car_class, import_trips.back_to_back);
  -- Version 7 ids that ascend with the rows: a counter of 12 bits below the milliseconds.
  select array_agg(v_named[r.vehicle] order by r.n),
         array_agg((lpad(to_hex(v_millis + r.n / 4096), 12, '0') || to_hex(28672 + r.n % 4096)
           || right(replace(gen_random_uuid()::text, '-', ''), 16))::uuid order by r.n)
    into v_cars, v_ids
    from unnest(import_trips.row_vehicles) with ordinality as r (vehicle, n);
  perform private.lock_cars(v_named);

  -- No target: a row may meet another trip (prevent_overlap) or, within the batch, its own id again; import_refusals tells which.
  with stored as (
    insert into public.trips (car_id, id, fleet_id, booked_by_id, purpose, status, trip_start_date, trip_end_date, back_to_back,
      blocked, currency, external_id)
    select g.car_id, g.id, v_fleet.id, v_fleet.system_user_id, 'rental', 'completed', g.starts, g.ends, import_trips.back_to_back,
           tstzrange(g.starts, g.ends, v_bounds), coalesce(g.currency, v_fleet.currency), g.external_id
      from unnest(v_cars, v_ids, import_trips.external_ids, import_trips.starts, import_trips.ends, import_trips.currencies)
             with ordinality as g (car_id, id, external_id, starts, ends, currency, n)
      left join lateral (select true as known from public.trips as t
                          where t.car_id = g.car_id and t.external_id = g.external_id limit 1) as k on true
     where k.known is null and private.period_fault(g.starts, g.ends) is null
     order by g.n
    on conflict do nothing
    returning id
  )
  select coalesce(array_agg(s.id), '{}') into v_stored from stored as s;

  insert into public.trip_lines (car_id, trip_id, id, kind, description, quantity, unit_amount, amount)
  select g.car_id, g.id, private.uuid_v7(), 'imported', 'Imported', 1, g.cost, g.cost
    from unnest(v_cars, v_ids, import_trips.costs) as g (car_id, id, cost)
    join lateral (select from public.trips as t where t.car_id = g.car_id and t.id = g.id limit 1) as t on true
   where g.cost is not null;

  return private.import_refusals(v_bounds, v_cars, v_ids, import_trips.external_ids, import_trips.starts, import_trips.ends, v_stored)
    || jsonb_build_object('inserted', cardinality(v_stored));
end
$$;

comment on function private.import_trips(uuid, text, boolean, text[], integer[], text[], timestamptz[], timestamptz[], bigint[], text[]) is
  'Stores one batch of a trip history.';
alter function private.import_trips(uuid, text, boolean, text[], integer[], text[], timestamptz[], timestamptz[], bigint[], text[])
  owner to fleetflow_sys;
revoke all on function private.import_trips(uuid, text, boolean, text[], integer[], text[], timestamptz[], timestamptz[], bigint[], text[])
  from public;
-- <<< sql/functions/import_trips.sql

-- >>> sql/functions/instant_of.sql
-- What: the first instant at which the clocks of a zone show a local time. In autumn an hour comes twice and the first one counts;
--   in spring an hour is skipped and its times are read as if the clocks had not been moved yet.
-- Who: price_lines. PostgreSQL itself reads a time that comes twice as the second one.
create or replace function private.instant_of(wall timestamp, time_zone text) returns timestamptz
  language sql immutable parallel safe
  set search_path = pg_catalog, public, pg_temp
as $$
  select case when c.earlier at time zone instant_of.time_zone = instant_of.wall then c.earlier else c.later end
    from (
      select r.later, r.later - (((r.later - interval '24 hours') at time zone instant_of.time_zone + interval '24 hours')
                                 - r.later at time zone instant_of.time_zone) as earlier
        from (select instant_of.wall at time zone instant_of.time_zone as later) as r
    ) as c
$$;

comment on function private.instant_of(timestamp, text) is 'The first instant at which a zone''s clocks show a local time.';
revoke all on function private.instant_of(timestamp, text) from public;
grant execute on function private.instant_of(timestamp, text) to fleetflow_fn, fleetflow_sys;
-- <<< sql/functions/instant_of.sql

-- >>> sql/functions/is_admin.sql
-- What: whether private.enter found the acting user to be an administrator.
-- Who: policies and entry functions. Admins read everything; they write nothing that is not theirs.
create or replace function private.is_admin() returns boolean
  language sql stable parallel safe
  set search_path = pg_catalog, public, pg_temp
as $$
  select coalesce(current_setting('fleetflow.admin', true), '') = 'on'
$$;

comment on function private.is_admin() is 'Whether the acting user is an administrator.';
revoke all on function private.is_admin() from public;
grant execute on function private.is_admin() to fleetflow_fn, fleetflow_sys;
-- <<< sql/functions/is_admin.sql

-- >>> sql/functions/iso.sql
-- What: an instant as ISO 8601 text in UTC, `2026-01-01T10:00:00.000Z`; six digits only where there are microseconds.
-- Who: everything that answers JSON.
create or replace function private.iso(instant timestamptz) returns text
  language sql immutable parallel safe
  set search_path = pg_catalog, public, pg_temp
as $$
  select regexp_replace(to_char(iso.instant at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'), '000Z$', 'Z')
$$;

comment on function private.iso(timestamptz) is 'An instant as ISO 8601 text in UTC.';
revoke all on function private.iso(timestamptz) from public;
grant execute on function private.iso(timestamptz) to fleetflow_fn, fleetflow_sys;
-- <<< sql/functions/iso.sql

-- >>> sql/functions/list_cars_rpc.sql
-- What: a page of cars, newest first: all that one may see, or with `fleet` (id or slug) that fleet's, optionally of one class (slug).
-- Who: any signed-in user. Raises: UNAUTHENTICATED, NOT_FOUND (fleet), BAD_INPUT (limit, cursor).
-- Pages are read in the order of an index, also while statistics are old: a sort would read everything for each page.
create or replace function public.list_cars_rpc(
  actor jsonb, fleet text default null, car_class text default null, page_limit integer default 20, page_cursor text default null
) returns jsonb
  language plpgsql volatile security definer
  set search_path = pg_catalog, public, pg_temp
  set enable_sort = off
as $$
declare
  v_actor uuid := private.enter(list_cars_rpc.actor, false);
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

-- >>> sql/functions/list_reviews_rpc.sql
-- What: a page of a car's reviews, newest first.
-- Who: whoever sees the car. Raises: UNAUTHENTICATED, NOT_FOUND (car), BAD_INPUT (limit, cursor).
-- Pages are read in the order of an index, also while statistics are old: a sort would read everything for each page.
create or replace function public.list_reviews_rpc(
  car_id uuid, actor jsonb, page_limit integer default 20, page_cursor text default null
) returns jsonb
  language plpgsql volatile security definer
  set search_path = pg_catalog, public, pg_temp
  set enable_sort = off
as $$
declare
  v_actor uuid := private.enter(list_reviews_rpc.actor, false);
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

-- >>> sql/functions/list_trips_rpc.sql
-- What: a page of trips, latest start first: one's own, or with `fleet` (id or slug) that fleet's. Optionally of one car or one status.
-- Who: any signed-in user for their own, a fleet's members for the fleet's.
-- Raises: UNAUTHENTICATED, NOT_FOUND (fleet hidden or not one's own), BAD_INPUT (limit, cursor).
-- The predicate is explicit beside the policy: an OR in a policy alone would not use the keyset index.
-- Pages are read in the order of an index, also while statistics are old: a sort would read everything for each page.
create or replace function public.list_trips_rpc(
  actor jsonb, fleet text default null, car_id uuid default null, status text default null,
  page_limit integer default 20, page_cursor text default null
) returns jsonb
  language plpgsql volatile security definer
  set search_path = pg_catalog, public, pg_temp
  set enable_sort = off
as $$
declare
  v_actor uuid := private.enter(list_trips_rpc.actor, false);
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

  if list_trips_rpc.car_id is not null then
    v_rows := array(
      select t from public.trips as t
       where t.car_id = list_trips_rpc.car_id and (t.trip_start_date, t.id) < (v_from.instant, v_from.id)
         and case when v_fleet is null then t.booked_by_id = v_actor else t.fleet_id = v_fleet end
         and (list_trips_rpc.status is null or t.status = list_trips_rpc.status)
       order by t.trip_start_date desc, t.id desc limit v_limit + 1);
  elsif v_fleet is not null then
    v_rows := array(
      select t from public.trips as t
       where t.fleet_id = v_fleet and (t.trip_start_date, t.id) < (v_from.instant, v_from.id)
         and (list_trips_rpc.status is null or t.status = list_trips_rpc.status)
       order by t.trip_start_date desc, t.id desc limit v_limit + 1);
  else
    v_rows := array(
      select t from public.trips as t
       where t.booked_by_id = v_actor and (t.trip_start_date, t.id) < (v_from.instant, v_from.id)
         and (list_trips_rpc.status is null or t.status = list_trips_rpc.status)
       order by t.trip_start_date desc, t.id desc limit v_limit + 1);
  end if;

  return jsonb_build_object(
    'items', (select coalesce(jsonb_agg(private.trip_json(v_rows[i]) order by i), '[]')
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

-- >>> sql/functions/lock_cars.sql
-- What: takes the row lock under which a car's trips are written; several cars in ascending order of id.
-- Who: every function that writes a trip, before any insert or update. Answers how many cars it locked.
-- Runs as fleetflow_sys: a renter may not update a car, and `for no key update` under row level security asks for that right.
create or replace function private.lock_cars(car_ids uuid[]) returns integer
  language plpgsql volatile security definer
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  v_locked integer;
begin
  select count(*) into v_locked
    from (select from public.cars as c where c.id = any (lock_cars.car_ids) order by c.id for no key update) as locked;
  return v_locked;
end
$$;

comment on function private.lock_cars(uuid[]) is 'Locks cars in ascending order; every write on a trip starts here.';
alter function private.lock_cars(uuid[]) owner to fleetflow_sys;
revoke all on function private.lock_cars(uuid[]) from public;
grant execute on function private.lock_cars(uuid[]) to fleetflow_fn;
-- <<< sql/functions/lock_cars.sql

-- >>> sql/functions/modify_trip_rpc.sql
-- What: moves a trip's start, end or both; a rental is priced again by the rates of its booking, the difference is a new line.
-- Who: the trip's renter (once the start has passed, only the end); owners and managers of its fleet. NULL dates stay as they are; a
--   NULL version is not checked.
-- Raises: UNAUTHENTICATED, NOT_FOUND, FORBIDDEN, VERSION_MISMATCH (version), INVALID_STATE (from, operation, allowed),
--   BAD_INPUT, TOO_SOON (earliest), TOO_LONG (maxDays), TRIP_OVERLAP (conflicts, nextFree).
-- Locks: the car, then the trip.
create or replace function public.modify_trip_rpc(
  trip_id uuid, start_date timestamptz, end_date timestamptz, version integer, actor jsonb
) returns jsonb
  language plpgsql volatile security definer
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  v_actor uuid := private.enter(modify_trip_rpc.actor, true);
  v_trip public.trips := private.find_trip(modify_trip_rpc.trip_id, modify_trip_rpc.version);
  v_start timestamptz := coalesce(modify_trip_rpc.start_date, v_trip.trip_start_date);
  v_end timestamptz := coalesce(modify_trip_rpc.end_date, v_trip.trip_end_date);
  v_manages boolean := v_trip.fleet_id in (select private.my_fleets('{owner,manager}'));
begin
  if v_trip.status not in ('confirmed', 'active')
     or (v_start <> v_trip.trip_start_date and (v_trip.status = 'active' or (not v_manages and v_trip.trip_start_date <= now()))) then
    perform private.refuse_state(v_trip.status, 'modify');
  end if;
  if modify_trip_rpc.start_date is null and modify_trip_rpc.end_date is null then
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
       set trip_start_date = v_start, trip_end_date = v_end, version = t.version + 1, updated_at = now(),
           cut = false, blocked = private.blocked_range(v_start, v_end, t.prep_minutes, t.turnaround_minutes, t.back_to_back)
     where t.car_id = v_trip.car_id and t.id = v_trip.id;
  exception when exclusion_violation then
    raise exception using errcode = 'FF001', message = 'TRIP_OVERLAP',
      detail = private.overlap_details(v_trip.car_id, v_start, v_end,
        v_trip.prep_minutes, v_trip.turnaround_minutes, v_trip.back_to_back, v_trip.id);
  end;

  insert into public.trip_lines (car_id, trip_id, id, kind, description, quantity, unit_amount, amount)
  select v_trip.car_id, v_trip.id, private.uuid_v7(), 'adjustment', 'Change of times', 1, d.delta, d.delta
    from private.price_change(v_trip, v_start, v_end) as d (delta)
   where d.delta <> 0;
  return (select private.trip_json(t) from public.trips as t where t.car_id = v_trip.car_id and t.id = v_trip.id);
end
$$;

comment on function public.modify_trip_rpc(uuid, timestamptz, timestamptz, integer, jsonb) is 'Moves a trip''s start or end.';
alter function public.modify_trip_rpc(uuid, timestamptz, timestamptz, integer, jsonb) owner to fleetflow_fn;
revoke all on function public.modify_trip_rpc(uuid, timestamptz, timestamptz, integer, jsonb) from public;
grant execute on function public.modify_trip_rpc(uuid, timestamptz, timestamptz, integer, jsonb) to fleetflow_api;
-- <<< sql/functions/modify_trip_rpc.sql

-- >>> sql/functions/my_fleets.sql
-- What: the fleets in which the acting user has one of the roles.
-- Who: policies and entry functions. Runs as fleetflow_sys because a policy on fleet_members that reads fleet_members recurses.
create or replace function private.my_fleets(roles text[] default '{owner,manager,driver}') returns setof uuid
  language sql stable security definer
  set search_path = pg_catalog, public, pg_temp
as $$
  select m.fleet_id
    from public.fleet_members as m
   where m.user_id = private.uid() and m.role = any (my_fleets.roles)
$$;

comment on function private.my_fleets(text[]) is 'Fleets in which the acting user has one of the given roles.';
alter function private.my_fleets(text[]) owner to fleetflow_sys;
revoke all on function private.my_fleets(text[]) from public;
grant execute on function private.my_fleets(text[]) to fleetflow_fn;
-- <<< sql/functions/my_fleets.sql

-- >>> sql/functions/overlap_details.sql
-- What: what a refused booking is told: the blocked windows in the way (never whose) and the next start at which the car
--   is free for as long. A trip that is being moved is not in its own way.
-- Who: create_trip_rpc, modify_trip_rpc. Runs as fleetflow_sys to see other people's trips.
create or replace function private.overlap_details(
  car_id uuid, starts timestamptz, ends timestamptz, prep_minutes integer, turnaround_minutes integer,
  back_to_back boolean, except_trip_id uuid default null
) returns jsonb
  language plpgsql stable security definer
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  c_shown constant integer := 20;
  v_free timestamptz := overlap_details.starts;
  v_wanted tstzrange;
  v_conflicts jsonb := '[]';
  v_busy tstzrange;
begin
  for v_busy in
    select t.blocked
      from public.trips as t
     where t.car_id = overlap_details.car_id
       and t.blocked && tstzrange(overlap_details.starts - make_interval(mins => overlap_details.prep_minutes), null)
       and t.status in ('held', 'requested', 'confirmed', 'active', 'completed')
       and t.id is distinct from overlap_details.except_trip_id
     order by t.blocked
  loop
    v_wanted := private.blocked_range(v_free, v_free + (overlap_details.ends - overlap_details.starts),
      overlap_details.prep_minutes, overlap_details.turnaround_minutes, overlap_details.back_to_back);
    exit when v_wanted << v_busy;
    if v_wanted && v_busy then
      v_free := upper(v_busy) + make_interval(mins => overlap_details.prep_minutes);
      if upper_inc(v_busy) then
        v_free := date_trunc('minute', v_free) + interval '1 minute';
      end if;
    end if;
    if jsonb_array_length(v_conflicts) < c_shown and v_busy && private.blocked_range(overlap_details.starts, overlap_details.ends,
         overlap_details.prep_minutes, overlap_details.turnaround_minutes, overlap_details.back_to_back) then
      v_conflicts := v_conflicts || jsonb_build_object(
        'startDate', private.iso(lower(v_busy)), 'endDate', private.iso(upper(v_busy)));
    end if;
  end loop;
  return jsonb_build_object('conflicts', v_conflicts, 'nextFree', private.iso(v_free));
end
$$;

comment on function private.overlap_details(uuid, timestamptz, timestamptz, integer, integer, boolean, uuid) is
  'The windows in the way of a booking and the next free start.';
alter function private.overlap_details(uuid, timestamptz, timestamptz, integer, integer, boolean, uuid) owner to fleetflow_sys;
revoke all on function private.overlap_details(uuid, timestamptz, timestamptz, integer, integer, boolean, uuid) from public;
grant execute on function private.overlap_details(uuid, timestamptz, timestamptz, integer, integer, boolean, uuid) to fleetflow_fn;
-- <<< sql/functions/overlap_details.sql

-- >>> sql/functions/page_limit.sql
-- What: how many rows a page holds: 1 to 100, 20 unless told.
-- Who: list functions. Raises: BAD_INPUT (limit).
create or replace function private.page_limit(wanted integer) returns integer
  language plpgsql immutable parallel safe
  set search_path = pg_catalog, public, pg_temp
as $$
begin
  if coalesce(page_limit.wanted, 20) not between 1 and 100 then
    raise exception using errcode = 'FF400', message = 'BAD_INPUT', detail = jsonb_build_object('field', 'limit');
  end if;
  return coalesce(page_limit.wanted, 20);
end
$$;

comment on function private.page_limit(integer) is 'How many rows a page holds.';
revoke all on function private.page_limit(integer) from public;
grant execute on function private.page_limit(integer) to fleetflow_fn;
-- <<< sql/functions/page_limit.sql

-- >>> sql/functions/period_fault.sql
-- What: what is wrong with a period: the name of the bound that is missing, infinite, outside the years 1900 to 9998, empty or reversed
--   (startDate, endDate), or TOO_LONG above 366 days. NULL for a period that somebody could drive.
-- Who: check_period for one booking, import_trips for every row of a batch (plpgsql, because it costs a tenth of what SQL does there).
create or replace function private.period_fault(starts timestamptz, ends timestamptz) returns text
  language plpgsql immutable parallel safe
  set search_path = pg_catalog, public, pg_temp
as $$
begin
  return case
    when period_fault.starts is null or not isfinite(period_fault.starts)
      or period_fault.starts < '1900-01-01 00:00:00+00' or period_fault.starts >= '9999-01-01 00:00:00+00' then 'startDate'
    when period_fault.ends is null or not isfinite(period_fault.ends)
      or period_fault.ends >= '9999-01-01 00:00:00+00' or period_fault.ends <= period_fault.starts then 'endDate'
    when period_fault.ends - period_fault.starts > make_interval(hours => 24 * 366) then 'TOO_LONG'
  end;
end
$$;

comment on function private.period_fault(timestamptz, timestamptz) is 'What is wrong with a period, NULL when nothing is.';
revoke all on function private.period_fault(timestamptz, timestamptz) from public;
grant execute on function private.period_fault(timestamptz, timestamptz) to fleetflow_fn, fleetflow_sys;
-- <<< sql/functions/period_fault.sql

-- >>> sql/functions/price_change.sql
-- What: by how much a rental's price moves when its times do, by the rates of its booking; 0 for anything that has no price.
-- Who: modify_trip_rpc, for a trip that the caller may change. Runs as fleetflow_sys: the renter may no longer see the car.
create or replace function private.price_change(trip public.trips, starts timestamptz, ends timestamptz) returns bigint
  language sql stable security definer
  set search_path = pg_catalog, public, pg_temp
as $$
  select coalesce((
    select (select sum(l.amount) from private.price_lines(p, c.time_zone, price_change.starts, price_change.ends) as l)
         - (select sum(l.amount)
              from private.price_lines(p, c.time_zone, (price_change.trip).trip_start_date, (price_change.trip).trip_end_date) as l)
      from public.rate_plans as p, public.cars as c
     where p.id = (price_change.trip).rate_plan_id and c.id = (price_change.trip).car_id), 0)
$$;

comment on function private.price_change(public.trips, timestamptz, timestamptz) is 'By how much a rental''s price moves with its times.';
alter function private.price_change(public.trips, timestamptz, timestamptz) owner to fleetflow_sys;
revoke all on function private.price_change(public.trips, timestamptz, timestamptz) from public;
grant execute on function private.price_change(public.trips, timestamptz, timestamptz) to fleetflow_fn;
-- <<< sql/functions/price_change.sql

-- >>> sql/functions/price_lines.sql
-- What: the price of a rental, line by line, in minor units of the plan's currency. The only place that computes a price.
--   Whole local days by the wall clock of the car's zone (Saturday 10:00 to Sunday 10:00 is one day on 23, 24 and 25 hour days),
--   then the rest in real time: up to 59 minutes free after a whole day, else the cheaper of started hours and one more day.
--   Never below the plan's minimum charge.
-- Who: everything that books or moves a rental.
create or replace function private.price_lines(plan public.rate_plans, time_zone text, starts timestamptz, ends timestamptz)
  returns table (kind text, description text, quantity integer, unit_amount bigint, amount bigint)
  language plpgsql immutable parallel safe
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  c_grace_minutes constant integer := 59;
  v_local timestamp := price_lines.starts at time zone price_lines.time_zone;
  v_from timestamptz;
  v_days integer := floor(extract(epoch from price_lines.ends - price_lines.starts) / 86400) + 2;
  v_rest numeric;
  v_hours integer := 0;
  v_total bigint := 0;
begin
  loop
    v_from := case when v_days = 0 then price_lines.starts
      else private.instant_of(v_local + make_interval(days => v_days), price_lines.time_zone) end;
    exit when v_days = 0 or v_from <= price_lines.ends;
    v_days := v_days - 1;
  end loop;
  v_rest := extract(epoch from price_lines.ends - v_from);
  if v_days = 0 or v_rest > c_grace_minutes * 60 then
    v_hours := ceil(v_rest / 3600);
  end if;
  if v_hours * (price_lines.plan).hour_rate >= (price_lines.plan).day_rate and v_hours > 0 then
    v_days := v_days + 1;
    v_hours := 0;
  end if;

  for kind, description, quantity, unit_amount in
    values ('day', 'Days', v_days, (price_lines.plan).day_rate), ('hour', 'Hours', v_hours, (price_lines.plan).hour_rate)
  loop
    continue when quantity = 0;
    amount := quantity * unit_amount;
    v_total := v_total + amount;
    return next;
  end loop;
  if v_total < (price_lines.plan).minimum_charge then
    kind := 'minimum';
    description := 'Minimum charge';
    quantity := 1;
    unit_amount := (price_lines.plan).minimum_charge - v_total;
    amount := unit_amount;
    return next;
  end if;
end
$$;

comment on function private.price_lines(public.rate_plans, text, timestamptz, timestamptz) is 'The price of a rental, line by line.';
revoke all on function private.price_lines(public.rate_plans, text, timestamptz, timestamptz) from public;
grant execute on function private.price_lines(public.rate_plans, text, timestamptz, timestamptz) to fleetflow_fn, fleetflow_sys;
-- <<< sql/functions/price_lines.sql

-- >>> sql/functions/rate_plan_of.sql
-- What: the rate plan that prices a car: its own, else its class's, else its fleet's; NULL where there is none.
-- Who: entry functions, under the caller's policies.
create or replace function private.rate_plan_of(car public.cars) returns public.rate_plans
  language sql stable
  set search_path = pg_catalog, public, pg_temp
as $$
  select p.*
    from public.fleets as f
    join public.car_classes as cc on cc.id = (rate_plan_of.car).car_class_id
    join public.rate_plans as p on p.id = coalesce((rate_plan_of.car).rate_plan_id, cc.rate_plan_id, f.rate_plan_id)
   where f.id = (rate_plan_of.car).fleet_id
$$;

comment on function private.rate_plan_of(public.cars) is 'The rate plan that prices a car.';
revoke all on function private.rate_plan_of(public.cars) from public;
grant execute on function private.rate_plan_of(public.cars) to fleetflow_fn;
-- <<< sql/functions/rate_plan_of.sql

-- >>> sql/functions/refuse_state.sql
-- What: refuses an operation that a trip's state does not allow, and says which operations it does allow.
-- Who: functions that change a trip. Raises: INVALID_STATE (from, operation, allowed).
create or replace function private.refuse_state(status text, operation text) returns void
  language plpgsql stable
  set search_path = pg_catalog, public, pg_temp
as $$
begin
  raise exception using errcode = 'FF002', message = 'INVALID_STATE',
    detail = jsonb_build_object('from', refuse_state.status, 'operation', refuse_state.operation, 'allowed',
      (select coalesce(jsonb_agg(distinct s.operation order by s.operation), '[]')
         from public.trip_transitions as s where s.from_status = refuse_state.status));
end
$$;

comment on function private.refuse_state(text, text) is 'Refuses an operation that a state does not allow.';
revoke all on function private.refuse_state(text, text) from public;
grant execute on function private.refuse_state(text, text) to fleetflow_fn, fleetflow_sys;
-- <<< sql/functions/refuse_state.sql

-- >>> sql/functions/review_json.sql
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
grant execute on function private.review_json(public.reviews) to fleetflow_fn;
-- <<< sql/functions/review_json.sql

-- >>> sql/functions/shard_lint.sql
-- What: where the schema could not be distributed as `placement` declares it; no rows means it could.
--   Rules: every key of a sharded table holds its shard column as a key column (an INCLUDE column does not count), exclusion
--   constraints compare it with `=`, foreign keys pair shard columns and never set null, nothing is deferrable, triggers write
--   only tables of the same group, identity columns are bigint, and every table is declared.
-- Who: maintenance and the suite, as fleetflow_sys.
create or replace function private.shard_lint() returns table (rule text, object text)
  language sql stable security definer
  set search_path = pg_catalog, public, pg_temp
as $$
  with tables as (
    select c.oid, n.nspname || '.' || c.relname as name, p.kind, p.shard_column, coalesce(p.colocated_with, p.name) as shard_group, a.attnum as shard_attnum,
           a.attnotnull
      from pg_class as c
      join pg_namespace as n on n.oid = c.relnamespace
      left join public.placement as p on p.name = n.nspname || '.' || c.relname
      left join pg_attribute as a on a.attrelid = c.oid and a.attname = p.shard_column and not a.attisdropped
     where n.nspname in ('public', 'private') and c.relkind in ('r', 'p')
  ), shards as (
    select * from tables where kind = 'shard'
  ), keys as (
    select t.name, t.shard_attnum, i.indexrelid::regclass::text as object, i.indisunique, i.indisexclusion,
           (i.indkey::smallint[])[0:i.indnkeyatts - 1] as key_columns, c.conkey, c.conexclop
      from shards as t
      join pg_index as i on i.indrelid = t.oid
      left join pg_constraint as c on c.conindid = i.indexrelid and c.conrelid = t.oid and c.contype = 'x'
  ), foreign_keys as (
    select c.conname, c.condeferrable, c.confdeltype, c.confupdtype, c.conkey, c.confkey, t.name as from_name, t.kind as from_kind,
           t.shard_attnum as from_attnum, t.shard_group as from_group, r.kind as to_kind, r.shard_attnum as to_attnum, r.shard_group as to_group
      from pg_constraint as c join tables as t on t.oid = c.conrelid join tables as r on r.oid = c.confrelid
     where c.contype = 'f'
  )
  select 'every table is declared in placement', t.name from tables as t where t.kind is null
  union all
  select 'placement names a table that exists', p.name from public.placement as p where p.name not in (select t.name from tables as t)
  union all
  select 'the shard column exists and is not null', t.name from shards as t where t.shard_attnum is null or not t.attnotnull
  union all
  select 'unique keys hold the shard column', k.object from keys as k
   where k.indisunique and not k.indisexclusion and k.shard_attnum <> all (k.key_columns)
  union all
  select 'exclusion constraints compare the shard column with =', k.object from keys as k
   where k.indisexclusion and not exists (
     select from unnest(k.conkey, k.conexclop) as e (attnum, operator) join pg_operator as o on o.oid = e.operator
      where e.attnum = k.shard_attnum and o.oprname = '=')
  union all
  select 'foreign keys between sharded tables pair the shard columns', f.conname from foreign_keys as f
   where f.from_kind = 'shard' and f.to_kind = 'shard' and (f.from_group <> f.to_group or not exists (
     select from unnest(f.conkey, f.confkey) as pair (here, there) where pair.here = f.from_attnum and pair.there = f.to_attnum))
  union all
  select 'foreign keys of sharded tables cascade or restrict', f.conname from foreign_keys as f
   where f.from_kind = 'shard' and (f.confdeltype in ('n', 'd') or f.confupdtype in ('n', 'd'))
  union all
  select 'foreign keys point to a reference table or to the same group', f.conname from foreign_keys as f
   where f.to_kind = 'local' and f.from_kind <> 'local' or f.to_kind = 'shard' and f.from_kind <> 'shard'
  union all
  select 'nothing is deferrable', c.conname from pg_constraint as c join tables as t on t.oid = c.conrelid where c.condeferrable
  union all
  select 'triggers write only tables of the same group', g.tgname || ' on ' || t.name || ' writes ' || w.target[1]
    from shards as t
    join pg_trigger as g on g.tgrelid = t.oid and not g.tgisinternal
    join pg_proc as p on p.oid = g.tgfoid
    cross join lateral regexp_matches(p.prosrc, '(?:update|insert\s+into|delete\s+from|merge\s+into)\s+(?:only\s+)?([a-z_]+\.[a-z_]+)', 'gi') as w (target)
   where not exists (select from shards as s where s.name = lower(w.target[1]) and s.shard_group = t.shard_group)
  union all
  select 'identity columns are bigint', t.name || '.' || a.attname
    from tables as t join pg_attribute as a on a.attrelid = t.oid and a.attnum > 0 and not a.attisdropped
   where a.attidentity <> '' and a.atttypid <> 'int8'::regtype
  order by 1, 2
$$;

comment on function private.shard_lint() is 'Where the schema could not be distributed as placement declares it.';
alter function private.shard_lint() owner to fleetflow_sys;
revoke all on function private.shard_lint() from public;
-- <<< sql/functions/shard_lint.sql

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
    'returnedAt', private.iso((trip_json.trip).returned_at),
    'status', (trip_json.trip).status,
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

-- >>> sql/functions/uid.sql
-- What: the user that private.enter recognised in this transaction, or NULL.
-- Who: policies and entry functions. A setting that was never set is NULL, one that was set locally before is ''.
create or replace function private.uid() returns uuid
  language sql stable parallel safe
  set search_path = pg_catalog, public, pg_temp
as $$
  select nullif(current_setting('fleetflow.uid', true), '')::uuid
$$;

comment on function private.uid() is 'The acting user of this transaction, or NULL.';
revoke all on function private.uid() from public;
grant execute on function private.uid() to fleetflow_fn, fleetflow_sys;
-- <<< sql/functions/uid.sql

-- >>> sql/functions/user_is_active.sql
-- What: whether a user exists and is not suspended.
-- Who: create_trip_rpc, when a fleet's member books for a renter. Runs as fleetflow_sys: people do not see each other.
create or replace function private.user_is_active(user_id uuid) returns boolean
  language sql stable security definer
  set search_path = pg_catalog, public, pg_temp
as $$
  select exists (select from public.users as u where u.id = user_is_active.user_id and u.suspended_at is null)
$$;

comment on function private.user_is_active(uuid) is 'Whether a user exists and is not suspended.';
alter function private.user_is_active(uuid) owner to fleetflow_sys;
revoke all on function private.user_is_active(uuid) from public;
grant execute on function private.user_is_active(uuid) to fleetflow_fn;
-- <<< sql/functions/user_is_active.sql

-- >>> sql/functions/verify_counts.sql
-- What: how many rows of each table the checks see, so that none of them passes because it saw nothing.
-- Who: administrators, through verify.
create or replace function private.verify_counts() returns jsonb
  language sql stable
  set search_path = pg_catalog, public, pg_temp
as $$
  select jsonb_build_object(
    'users', (select count(*) from public.users),
    'fleets', (select count(*) from public.fleets),
    'cars', (select count(*) from public.cars),
    'trips', (select count(*) from public.trips),
    'tripLines', (select count(*) from public.trip_lines),
    'reviews', (select count(*) from public.reviews),
    'tripTransitions', (select count(*) from public.trip_transitions))
$$;

comment on function private.verify_counts() is 'How many rows verify sees in each table.';
alter function private.verify_counts() owner to fleetflow_sys;
revoke all on function private.verify_counts() from public;
-- <<< sql/functions/verify_counts.sql

-- >>> sql/functions/verify_ids.sql
-- What: every trip id that more than one row has: the primary key begins with the car, so it does not forbid that. No rows is the guarantee.
-- Who: administrators, through verify.
create or replace function private.verify_ids() returns setof jsonb
  language sql stable
  set search_path = pg_catalog, public, pg_temp
as $$
  select jsonb_build_object('tripId', t.id, 'carIds', jsonb_agg(t.car_id order by t.car_id))
    from public.trips as t
   group by t.id
  having count(*) > 1
   order by t.id
$$;

comment on function private.verify_ids() is 'Trip ids that more than one row has.';
alter function private.verify_ids() owner to fleetflow_sys;
revoke all on function private.verify_ids() from public;
-- <<< sql/functions/verify_ids.sql

-- >>> sql/functions/verify_overlaps.sql
-- What: every occupying trip that shares an instant of its car with a trip before it, and the first such trip. No rows is the guarantee.
--   One ordered scan with a running maximum of upper bounds: it uses neither the constraint nor its index, so it proves both.
--   Bounds become whole numbers, twice the microseconds and one for an inclusive upper or two for an exclusive lower bound, so that
--   an upper bound reaches a lower one exactly when upper >= lower.
-- Who: administrators, through verify.
create or replace function private.verify_overlaps() returns setof jsonb
  language sql stable
  set search_path = pg_catalog, public, pg_temp
  set enable_indexscan = off
  set enable_indexonlyscan = off
  set enable_bitmapscan = off
  set work_mem = '64MB'
as $$
  with occupying as materialized (
    select t.car_id, t.id, t.blocked, t.trip_start_date, t.trip_end_date,
           case when lower_inf(t.blocked) or not isfinite(lower(t.blocked)) then -9e18::bigint
                else (extract(epoch from lower(t.blocked)) * 2000000)::bigint + case when lower_inc(t.blocked) then 1 else 2 end end as lo,
           case when upper_inf(t.blocked) or not isfinite(upper(t.blocked)) then 9e18::bigint
                else (extract(epoch from upper(t.blocked)) * 2000000)::bigint + case when upper_inc(t.blocked) then 1 else 0 end end as hi
      from public.trips as t
     where t.status in ('held', 'requested', 'confirmed', 'active', 'completed') and not isempty(t.blocked)
  ), scanned as (
    select o.*, max(o.hi) over (partition by o.car_id order by o.lo, o.id rows between unbounded preceding and 1 preceding) as reached
      from occupying as o
  ), late as (
    select s.* from scanned as s where s.reached >= s.lo
  )
  select jsonb_build_object('carId', l.car_id, 'tripId', l.id, 'otherTripId', b.id,
           'startDate', private.iso(l.trip_start_date), 'endDate', private.iso(l.trip_end_date),
           'otherStartDate', private.iso(b.trip_start_date), 'otherEndDate', private.iso(b.trip_end_date))
    from late as l
    join (select distinct on (l.id, o.car_id) l.id as late_id, o.*
            from late as l join occupying as o on o.car_id = l.car_id and (o.lo, o.id) < (l.lo, l.id) and o.hi >= l.lo
           order by l.id, o.car_id, o.lo, o.id) as b on b.late_id = l.id and b.car_id = l.car_id
   order by l.car_id, l.lo, l.id
$$;

comment on function private.verify_overlaps() is 'Occupying trips that overlap an earlier one of their car.';
alter function private.verify_overlaps() owner to fleetflow_sys;
revoke all on function private.verify_overlaps() from public;
-- <<< sql/functions/verify_overlaps.sql

-- >>> sql/functions/verify_ratings.sql
-- What: every car whose rating aggregates differ from their recomputation. No rows is the guarantee.
-- Who: administrators, through verify.
create or replace function private.verify_ratings() returns setof jsonb
  language sql stable
  set search_path = pg_catalog, public, pg_temp
as $$
  with counted as (
    select r.car_id, sum(r.rating) as rating_sum, count(*) as total_reviews,
           array[count(*) filter (where r.rating = 1), count(*) filter (where r.rating = 2), count(*) filter (where r.rating = 3),
                 count(*) filter (where r.rating = 4), count(*) filter (where r.rating = 5)]::integer[] as histogram
      from public.reviews as r
     group by r.car_id
  ), expected as (
    select c.id, c.rating_sum, c.total_reviews, c.rating_histogram, c.avg_rating, coalesce(n.rating_sum, 0) as true_sum,
           coalesce(n.total_reviews, 0) as true_reviews, coalesce(n.histogram, '{0,0,0,0,0}') as true_histogram,
           n.rating_sum::numeric / n.total_reviews as true_average
      from public.cars as c left join counted as n on n.car_id = c.id
  )
  select jsonb_build_object('carId', e.id,
           'stored', jsonb_build_object('ratingSum', e.rating_sum, 'totalReviews', e.total_reviews,
             'ratingHistogram', to_jsonb(e.rating_histogram), 'avgRating', e.avg_rating),
           'recomputed', jsonb_build_object('ratingSum', e.true_sum, 'totalReviews', e.true_reviews,
             'ratingHistogram', to_jsonb(e.true_histogram), 'avgRating', e.true_average))
    from expected as e
   where (e.rating_sum, e.total_reviews, e.rating_histogram) is distinct from (e.true_sum, e.true_reviews, e.true_histogram)
      or e.avg_rating is distinct from e.true_average
   order by e.id
$$;

comment on function private.verify_ratings() is 'Cars whose rating aggregates differ from their reviews.';
alter function private.verify_ratings() owner to fleetflow_sys;
revoke all on function private.verify_ratings() from public;
-- <<< sql/functions/verify_ratings.sql

-- >>> sql/functions/verify_totals.sql
-- What: every trip whose total differs from the sum of its lines. No rows is the guarantee.
-- Who: administrators, through verify.
create or replace function private.verify_totals() returns setof jsonb
  language sql stable
  set search_path = pg_catalog, public, pg_temp
as $$
  select jsonb_build_object('carId', t.car_id, 'tripId', t.id, 'totalCost', t.total_cost, 'lines', coalesce(l.amount, 0))
    from public.trips as t
    left join (select n.car_id, n.trip_id, sum(n.amount) as amount from public.trip_lines as n group by n.car_id, n.trip_id) as l
      on l.car_id = t.car_id and l.trip_id = t.id
   where t.total_cost <> coalesce(l.amount, 0)
   order by t.car_id, t.id
$$;

comment on function private.verify_totals() is 'Trips whose total differs from their lines.';
alter function private.verify_totals() owner to fleetflow_sys;
revoke all on function private.verify_totals() from public;
-- <<< sql/functions/verify_totals.sql

-- >>> sql/constraints/prevent_overlap.sql
-- The product's guarantee: no two occupying trips of one car have a common instant in their blocked ranges.
-- Everything else (locks, refusals, alternatives) is courtesy; this is the proof.
alter table public.trips drop constraint if exists prevent_overlap;

-- squawk-ignore constraint-missing-not-valid
alter table public.trips add constraint prevent_overlap
  exclude using gist (car_id with =, blocked with &&)
  where (status in ('held', 'requested', 'confirmed', 'active', 'completed'));

comment on constraint prevent_overlap on public.trips is 'No two occupying trips of one car overlap.';
-- <<< sql/constraints/prevent_overlap.sql

-- >>> sql/triggers/reviews_aggregates.sql
-- A car's rating aggregates follow its reviews on insert, update and delete.
drop trigger if exists _100_aggregates on public.reviews;
create trigger _100_aggregates after insert or update of rating or delete on public.reviews
  for each row execute function private.apply_review();
-- <<< sql/triggers/reviews_aggregates.sql

-- >>> sql/triggers/trip_lines_total.sql
-- `trips.total_cost` follows trip_lines; PostgreSQL wants one trigger an event where transition tables are read.
drop trigger if exists _100_total_insert on public.trip_lines;
create trigger _100_total_insert after insert on public.trip_lines
  referencing new table as new_lines for each statement execute function private.apply_trip_lines();

drop trigger if exists _100_total_update on public.trip_lines;
create trigger _100_total_update after update on public.trip_lines
  referencing old table as old_lines new table as new_lines for each statement execute function private.apply_trip_lines();

drop trigger if exists _100_total_delete on public.trip_lines;
create trigger _100_total_delete after delete on public.trip_lines
  referencing old table as old_lines for each statement execute function private.apply_trip_lines();
-- <<< sql/triggers/trip_lines_total.sql

-- >>> sql/triggers/trips_first_status.sql
-- A trip begins held, requested, confirmed or (imported) completed; judged once a statement.
drop trigger if exists _100_first_status on public.trips;
create trigger _100_first_status after insert on public.trips
  referencing new table as new_trips for each statement execute function private.check_first_status();
-- <<< sql/triggers/trips_first_status.sql

-- >>> sql/triggers/trips_total.sql
-- `trips.total_cost` is written by the trigger on trip_lines and by nobody else, whatever their rights.
drop trigger if exists _050_total_insert on public.trips;
create trigger _050_total_insert before insert on public.trips
  for each row when (new.total_cost <> 0) execute function private.guard_total();

drop trigger if exists _050_total_update on public.trips;
create trigger _050_total_update before update of total_cost on public.trips
  for each row when (old.total_cost is distinct from new.total_cost) execute function private.guard_total();
-- <<< sql/triggers/trips_total.sql

-- >>> sql/triggers/trips_transition.sql
-- Every change of a trip's status is a row of trip_transitions.
drop trigger if exists _100_transition on public.trips;
create trigger _100_transition before update of status on public.trips
  for each row when (old.status is distinct from new.status) execute function private.check_transition();
-- <<< sql/triggers/trips_transition.sql

-- >>> sql/policies/car_classes.sql
-- Who sees a fleet sees its classes.
alter table public.car_classes enable row level security;
alter table public.car_classes force row level security;

drop policy if exists car_classes_sys on public.car_classes;
create policy car_classes_sys on public.car_classes to fleetflow_sys using (true) with check (true);

drop policy if exists car_classes_read on public.car_classes;
create policy car_classes_read on public.car_classes for select to fleetflow_fn
  using (exists (select from public.fleets as f where f.id = car_classes.fleet_id));
-- <<< sql/policies/car_classes.sql

-- >>> sql/policies/cars.sql
-- Unretired cars are seen by whoever sees their fleet, retired ones by the fleet's members.
alter table public.cars enable row level security;
alter table public.cars force row level security;

drop policy if exists cars_sys on public.cars;
create policy cars_sys on public.cars to fleetflow_sys using (true) with check (true);

drop policy if exists cars_read on public.cars;
create policy cars_read on public.cars for select to fleetflow_fn
  using ((retired_at is null and exists (select from public.fleets as f where f.id = cars.fleet_id))
    or fleet_id = any (array(select private.my_fleets()))
    or (select private.is_admin()));
-- <<< sql/policies/cars.sql

-- >>> sql/policies/fleet_members.sql
-- Members see each other.
alter table public.fleet_members enable row level security;
alter table public.fleet_members force row level security;

drop policy if exists fleet_members_sys on public.fleet_members;
create policy fleet_members_sys on public.fleet_members to fleetflow_sys using (true) with check (true);

drop policy if exists fleet_members_read on public.fleet_members;
create policy fleet_members_read on public.fleet_members for select to fleetflow_fn
  using (fleet_id = any (array(select private.my_fleets())) or (select private.is_admin()));
-- <<< sql/policies/fleet_members.sql

-- >>> sql/policies/fleets.sql
-- Public fleets are seen by every signed-in user, the others by their members.
alter table public.fleets enable row level security;
alter table public.fleets force row level security;

drop policy if exists fleets_sys on public.fleets;
create policy fleets_sys on public.fleets to fleetflow_sys using (true) with check (true);

drop policy if exists fleets_read on public.fleets;
create policy fleets_read on public.fleets for select to fleetflow_fn
  using ((visibility = 'public' and (select private.uid()) is not null)
    or id = any (array(select private.my_fleets()))
    or (select private.is_admin()));
-- <<< sql/policies/fleets.sql

-- >>> sql/policies/placement.sql
-- Only maintenance reads where tables live.
alter table public.placement enable row level security;
alter table public.placement force row level security;

drop policy if exists placement_sys on public.placement;
create policy placement_sys on public.placement to fleetflow_sys using (true) with check (true);
-- <<< sql/policies/placement.sql

-- >>> sql/policies/rate_plans.sql
-- Who sees a fleet sees its prices.
alter table public.rate_plans enable row level security;
alter table public.rate_plans force row level security;

drop policy if exists rate_plans_sys on public.rate_plans;
create policy rate_plans_sys on public.rate_plans to fleetflow_sys using (true) with check (true);

drop policy if exists rate_plans_read on public.rate_plans;
create policy rate_plans_read on public.rate_plans for select to fleetflow_fn
  using (exists (select from public.fleets as f where f.id = rate_plans.fleet_id));
-- <<< sql/policies/rate_plans.sql

-- >>> sql/policies/reviews.sql
-- Who sees a car sees its reviews, and an author their own; a renter reviews a completed rental of their own.
alter table public.reviews enable row level security;
alter table public.reviews force row level security;

drop policy if exists reviews_sys on public.reviews;
create policy reviews_sys on public.reviews to fleetflow_sys using (true) with check (true);

drop policy if exists reviews_read on public.reviews;
create policy reviews_read on public.reviews for select to fleetflow_fn
  using (author_id = (select private.uid()) or exists (select from public.cars as c where c.id = reviews.car_id));

drop policy if exists reviews_write on public.reviews;
create policy reviews_write on public.reviews for insert to fleetflow_fn
  with check (author_id = (select private.uid()) and exists (
    select from public.trips as t
     where t.car_id = reviews.car_id and t.id = reviews.trip_id and t.booked_by_id = (select private.uid())
       and t.purpose = 'rental' and t.status = 'completed'));
-- <<< sql/policies/reviews.sql

-- >>> sql/policies/trip_lines.sql
-- Who sees a trip sees its lines; lines are added together with a trip one may write, never changed.
alter table public.trip_lines enable row level security;
alter table public.trip_lines force row level security;

drop policy if exists trip_lines_sys on public.trip_lines;
create policy trip_lines_sys on public.trip_lines to fleetflow_sys using (true) with check (true);

drop policy if exists trip_lines_read on public.trip_lines;
create policy trip_lines_read on public.trip_lines for select to fleetflow_fn
  using (exists (select from public.trips as t where t.car_id = trip_lines.car_id and t.id = trip_lines.trip_id));

drop policy if exists trip_lines_add on public.trip_lines;
create policy trip_lines_add on public.trip_lines for insert to fleetflow_fn
  with check (exists (
    select from public.trips as t
     where t.car_id = trip_lines.car_id and t.id = trip_lines.trip_id
       and (t.booked_by_id = (select private.uid()) or t.fleet_id = any (array(select private.my_fleets('{owner,manager}'))))));
-- <<< sql/policies/trip_lines.sql

-- >>> sql/policies/trip_transitions.sql
-- The table of allowed steps is public knowledge.
alter table public.trip_transitions enable row level security;
alter table public.trip_transitions force row level security;

drop policy if exists trip_transitions_sys on public.trip_transitions;
create policy trip_transitions_sys on public.trip_transitions to fleetflow_sys using (true) with check (true);

drop policy if exists trip_transitions_read on public.trip_transitions;
create policy trip_transitions_read on public.trip_transitions for select to fleetflow_fn using (true);
-- <<< sql/policies/trip_transitions.sql

-- >>> sql/policies/trips.sql
-- A trip is seen by its renter and its fleet's members; written by its renter and by owners and managers.
alter table public.trips enable row level security;
alter table public.trips force row level security;

drop policy if exists trips_sys on public.trips;
create policy trips_sys on public.trips to fleetflow_sys using (true) with check (true);

drop policy if exists trips_read on public.trips;
create policy trips_read on public.trips for select to fleetflow_fn
  using (booked_by_id = (select private.uid())
    or fleet_id = any (array(select private.my_fleets()))
    or (select private.is_admin()));

drop policy if exists trips_book on public.trips;
create policy trips_book on public.trips for insert to fleetflow_fn
  with check ((booked_by_id = (select private.uid()) and purpose = 'rental')
    or fleet_id = any (array(select private.my_fleets('{owner,manager}'))));

drop policy if exists trips_change on public.trips;
create policy trips_change on public.trips for update to fleetflow_fn
  using ((booked_by_id = (select private.uid()) and purpose = 'rental')
    or fleet_id = any (array(select private.my_fleets('{owner,manager}'))))
  with check ((booked_by_id = (select private.uid()) and purpose = 'rental')
    or fleet_id = any (array(select private.my_fleets('{owner,manager}'))));
-- <<< sql/policies/trips.sql

-- >>> sql/policies/user_identities.sql
-- Only private.enter reads and writes identities.
alter table public.user_identities enable row level security;
alter table public.user_identities force row level security;

drop policy if exists user_identities_sys on public.user_identities;
create policy user_identities_sys on public.user_identities to fleetflow_sys using (true) with check (true);
-- <<< sql/policies/user_identities.sql

-- >>> sql/policies/users.sql
-- A person sees their own row; admins see all.
alter table public.users enable row level security;
alter table public.users force row level security;

drop policy if exists users_sys on public.users;
create policy users_sys on public.users to fleetflow_sys using (true) with check (true);

drop policy if exists users_read on public.users;
create policy users_read on public.users for select to fleetflow_fn
  using (id = (select private.uid()) or (select private.is_admin()));
-- <<< sql/policies/users.sql

-- >>> sql/grants/schemas.sql
-- Who may look into which schema. Creating objects is granted to function owners only while a migration runs.
grant usage on schema public to fleetflow_owner, fleetflow_fn, fleetflow_sys, fleetflow_api;
grant usage on schema private to fleetflow_fn, fleetflow_sys;
-- <<< sql/grants/schemas.sql

-- >>> sql/grants/tables.sql
-- What the two function roles may touch. The API role gets no table at all.
-- fleetflow_sys sees across people but may not move a trip to another car; fleetflow_fn is bound by people's policies
-- and may not write `total_cost`, which only the trigger on trip_lines moves.
-- Tables are named: whatever else lives in `public` (views of extensions, other people's tables) is not ours to grant.
revoke all on public.users, public.user_identities, public.fleets, public.fleet_members, public.car_classes, public.rate_plans, public.cars,
  public.trips, public.trip_lines, public.trip_transitions, public.reviews, public.placement from fleetflow_fn, fleetflow_sys, fleetflow_api;

grant select on public.users, public.user_identities, public.fleets, public.fleet_members, public.car_classes,
  public.rate_plans, public.cars, public.trips, public.trip_lines, public.trip_transitions, public.reviews, public.placement to fleetflow_sys;
grant insert on public.users, public.user_identities, public.fleets, public.fleet_members, public.car_classes,
  public.rate_plans, public.cars, public.trips, public.trip_lines, public.reviews to fleetflow_sys;
grant update on public.users, public.fleets, public.fleet_members, public.car_classes, public.cars to fleetflow_sys;
grant update (rating, comment, updated_at) on public.reviews to fleetflow_sys;
grant delete on public.users, public.fleet_members, public.trips, public.trip_lines, public.reviews to fleetflow_sys;
grant update (status, trip_start_date, trip_end_date, returned_at, blocked, cut, total_cost, version, cancel_reason, updated_at)
  on public.trips to fleetflow_sys;

grant select on public.users, public.fleets, public.fleet_members, public.car_classes, public.rate_plans, public.cars,
  public.trips, public.trip_lines, public.trip_transitions, public.reviews to fleetflow_fn;
grant insert (car_id, id, fleet_id, booked_by_id, purpose, status, trip_start_date, trip_end_date, prep_minutes,
  turnaround_minutes, back_to_back, blocked, currency, rate_plan_id) on public.trips to fleetflow_fn;
grant update (status, trip_start_date, trip_end_date, blocked, cut, version, cancel_reason, updated_at) on public.trips to fleetflow_fn;
grant insert on public.trip_lines to fleetflow_fn;
grant insert (car_id, id, trip_id, author_id, rating, comment) on public.reviews to fleetflow_fn;
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
  ('public.placement', 'local', null, null),
  ('private.migrations', 'local', null, null)
on conflict (name) do update
  set kind = excluded.kind, shard_column = excluded.shard_column, colocated_with = excluded.colocated_with;
-- <<< sql/data/placement.sql

-- >>> sql/data/trip_transitions.sql
-- The allowed steps of a trip's life; a trigger refuses every other one. `none` means the trip does not exist yet.
insert into public.trip_transitions (from_status, to_status, operation) values
  ('none', 'held', 'hold'),
  ('none', 'confirmed', 'create'),
  ('none', 'requested', 'create'),
  ('none', 'completed', 'import'),
  ('held', 'confirmed', 'create'),
  ('held', 'requested', 'create'),
  ('requested', 'confirmed', 'approve'),
  ('requested', 'declined', 'decline'),
  ('held', 'expired', 'expire'),
  ('requested', 'expired', 'expire'),
  ('held', 'cancelled', 'cancel'),
  ('requested', 'cancelled', 'cancel'),
  ('confirmed', 'cancelled', 'cancel'),
  ('confirmed', 'active', 'start'),
  ('confirmed', 'no_show', 'no_show'),
  ('active', 'completed', 'complete')
on conflict do nothing;
-- <<< sql/data/trip_transitions.sql

