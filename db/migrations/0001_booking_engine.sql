-- Columns, checks and indexes of tables that hold rows: they lock while they look at them. The engine is not served while it migrates.
-- squawk-ignore-file adding-foreign-key-constraint, constraint-missing-not-valid, require-concurrent-index-creation, require-concurrent-index-deletion

-- >>> sql/functions/price_change.sql is removed
drop function if exists private.price_change(public.trips, timestamptz, timestamptz);

-- >>> sql/functions/price_lines.sql is removed
drop function if exists private.price_lines(public.rate_plans, text, timestamptz, timestamptz);

drop function if exists public.cancel_trip_rpc(uuid, text, integer, jsonb);
drop function if exists public.create_review_rpc(uuid, integer, text, jsonb);
drop function if exists public.create_trip_rpc(uuid, uuid, timestamptz, timestamptz, jsonb, text, bigint);
drop function if exists private.find_trip(uuid, integer);
drop function if exists public.modify_trip_rpc(uuid, timestamptz, timestamptz, integer, jsonb);
drop function if exists private.overlap_details(uuid, timestamptz, timestamptz, integer, integer, boolean, uuid);

-- >>> sql/prelude/cube.sql
-- Points on the globe are searched as points of a ball, nearest first, without seams at the date line or the poles. The extension is
-- trusted: whoever may create objects in the database may create it.
create extension if not exists cube schema public;
-- <<< sql/prelude/cube.sql

CREATE TABLE "driver_assignments" (
	"driver_id" uuid NOT NULL,
	"trip_id" uuid NOT NULL,
	"period" "tstzrange" NOT NULL,
	"expires_at" timestamp with time zone,
	CONSTRAINT "driver_assignments_pkey" PRIMARY KEY("driver_id","trip_id"),
	CONSTRAINT "driver_assignments_period_finite" CHECK (not isempty("driver_assignments"."period") and not lower_inf("driver_assignments"."period") and not upper_inf("driver_assignments"."period") and isfinite(lower("driver_assignments"."period")) and isfinite(upper("driver_assignments"."period"))),
	CONSTRAINT "driver_assignments_period_bounds" CHECK (lower_inc("driver_assignments"."period") and not upper_inc("driver_assignments"."period"))
);

CREATE TABLE "event_log" (
	"pos" bigint NOT NULL,
	"id" uuid NOT NULL,
	"entity" text NOT NULL,
	"entity_id" uuid NOT NULL,
	"car_id" uuid NOT NULL,
	"fleet_id" uuid NOT NULL,
	"type" text NOT NULL,
	"actor_id" uuid,
	"actor_role" text NOT NULL,
	"operation" text,
	"version" integer,
	"after" jsonb,
	"was" jsonb,
	"occurred_at" timestamp with time zone NOT NULL,
	"logged_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "event_log_pkey" PRIMARY KEY("pos"),
	CONSTRAINT "event_log_id_key" UNIQUE("id"),
	CONSTRAINT "event_log_pos_positive" CHECK ("event_log"."pos" >= 1),
	CONSTRAINT "event_log_entity_known" CHECK ("event_log"."entity" in ('trip', 'car', 'review')),
	CONSTRAINT "event_log_type_form" CHECK ("event_log"."type" ~ '^(trip|car|review)[.][a-z_]+$'),
	CONSTRAINT "event_log_actor_role_known" CHECK ("event_log"."actor_role" in ('renter', 'fleet', 'system'))
);

CREATE TABLE "event_relay" (
	"single" boolean DEFAULT true NOT NULL,
	"last_pos" bigint DEFAULT 0 NOT NULL,
	"moved_at" timestamp with time zone,
	CONSTRAINT "event_relay_pkey" PRIMARY KEY("single"),
	CONSTRAINT "event_relay_only_one" CHECK ("event_relay"."single")
);

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

CREATE TABLE "outbox" (
	"car_id" uuid NOT NULL,
	"entity" text NOT NULL,
	"entity_id" uuid NOT NULL,
	"version" integer NOT NULL,
	"xact" "xid8" NOT NULL,
	"seq" bigint GENERATED ALWAYS AS IDENTITY (sequence name "outbox_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"id" uuid DEFAULT gen_random_uuid() NOT NULL,
	"actor_id" uuid,
	"operation" text,
	"before" jsonb,
	"after" jsonb,
	"occurred_at" timestamp with time zone NOT NULL,
	CONSTRAINT "outbox_pkey" PRIMARY KEY("entity_id","xact","version","car_id"),
	CONSTRAINT "outbox_entity_known" CHECK ("outbox"."entity" in ('trip', 'car', 'review'))
);

CREATE TABLE "quotes" (
	"car_id" uuid NOT NULL,
	"id" uuid NOT NULL,
	"fleet_id" uuid NOT NULL,
	"user_id" uuid NOT NULL,
	"start_date" timestamp with time zone NOT NULL,
	"end_date" timestamp with time zone NOT NULL,
	"extras" jsonb NOT NULL,
	"rate_plan_id" uuid NOT NULL,
	"total_cost" bigint NOT NULL,
	"priced" jsonb NOT NULL,
	"expires_at" timestamp with time zone NOT NULL,
	"used_at" timestamp with time zone,
	"trip_id" uuid,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "quotes_pkey" PRIMARY KEY("car_id","id"),
	CONSTRAINT "quotes_period_forward" CHECK ("quotes"."start_date" < "quotes"."end_date" and isfinite("quotes"."start_date") and isfinite("quotes"."end_date")),
	CONSTRAINT "quotes_total_cost_bounded" CHECK ("quotes"."total_cost" between 0 and 9007199254740991),
	CONSTRAINT "quotes_used_whole" CHECK (("quotes"."used_at" is null) = ("quotes"."trip_id" is null))
);

CREATE TABLE "rate_plan_seasons" (
	"rate_plan_id" uuid NOT NULL,
	"id" uuid NOT NULL,
	"name" text NOT NULL,
	"days" daterange NOT NULL,
	"day_rate" bigint,
	"ppm" integer,
	CONSTRAINT "rate_plan_seasons_pkey" PRIMARY KEY("rate_plan_id","id"),
	CONSTRAINT "rate_plan_seasons_name_length" CHECK (length("rate_plan_seasons"."name") between 1 and 80),
	CONSTRAINT "rate_plan_seasons_days_finite" CHECK (not isempty("rate_plan_seasons"."days") and lower("rate_plan_seasons"."days") >= '1900-01-01' and upper("rate_plan_seasons"."days") <= '9999-01-01'),
	CONSTRAINT "rate_plan_seasons_days_bounded" CHECK (not lower_inf("rate_plan_seasons"."days") and not upper_inf("rate_plan_seasons"."days")),
	CONSTRAINT "rate_plan_seasons_one_price" CHECK (num_nonnulls("rate_plan_seasons"."day_rate", "rate_plan_seasons"."ppm") = 1),
	CONSTRAINT "rate_plan_seasons_day_rate_bounded" CHECK ("rate_plan_seasons"."day_rate" between 0 and 1000000000000),
	CONSTRAINT "rate_plan_seasons_ppm_bounded" CHECK ("rate_plan_seasons"."ppm" between 0 and 10000000)
);

ALTER TABLE "trip_lines" DROP CONSTRAINT "trip_lines_kind_known";
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
ALTER TABLE "fleets" ADD COLUMN "rules_version" integer DEFAULT 1 NOT NULL;
ALTER TABLE "rate_plans" ADD COLUMN "rules" jsonb DEFAULT '{}'::jsonb NOT NULL;
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
ALTER TABLE "trips" ADD COLUMN "near_lat_microdegrees" integer;
ALTER TABLE "trips" ADD COLUMN "near_lng_microdegrees" integer;
ALTER TABLE "trips" ADD COLUMN "near_metres" integer;
ALTER TABLE "driver_assignments" ADD CONSTRAINT "driver_assignments_driver_id_fkey" FOREIGN KEY ("driver_id") REFERENCES "public"."users"("id") ON DELETE restrict ON UPDATE no action;
ALTER TABLE "idempotency_keys" ADD CONSTRAINT "idempotency_keys_user_id_fkey" FOREIGN KEY ("user_id") REFERENCES "public"."users"("id") ON DELETE cascade ON UPDATE no action;
ALTER TABLE "quotes" ADD CONSTRAINT "quotes_car_id_fkey" FOREIGN KEY ("car_id") REFERENCES "public"."cars"("id") ON DELETE cascade ON UPDATE no action;
ALTER TABLE "quotes" ADD CONSTRAINT "quotes_fleet_id_fkey" FOREIGN KEY ("fleet_id") REFERENCES "public"."fleets"("id") ON DELETE cascade ON UPDATE no action;
ALTER TABLE "quotes" ADD CONSTRAINT "quotes_user_id_fkey" FOREIGN KEY ("user_id") REFERENCES "public"."users"("id") ON DELETE cascade ON UPDATE no action;
ALTER TABLE "quotes" ADD CONSTRAINT "quotes_rate_plan_id_fkey" FOREIGN KEY ("rate_plan_id") REFERENCES "public"."rate_plans"("id") ON DELETE restrict ON UPDATE no action;
ALTER TABLE "rate_plan_seasons" ADD CONSTRAINT "rate_plan_seasons_rate_plan_id_fkey" FOREIGN KEY ("rate_plan_id") REFERENCES "public"."rate_plans"("id") ON DELETE restrict ON UPDATE no action;
CREATE INDEX "driver_assignments_trip_id_idx" ON "driver_assignments" USING btree ("trip_id");
CREATE INDEX "driver_assignments_expires_at_idx" ON "driver_assignments" USING btree ("expires_at") WHERE "driver_assignments"."expires_at" is not null;
CREATE INDEX "event_log_entity_id_pos_idx" ON "event_log" USING btree ("entity_id","pos");
CREATE INDEX "idempotency_keys_created_at_idx" ON "idempotency_keys" USING btree ("created_at");
CREATE INDEX "outbox_seq_idx" ON "outbox" USING btree ("seq");
CREATE INDEX "quotes_id_idx" ON "quotes" USING btree ("id");
CREATE INDEX "quotes_user_id_idx" ON "quotes" USING btree ("user_id");
CREATE INDEX "quotes_fleet_id_idx" ON "quotes" USING btree ("fleet_id");
CREATE INDEX "quotes_expires_at_idx" ON "quotes" USING btree ("expires_at");
ALTER TABLE "trips" ADD CONSTRAINT "trips_driver_id_fkey" FOREIGN KEY ("driver_id") REFERENCES "public"."users"("id") ON DELETE restrict ON UPDATE no action;
CREATE INDEX "trips_driver_id_idx" ON "trips" USING btree ("driver_id") WHERE "trips"."driver_id" is not null;
CREATE INDEX "trips_fleet_id_status_start_idx" ON "trips" USING btree ("fleet_id","status","trip_start_date","id");
CREATE INDEX "trips_booked_by_id_status_start_idx" ON "trips" USING btree ("booked_by_id","status","trip_start_date","id");
CREATE INDEX "trips_car_id_status_start_idx" ON "trips" USING btree ("car_id","status","trip_start_date","id");
CREATE INDEX "trips_runs_out_idx" ON "trips" USING btree ((case when "status" = 'held' then "hold_expires_at" when "status" = 'requested' then "respond_by" when "purpose" <> 'rental' and "status" in ('confirmed', 'active') then "trip_end_date" end)) WHERE (case when "trips"."status" = 'held' then "trips"."hold_expires_at" when "trips"."status" = 'requested' then "trips"."respond_by" when "trips"."purpose" <> 'rental' and "trips"."status" in ('confirmed', 'active') then "trips"."trip_end_date" end) is not null;
CREATE INDEX "trips_car_id_runs_out_idx" ON "trips" USING btree ("car_id",(case when "status" = 'held' then "hold_expires_at" when "status" = 'requested' then "respond_by" when "purpose" <> 'rental' and "status" in ('confirmed', 'active') then "trip_end_date" end)) WHERE (case when "trips"."status" = 'held' then "trips"."hold_expires_at" when "trips"."status" = 'requested' then "trips"."respond_by" when "trips"."purpose" <> 'rental' and "trips"."status" in ('confirmed', 'active') then "trips"."trip_end_date" end) is not null;
ALTER TABLE "cars" ADD CONSTRAINT "cars_odometer_positive" CHECK ("cars"."odometer" >= 0);
ALTER TABLE "fleets" ADD CONSTRAINT "fleets_lengths_bounded" CHECK ("fleets"."min_minutes" between 1 and 527040 and "fleets"."max_minutes" between coalesce("fleets"."min_minutes", 1) and 527040);
ALTER TABLE "fleets" ADD CONSTRAINT "fleets_notice_bounded" CHECK ("fleets"."notice_minutes" between 0 and 527040);
ALTER TABLE "fleets" ADD CONSTRAINT "fleets_horizon_bounded" CHECK ("fleets"."horizon_days" between 1 and 3660);
ALTER TABLE "fleets" ADD CONSTRAINT "fleets_quota_bounded" CHECK ("fleets"."max_open_trips" between 1 and 10000);
ALTER TABLE "fleets" ADD CONSTRAINT "fleets_rules_version_positive" CHECK ("fleets"."rules_version" >= 1);
ALTER TABLE "trip_lines" ADD CONSTRAINT "trip_lines_amount_exact" CHECK ("trip_lines"."amount" = "trip_lines"."quantity" * "trip_lines"."unit_amount");
ALTER TABLE "trip_lines" ADD CONSTRAINT "trip_lines_kind_known" CHECK ("trip_lines"."kind" in ('day', 'hour', 'best_price', 'minimum', 'extra', 'fee', 'discount', 'tax', 'adjustment', 'cancellation', 'refund', 'imported'));
ALTER TABLE "trips" ADD CONSTRAINT "trips_held_until" CHECK ("trips"."status" <> 'held' or ("trips"."hold_expires_at" is not null and isfinite("trips"."hold_expires_at")));
ALTER TABLE "trips" ADD CONSTRAINT "trips_requested_until" CHECK ("trips"."status" <> 'requested' or ("trips"."respond_by" is not null and isfinite("trips"."respond_by")));
ALTER TABLE "trips" ADD CONSTRAINT "trips_odometer_forward" CHECK ("trips"."odometer_start" >= 0 and "trips"."odometer_end" >= coalesce("trips"."odometer_start", 0));
ALTER TABLE "trips" ADD CONSTRAINT "trips_fuel_percent" CHECK ("trips"."fuel_start" between 0 and 100 and "trips"."fuel_end" between 0 and 100);
ALTER TABLE "trips" ADD CONSTRAINT "trips_near_whole" CHECK (num_nulls("trips"."near_lat_microdegrees", "trips"."near_lng_microdegrees", "trips"."near_metres") in (0, 3) and "trips"."near_metres" between 1 and 20100000);
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

-- >>> sql/functions/adjustment_lines.sql
-- What: what a return adds to a trip's price: {"delta", "lines", "pricing"}. A late return is priced like an extension; then come the
--   distance above what the begun days include, the missing fuel, and the taxes on both. NULL readings are not charged.
-- Who: whatever completes a trip. Runs as fleetflow_sys: the renter may no longer see the car. Raises: BAD_INPUT (field endDate, odometer).
create or replace function private.adjustment_lines(
  trip public.trips, returned_at timestamptz, start_odometer integer, end_odometer integer, start_fuel integer, end_fuel integer
) returns jsonb
  language plpgsql stable security definer
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  v_price jsonb := private.reprice_booked(adjustment_lines.trip, (adjustment_lines.trip).trip_start_date,
    greatest(adjustment_lines.returned_at, (adjustment_lines.trip).trip_end_date));
  v_lines jsonb := v_price -> 'lines';
  v_delta bigint := (v_price ->> 'delta')::bigint;
  v_tariff jsonb;
  v_taxes jsonb;
  v_more jsonb := '[]';
  v_units integer;
  v_sum bigint := 0;
begin
  select private.tariff_of(p) into v_tariff from public.rate_plans as p
   where p.id = (adjustment_lines.trip).rate_plan_id and (adjustment_lines.trip).purpose = 'rental';
  v_units := adjustment_lines.end_odometer - adjustment_lines.start_odometer
    - (v_tariff -> 'distance' ->> 'includedPerDay')::integer * (v_price -> 'pricing' ->> 'begunDays')::integer;
  if v_units > 0 then
    v_more := v_more || private.line('adjustment', format('Distance above what is included, %s', v_tariff -> 'distance' ->> 'unit'),
      v_units, (v_tariff -> 'distance' ->> 'perUnit')::bigint);
    v_sum := v_sum + v_units * (v_tariff -> 'distance' ->> 'perUnit')::bigint;
  end if;
  v_units := adjustment_lines.start_fuel - adjustment_lines.end_fuel;
  if v_units > 0 and v_tariff ? 'fuel' then
    v_more := v_more || private.line('adjustment', 'Missing fuel, %', v_units, (v_tariff -> 'fuel' ->> 'perPercent')::bigint);
    v_sum := v_sum + v_units * (v_tariff -> 'fuel' ->> 'perPercent')::bigint;
  end if;
  if v_sum > 0 then
    v_taxes := private.tax_lines(v_tariff, v_sum);
    v_more := v_more || v_taxes;
    v_sum := v_sum + (select coalesce(sum((l ->> 'amount')::bigint), 0) from jsonb_array_elements(v_taxes) as l);
  end if;
  if greatest(v_sum, (adjustment_lines.trip).total_cost + v_delta + v_sum) > 9007199254740991 then
    raise exception using errcode = 'FF400', message = 'BAD_INPUT', detail = jsonb_build_object('field', 'odometer', 'reason', 'AMOUNT_TOO_LARGE');
  end if;
  return jsonb_build_object('delta', v_delta + v_sum, 'lines', v_lines || v_more, 'pricing', v_price -> 'pricing');
end
$$;

comment on function private.adjustment_lines(public.trips, timestamptz, integer, integer, integer, integer) is 'What a return adds to a trip''s price.';
alter function private.adjustment_lines(public.trips, timestamptz, integer, integer, integer, integer) owner to fleetflow_sys;
revoke all on function private.adjustment_lines(public.trips, timestamptz, integer, integer, integer, integer) from public;
grant execute on function private.adjustment_lines(public.trips, timestamptz, integer, integer, integer, integer) to fleetflow_fn;
-- <<< sql/functions/adjustment_lines.sql

-- >>> sql/functions/agree_price.sql
-- What: the price at which a rental is booked, in the shape of private.price_trip: the quote's where one is given, else today's.
--   Reads quoteId, extras and maxTotal of the operation's input. `trip_id` is the trip that it becomes.
-- Who: functions that hold or book a car, after its lock. Locks: the quote.
-- Raises: NOT_PRICED, BAD_INPUT (field extras, quoteId, endDate), NOT_FOUND (field quoteId), QUOTE_USED, QUOTE_EXPIRED, PRICE_CHANGED
--   (totalCost, currency); to the last three perform adds a fresh quote.
create or replace function private.agree_price(car public.cars, renter uuid, starts timestamptz, ends timestamptz, input jsonb, trip_id uuid)
  returns jsonb
  language plpgsql volatile
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  v_priced jsonb;
begin
  if input ->> 'quoteId' is not null then
    v_priced := private.use_quote((input ->> 'quoteId')::uuid, (agree_price.car).id, agree_price.renter, agree_price.starts, agree_price.ends,
      input -> 'extras', agree_price.trip_id);
  else
    v_priced := private.price_trip(agree_price.car, agree_price.starts, agree_price.ends, input -> 'extras');
  end if;
  if (v_priced ->> 'total')::bigint > (input ->> 'maxTotal')::bigint then
    raise exception using errcode = 'FF004', message = 'PRICE_CHANGED',
      detail = jsonb_build_object('totalCost', v_priced -> 'total', 'currency', v_priced -> 'currency');
  end if;
  return v_priced;
end
$$;

comment on function private.agree_price(public.cars, uuid, timestamptz, timestamptz, jsonb, uuid) is 'The price at which a rental is booked.';
revoke all on function private.agree_price(public.cars, uuid, timestamptz, timestamptz, jsonb, uuid) from public;
grant execute on function private.agree_price(public.cars, uuid, timestamptz, timestamptz, jsonb, uuid) to fleetflow_fn;
-- <<< sql/functions/agree_price.sql

-- >>> sql/functions/allowed_operations.sql
-- What: what the acting user may do with a trip now, by its state, their part in it and the clock.
-- Who: refuse_trip.
create or replace function private.allowed_operations(trip public.trips) returns text[]
  language plpgsql stable
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  v_trip public.trips := private.settled(allowed_operations.trip);
  v_manages boolean := v_trip.fleet_id in (select private.my_fleets('{owner,manager}'));
  v_renter boolean := v_trip.booked_by_id = private.uid() and v_trip.purpose = 'rental';
  v_drives boolean := v_trip.fleet_id in (select private.my_fleets());
  v_rental boolean := v_trip.purpose = 'rental';
begin
  return array(
    select o.operation
      from (values
        ('held', 'create', v_renter or v_manages),
        ('held', 'cancel', v_renter or v_manages),
        ('requested', 'approve', v_manages),
        ('requested', 'decline', v_manages),
        ('requested', 'cancel', v_renter or v_manages),
        ('confirmed', 'cancel', v_manages or (v_renter and v_trip.trip_start_date > now())),
        ('confirmed', 'modify', v_renter or v_manages),
        ('confirmed', 'start', (v_renter or v_drives) and v_trip.trip_start_date - interval '30 minutes' <= now()),
        ('confirmed', 'no_show', v_manages and v_rental and v_trip.trip_start_date + interval '30 minutes' <= now()),
        ('active', 'modify', v_renter or v_manages),
        ('active', 'complete', v_renter or v_drives)
      ) as o (status, operation, allowed)
     where o.status = v_trip.status and o.allowed
     order by o.operation);
end
$$;

comment on function private.allowed_operations(public.trips) is 'What the acting user may do with a trip now.';
revoke all on function private.allowed_operations(public.trips) from public;
grant execute on function private.allowed_operations(public.trips) to fleetflow_fn;
-- <<< sql/functions/allowed_operations.sql

-- >>> sql/functions/alternatives.sql
-- What: up to `wanted` free cars, nearest first: [{carId, name, carClass, distance, price: {total, currency}}]. `filter` is near_cars'; a price only
--   for a rental.
-- Who: enrich_refusal, under the caller's policies.
create or replace function private.alternatives(
  filter jsonb, starts timestamptz, ends timestamptz, extras jsonb, rental boolean, renter uuid, wanted integer
) returns jsonb
  language plpgsql volatile
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  v_ids uuid[];
  v_metres integer[];
begin
  select array_agg(n.car_id order by n.metres, n.car_id), array_agg(n.metres order by n.metres, n.car_id) into v_ids, v_metres
    from (select a.car_id, a.metres
            from private.near_cars(alternatives.filter || jsonb_build_object('priced', alternatives.rental), alternatives.starts,
                   alternatives.ends, alternatives.renter, alternatives.wanted) as a
           where a.car_id is not null order by a.metres, a.car_id limit alternatives.wanted) as n;
  return coalesce((
    select jsonb_agg(jsonb_build_object('carId', c.id, 'name', c.name, 'carClass', cc.slug, 'distance', v_metres[n.place],
             'price', case when alternatives.rental then o.price end) order by n.place)
      from unnest(v_ids) with ordinality as n (car_id, place)
      join public.cars as c on c.id = n.car_id
      join public.car_classes as cc on cc.id = c.car_class_id
      left join private.price_offers(v_ids, alternatives.starts, alternatives.ends, alternatives.extras, now()) as o on o.car_id = c.id), '[]');
end
$$;

comment on function private.alternatives(jsonb, timestamptz, timestamptz, jsonb, boolean, uuid, integer) is 'Free cars that could stand in.';
revoke all on function private.alternatives(jsonb, timestamptz, timestamptz, jsonb, boolean, uuid, integer) from public;
grant execute on function private.alternatives(jsonb, timestamptz, timestamptz, jsonb, boolean, uuid, integer) to fleetflow_fn;
-- <<< sql/functions/alternatives.sql

-- >>> sql/functions/answer_request.sql
-- What: a fleet's answer to a request, in time: approved it is a booking, declined it costs nothing.
-- Who: perform, for approve_trip_rpc and decline_trip_rpc. Input: id, version, reason. A request past its limit has expired.
-- Raises: NOT_FOUND, FORBIDDEN, VERSION_MISMATCH (version), INVALID_STATE (from, operation, allowed), BAD_INPUT,
--   DRIVER_BUSY (windows).
-- Locks: the car, the trip, then the driver.
create or replace function private.answer_request(actor uuid, input jsonb, operation text) returns jsonb
  language plpgsql volatile
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  v_trip public.trips := private.find_trip((input ->> 'id')::uuid, (input ->> 'version')::integer);
  v_reason text := private.reason_of(input);
begin
  if v_trip.fleet_id not in (select private.my_fleets('{owner,manager}')) then
    raise exception using errcode = 'FF403', message = 'FORBIDDEN';
  end if;
  if v_trip.status <> 'requested' then
    perform private.refuse_trip(v_trip, answer_request.operation);
  end if;
  perform private.lock_users(array[v_trip.driver_id]);
  update public.trips as t
     set status = case answer_request.operation when 'approve' then 'confirmed' else 'declined' end, cancel_reason = v_reason
   where t.car_id = v_trip.car_id and t.id = v_trip.id;
  if answer_request.operation = 'decline' then
    perform private.give_back(v_trip, v_trip.total_cost, 'Declined');
  end if;
  select t.* into v_trip from public.trips as t where t.car_id = v_trip.car_id and t.id = v_trip.id;
  perform private.assign_driver(v_trip);
  return private.trip_json(v_trip);
end
$$;

comment on function private.answer_request(uuid, jsonb, text) is 'A fleet''s answer to a request.';
revoke all on function private.answer_request(uuid, jsonb, text) from public;
grant execute on function private.answer_request(uuid, jsonb, text) to fleetflow_fn;
-- <<< sql/functions/answer_request.sql

-- >>> sql/functions/approve_trip_rpc.sql
-- What: makes a request a booking, before its limit.
-- Who: owners and managers of the trip's fleet.
-- Raises: UNAUTHENTICATED. Answers perform's outcome of private.answer_request.
create or replace function public.approve_trip_rpc(
  trip_id uuid, version integer, actor jsonb, idempotency_key text default null
) returns jsonb
  language plpgsql volatile security definer
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  v_actor uuid := private.enter(approve_trip_rpc.actor, true);
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

-- >>> sql/functions/assign_driver.sql
-- What: makes driver_assignments say what a trip says now: its driver is taken from its start (or an earlier handover) to its end (or an
--   earlier return) while the trip occupies its car, and free otherwise. A hold or request whose time is over makes nobody busy.
-- Who: every function that stores a trip or changes its status, times or driver, with the row as it is afterwards. Nothing else writes
--   driver_assignments. Runs as fleetflow_sys: the other trips of a driver may be somebody else's.
-- Raises: DRIVER_BUSY (windows, never whose). Locks: the driver, who has been locked together with the renter before.
create or replace function private.assign_driver(trip public.trips) returns void
  language plpgsql volatile security definer
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  c_shown constant integer := 20;
  v_driver uuid := (trip).driver_id;
  v_from timestamptz := least((trip).started_at, (trip).trip_start_date);
  v_until timestamptz := least((trip).returned_at, (trip).trip_end_date);
  v_expires timestamptz := case (trip).status when 'held' then (trip).hold_expires_at when 'requested' then (trip).respond_by end;
begin
  delete from public.driver_assignments as a
   where a.trip_id = (trip).id
     and (a.driver_id, a.period, a.expires_at) is distinct from (v_driver, tstzrange(v_from, greatest(v_from, v_until)), v_expires);
  if v_driver is null or v_until <= v_from or (trip).status not in ('held', 'requested', 'confirmed', 'active', 'completed') then
    delete from public.driver_assignments as a where a.trip_id = (trip).id;
    return;
  end if;
  if exists (select from public.driver_assignments as a where a.trip_id = (trip).id) then
    return;
  end if;

  perform private.lock_users(array[v_driver]);
  delete from public.driver_assignments as a
   where a.driver_id = v_driver and a.period && tstzrange(v_from, v_until) and a.expires_at <= now();
  insert into public.driver_assignments (driver_id, trip_id, period, expires_at)
  values (v_driver, (trip).id, tstzrange(v_from, v_until), v_expires)
  on conflict on constraint driver_busy do nothing;
  if not found then
    raise exception using errcode = 'FF008', message = 'DRIVER_BUSY', detail = jsonb_build_object('field', 'driverId', 'windows', (
      select jsonb_agg(jsonb_build_object('startDate', private.iso(lower(b.period)), 'endDate', private.iso(upper(b.period))) order by b.period)
        from (select a.period from public.driver_assignments as a
               where a.driver_id = v_driver and a.period && tstzrange(v_from, v_until) order by a.period limit c_shown) as b));
  end if;
end
$$;

comment on function private.assign_driver(public.trips) is 'Makes driver_assignments say what a trip says.';
alter function private.assign_driver(public.trips) owner to fleetflow_sys;
revoke all on function private.assign_driver(public.trips) from public;
grant execute on function private.assign_driver(public.trips) to fleetflow_fn;
-- <<< sql/functions/assign_driver.sql

-- >>> sql/functions/assign_rate_plan.sql
-- What: says which plan prices a car, a class or, with neither, whatever else the fleet has; without a plan, takes it away.
-- Who: perform, for assign_rate_plan_rpc; create_rate_plan. Input: fleet, ratePlanId, carId, carClass (slug).
-- Raises: NOT_FOUND (fleet, ratePlanId, carId, carClass), FORBIDDEN, BAD_INPUT (carClass beside carId). Locks: the car, the class or the fleet.
create or replace function private.assign_rate_plan(actor uuid, input jsonb) returns jsonb
  language plpgsql volatile
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  v_fleet uuid := private.managed_fleet(input ->> 'fleet');
  v_plan uuid := (input ->> 'ratePlanId')::uuid;
  v_car uuid := (input ->> 'carId')::uuid;
  v_class uuid;
  v_missing text;
begin
  if v_car is not null and input ->> 'carClass' is not null then
    raise exception using errcode = 'FF400', message = 'BAD_INPUT', detail = jsonb_build_object('field', 'carClass', 'reason', 'ONE_TARGET');
  end if;
  select cc.id into v_class from public.car_classes as cc where cc.fleet_id = v_fleet and cc.slug = input ->> 'carClass';
  v_missing := case
    when v_plan is not null and not exists (select from public.rate_plans as p where p.id = v_plan and p.fleet_id = v_fleet) then 'ratePlanId'
    when v_car is not null and not exists (select from public.cars as c where c.id = v_car and c.fleet_id = v_fleet) then 'carId'
    when v_class is null and input ->> 'carClass' is not null then 'carClass' end;
  if v_missing is not null then
    raise exception using errcode = 'FF404', message = 'NOT_FOUND', detail = jsonb_build_object('field', v_missing);
  end if;
  perform private.put_rate_plan(v_fleet, v_plan, v_car, v_class);
  return jsonb_build_object('fleetId', v_fleet, 'ratePlanId', v_plan, 'carId', v_car, 'carClass', input ->> 'carClass');
end
$$;

comment on function private.assign_rate_plan(uuid, jsonb) is 'Says which plan prices a car, a class or a fleet.';
revoke all on function private.assign_rate_plan(uuid, jsonb) from public;
grant execute on function private.assign_rate_plan(uuid, jsonb) to fleetflow_fn;
-- <<< sql/functions/assign_rate_plan.sql

-- >>> sql/functions/assign_rate_plan_rpc.sql
-- What: Says which plan prices a car, a class or a fleet. One statement.
-- Who: owners and managers of the fleet.
-- Raises: UNAUTHENTICATED. Answers perform's outcome of private.assign_rate_plan.
create or replace function public.assign_rate_plan_rpc(
  fleet text, rate_plan_id uuid, actor jsonb, car_id uuid default null, car_class text default null, idempotency_key text default null
) returns jsonb
  language plpgsql volatile security definer
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  v_actor uuid := private.enter(assign_rate_plan_rpc.actor, true);
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

-- >>> sql/functions/best_cars.sql
-- What: the other cars of a car's class that are free for a trip, best fit first: the least time left over between the trips before and
--   after it, so that long free windows stay whole.
-- Who: plan_block. Runs as fleetflow_sys; reads without locks.
create or replace function private.best_cars(car public.cars, starts timestamptz, ends timestamptz) returns setof public.cars
  language sql stable security definer
  set search_path = pg_catalog, public, pg_temp
as $$
  select c.*
    from public.cars as c
    left join lateral (
      select upper(t.blocked) as at from public.trips as t
       where t.car_id = c.id and t.trip_start_date < best_cars.starts and t.status in ('held', 'requested', 'confirmed', 'active', 'completed')
       order by t.trip_start_date desc, t.id desc limit 1) as before on true
    left join lateral (
      select lower(t.blocked) as at from public.trips as t
       where t.car_id = c.id and t.trip_start_date >= best_cars.starts and t.status in ('held', 'requested', 'confirmed', 'active', 'completed')
       order by t.trip_start_date, t.id limit 1) as after on true
   where c.fleet_id = (best_cars.car).fleet_id and c.car_class_id = (best_cars.car).car_class_id
     and c.id <> (best_cars.car).id and c.retired_at is null
     and private.is_free(c, best_cars.starts, best_cars.ends)
   order by coalesce(best_cars.starts - before.at, interval '100 years') + coalesce(after.at - best_cars.ends, interval '100 years'), c.id
$$;

comment on function private.best_cars(public.cars, timestamptz, timestamptz) is 'The cars of a class that are free for a trip, best fit first.';
alter function private.best_cars(public.cars, timestamptz, timestamptz) owner to fleetflow_sys;
revoke all on function private.best_cars(public.cars, timestamptz, timestamptz) from public;
-- <<< sql/functions/best_cars.sql

-- >>> sql/functions/block_car.sql
-- What: takes a car out of service for a period. Answers {"trip", "inTheWay", "plan"}. A rehearsal without a plan that finds trips in the way
--   stores nothing: it lists them, each with its target car (null: none is free, or it may not move), and answers the plan when all can
--   move. With a plan all of its moves and the block happen, or none; `inTheWay` then says what was moved.
-- Who: perform, for block_car_rpc. Input: carId, startDate, endDate, purpose, note, plan {"moves": [{"tripId", "version", "carId"}]}, dryRun.
-- Raises: NOT_FOUND (field carId), FORBIDDEN, BAD_INPUT, TOO_LONG (maxDays, limit, nearest), TRIP_OVERLAP (conflicts, nextFree), PLAN_STALE (changes),
--   INVALID_STATE and DRIVER_BUSY (neither: what moves has been compared and keeps its times, and a block names no driver).
-- Locks: the car and the plan's targets ascending, then drivers, then trips.
create or replace function private.block_car(actor uuid, input jsonb) returns jsonb
  language plpgsql volatile
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  v_start timestamptz := (input ->> 'startDate')::timestamptz;
  v_end timestamptz := (input ->> 'endDate')::timestamptz;
  v_note text := nullif(btrim(input ->> 'note', E' \t\n\r'), '');
  v_moves jsonb := private.moves_of_plan(input -> 'plan');
  v_listed jsonb;
  v_changes jsonb;
  v_car public.cars;
  v_trip public.trips;
begin
  select c.* into v_car from public.cars as c where c.id = (input ->> 'carId')::uuid and c.retired_at is null;
  if not found then
    raise exception using errcode = 'FF404', message = 'NOT_FOUND', detail = jsonb_build_object('field', 'carId');
  end if;
  if v_car.fleet_id not in (select private.my_fleets('{owner,manager}')) then
    raise exception using errcode = 'FF403', message = 'FORBIDDEN';
  end if;
  if input ->> 'purpose' not in ('maintenance', 'repair', 'owner_use') or length(v_note) > 1000 then
    raise exception using errcode = 'FF400', message = 'BAD_INPUT',
      detail = jsonb_build_object('field', case when length(v_note) > 1000 then 'note' else 'purpose' end);
  end if;
  perform private.check_period(v_start, v_end);

  if (input ->> 'dryRun')::boolean and v_moves is null then
    v_listed := private.plan_block(v_car, v_start, v_end);
    if v_listed <> '[]' then
      return jsonb_build_object('trip', null, 'inTheWay', v_listed, 'plan', private.plan_of(v_listed));
    end if;
  end if;
  perform private.lock_cars(array(select (m.move ->> 'carId')::uuid from jsonb_array_elements(coalesce(v_moves, '[]')) as m (move)) || v_car.id);
  v_car := private.take_car(v_car.id);
  if v_moves is not null then
    v_listed := private.list_in_the_way(v_car, v_start, v_end,
      (select jsonb_object_agg(m.move ->> 'tripId', m.move -> 'carId') from jsonb_array_elements(v_moves) as m (move)));
    v_changes := private.plan_changes(v_car, v_start, v_end, v_moves);
    if v_changes = '[]' then
      v_changes := private.move_planned(v_moves);
    end if;
    if v_changes <> '[]' then
      perform private.refuse_plan(v_changes);
    end if;
  end if;
  v_trip := private.book_trip(v_car, block_car.actor, input ->> 'purpose', 'confirmed', v_start, v_end, null, jsonb_build_object('note', v_note));
  if v_trip.id is null then
    perform private.refuse_overlap(v_car.id, v_start, v_end, v_car.prep_minutes, v_car.turnaround_minutes, v_car.back_to_back);
  end if;
  return jsonb_build_object('trip', private.trip_json(v_trip), 'inTheWay', coalesce(v_listed, '[]'),
    'plan', case when v_moves is not null then input -> 'plan' end);
end
$$;

comment on function private.block_car(uuid, jsonb) is 'Takes a car out of service for a period.';
revoke all on function private.block_car(uuid, jsonb) from public;
grant execute on function private.block_car(uuid, jsonb) to fleetflow_fn;
-- <<< sql/functions/block_car.sql

-- >>> sql/functions/block_car_rpc.sql
-- What: takes a car out of service for a period: maintenance, repair or owner use. A rehearsal lists the trips in the way with the car of
--   the same class that each could move to, and the plan that moves them; with that plan the trips move and the block is stored, or nothing.
-- Who: owners and managers of the car's fleet.
-- Raises: UNAUTHENTICATED. Answers perform's outcome of private.block_car.
create or replace function public.block_car_rpc(
  car_id uuid, start_date timestamptz, end_date timestamptz, actor jsonb, purpose text default 'maintenance', note text default null,
  plan jsonb default null, idempotency_key text default null, dry_run boolean default false
) returns jsonb
  language plpgsql volatile security definer
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  v_actor uuid := private.enter(block_car_rpc.actor, true);
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

-- >>> sql/functions/book_class_trip.sql
-- What: stores a rental of a car that was chosen from its class; NULL when another trip has the car in that period. A request where the
--   fleet has to answer until `respond_by`. The place that was asked for is kept, because the trip may be moved to another car.
-- Who: functions that book a class. Input: startDate, endDate, driverId, allocation, lat, lng, radius. Raises: DRIVER_BUSY (windows).
create or replace function private.book_class_trip(
  car public.cars, renter uuid, input jsonb, priced jsonb, respond_by timestamptz default null
) returns public.trips
  language plpgsql volatile
  set search_path = pg_catalog, public, pg_temp
as $$
begin
  return private.book_trip(book_class_trip.car, book_class_trip.renter, 'rental',
    case when book_class_trip.respond_by is null then 'confirmed' else 'requested' end,
    (input ->> 'startDate')::timestamptz, (input ->> 'endDate')::timestamptz, book_class_trip.priced,
    jsonb_build_object('pinned', input ->> 'allocation' = 'pinned', 'driverId', input -> 'driverId', 'extras', priced -> 'extras',
      'respondBy', book_class_trip.respond_by, 'policy', private.policy_of((book_class_trip.car).fleet_id),
      'nearLat', input -> 'lat', 'nearLng', input -> 'lng', 'nearMetres', case when input ->> 'lat' is not null then input -> 'radius' end));
end
$$;

comment on function private.book_class_trip(public.cars, uuid, jsonb, jsonb, timestamptz) is 'Stores a rental of a car that was chosen from its class.';
revoke all on function private.book_class_trip(public.cars, uuid, jsonb, jsonb, timestamptz) from public;
grant execute on function private.book_class_trip(public.cars, uuid, jsonb, jsonb, timestamptz) to fleetflow_fn;
-- <<< sql/functions/book_class_trip.sql

-- >>> sql/functions/book_free_car.sql
-- What: books the best fitting free car of a class: tries one after the other, and prevent_overlap decides. NULL when none was free or others
--   were faster everywhere. Cars that are booked instantly (`instant`), or those whose fleet has to approve: then it is a request.
-- Who: functions that book a class, with the offers of private.class_offers.
--   Takes no car's lock, so it waits for nobody who waits for it: whoever has stored a trip has every lock that he needs.
-- Raises: DRIVER_BUSY (windows), TOO_SOON (earliest: no time is left for an approval). Locks: none but those that the caller has on people.
create or replace function private.book_free_car(
  car_class public.car_classes, renter uuid, manages boolean, instant boolean, input jsonb, offers jsonb
) returns public.trips
  language plpgsql volatile
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  v_free record;
  v_respond_by timestamptz;
  v_trip public.trips;
begin
  for v_free in
    select f.car, f.tariff from private.free_cars(book_free_car.car_class, book_free_car.manages, book_free_car.input) as f
     where book_free_car.offers ? f.tariff and f.instant = book_free_car.instant
  loop
    if not book_free_car.instant then
      v_respond_by := private.respond_by((input ->> 'startDate')::timestamptz);
    end if;
    v_trip := private.book_class_trip(v_free.car, book_free_car.renter, book_free_car.input, offers -> v_free.tariff, v_respond_by);
    exit when v_trip.id is not null;
  end loop;
  return v_trip;
end
$$;

comment on function private.book_free_car(public.car_classes, uuid, boolean, boolean, jsonb, jsonb) is 'Books the best fitting free car of a class.';
revoke all on function private.book_free_car(public.car_classes, uuid, boolean, boolean, jsonb, jsonb) from public;
grant execute on function private.book_free_car(public.car_classes, uuid, boolean, boolean, jsonb, jsonb) to fleetflow_fn;
-- <<< sql/functions/book_free_car.sql

-- >>> sql/functions/book_held_car.sql
-- What: books the car of a class that the renter holds in a period, as private.create_trip does: the hold becomes the booking. NULL without such
--   a hold, or where it cannot (another trip is in the way of a longer period, or it costs more than maxTotal): then the class is looked at.
-- Who: create_trip_in_class, before it locks anything. Input: as trips.create, without a car.
-- Raises: BAD_INPUT, NOT_FOUND, FORBIDDEN, TOO_SOON, TOO_LONG, TOO_SHORT, TOO_FAR, OUTSIDE_HOURS, QUOTA_EXCEEDED, NOT_PRICED, DRIVER_BUSY.
--   Catches: TRIP_OVERLAP, PRICE_CHANGED, QUOTE_EXPIRED, QUOTE_USED. Locks: the car, the renter and the driver.
create or replace function private.book_held_car(actor uuid, car_class public.car_classes, input jsonb) returns jsonb
  language plpgsql volatile
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  v_car uuid := (
    select t.car_id
      from public.trips as t
      join private.class_cars(book_held_car.car_class, false, book_held_car.input) as k on (k.car).id = t.car_id
     where t.booked_by_id = coalesce((input ->> 'userId')::uuid, book_held_car.actor) and t.status = 'held' and t.hold_expires_at > now()
       and tstzrange(t.trip_start_date, t.trip_end_date, '[]') && tstzrange((input ->> 'startDate')::timestamptz, (input ->> 'endDate')::timestamptz, '[]')
     order by t.trip_start_date, t.id limit 1);
begin
  if v_car is null then
    return null;
  end if;
  return private.create_trip(book_held_car.actor, input || jsonb_build_object('carId', v_car));
exception when sqlstate 'FF001' or sqlstate 'FF004' or sqlstate 'FF005' or sqlstate 'FF006' then
  return null;
end
$$;

comment on function private.book_held_car(uuid, public.car_classes, jsonb) is 'Books the car of a class that the renter holds.';
revoke all on function private.book_held_car(uuid, public.car_classes, jsonb) from public;
grant execute on function private.book_held_car(uuid, public.car_classes, jsonb) to fleetflow_fn;
-- <<< sql/functions/book_held_car.sql

-- >>> sql/functions/book_occurrence.sql
-- What: books one occurrence of a series as create_trip books a trip, and answers it, or what stands in the way of this occurrence alone:
--   {"startDate", "endDate", "code", "detail"}. Everything else refuses the series.
-- Who: create_trip_series. maxTotal is for the whole series.
-- Raises: BAD_INPUT, NOT_FOUND, NOT_PRICED, PRICE_CHANGED, QUOTE_EXPIRED, QUOTE_USED, DRIVER_BUSY, as book_period does.
--   Catches: TRIP_OVERLAP, TOO_SOON, TOO_LONG, OUTSIDE_HOURS, TOO_FAR, TOO_SHORT, QUOTA_EXCEEDED.
create or replace function private.book_occurrence(
  car public.cars, renter uuid, starts timestamptz, ends timestamptz, manages boolean, input jsonb, series_id uuid
) returns jsonb
  language plpgsql volatile
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  v_code text;
  v_detail text;
begin
  if book_occurrence.ends <= book_occurrence.starts then
    -- The clocks skipped the whole of it.
    perform private.refuse_rule(jsonb_build_object('code', 'TOO_SHORT', 'detail', jsonb_build_object(
      'field', 'endDate', 'limit', 1, 'nearest', private.iso(book_occurrence.starts + interval '1 minute'))));
  end if;
  perform private.check_period(book_occurrence.starts, book_occurrence.ends);
  return private.trip_json(private.book_period(book_occurrence.car, book_occurrence.renter, coalesce(input ->> 'purpose', 'rental'),
    book_occurrence.starts, book_occurrence.ends, book_occurrence.manages, input - 'maxTotal', book_occurrence.series_id));
exception
  when sqlstate 'FF001' or sqlstate 'FF101' or sqlstate 'FF102' or sqlstate 'FF105' or sqlstate 'FF106' or sqlstate 'FF107' or sqlstate 'FF108' then
    get stacked diagnostics v_code = message_text, v_detail = pg_exception_detail;
    return jsonb_build_object('startDate', private.iso(book_occurrence.starts), 'endDate', private.iso(book_occurrence.ends),
      'code', v_code, 'detail', v_detail::jsonb);
end
$$;

comment on function private.book_occurrence(public.cars, uuid, timestamptz, timestamptz, boolean, jsonb, uuid) is 'Books one occurrence of a series.';
revoke all on function private.book_occurrence(public.cars, uuid, timestamptz, timestamptz, boolean, jsonb, uuid) from public;
grant execute on function private.book_occurrence(public.cars, uuid, timestamptz, timestamptz, boolean, jsonb, uuid) to fleetflow_fn;
-- <<< sql/functions/book_occurrence.sql

-- >>> sql/functions/book_period.sql
-- What: books a car that is locked for one period: rules, price, terms, storing. A renter's own hold in that period becomes the booking
--   (same id; at the hold's price where period and extras are the hold's), further ones are cancelled. A renter's booking of a car that is
--   not booked instantly is a request until its fleet approves.
-- Who: create_trip and create_trip_series, after bookable_car and take_car. Reads maxTotal, quoteId, extras and driverId of the operation's input.
--   `series_id` is shared by the trips of one recurrence.
-- Raises: BAD_INPUT, NOT_FOUND (field quoteId), TOO_SOON (earliest), TOO_LONG (limit, nearest), TOO_SHORT (limit, nearest), TOO_FAR (latest),
--   OUTSIDE_HOURS (nearest), QUOTA_EXCEEDED (limit), NOT_PRICED, PRICE_CHANGED, QUOTE_EXPIRED, QUOTE_USED (each with totalCost, currency or a
--   fresh quote), TRIP_OVERLAP (conflicts, nextFree), DRIVER_BUSY (windows).
-- Locks: the renter and the drivers (of holds, too) where they matter, the quote.
create or replace function private.book_period(
  car public.cars, renter uuid, purpose text, starts timestamptz, ends timestamptz, manages boolean, input jsonb, series_id uuid default null
) returns public.trips
  language plpgsql volatile
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  v_holds public.trips[] := '{}';
  v_hold public.trips;
  v_drivers uuid[];
  v_id uuid := private.uuid_v7();
  v_respond_by timestamptz;
  v_priced jsonb;
  v_terms jsonb;
  v_trip public.trips;
begin
  if book_period.purpose = 'rental' then
    v_holds := private.own_holds(book_period.car, book_period.renter, book_period.starts, book_period.ends);
    v_hold := v_holds[1];
    v_id := coalesce(v_hold.id, v_id);
    v_respond_by := case when not book_period.manages and not (book_period.car).instant_booking then private.respond_by(book_period.starts) end;
  end if;
  v_drivers := array_remove((input ->> 'driverId')::uuid || array(select h.driver_id from unnest(v_holds) as h), null);
  perform private.lock_users(book_period.renter || v_drivers) where v_drivers <> '{}';
  perform private.check_rules(book_period.car, book_period.renter, book_period.purpose, book_period.starts, book_period.ends, book_period.manages,
    case when v_hold.id is not null then tstzrange(v_hold.trip_start_date, v_hold.trip_end_date) end, array(select h.id from unnest(v_holds) as h));

  if v_hold.id is not null and input ->> 'quoteId' is null and private.same_extras(input -> 'extras', v_hold.extras)
     and (v_hold.trip_start_date, v_hold.trip_end_date) = (book_period.starts, book_period.ends) then
    if v_hold.total_cost > (input ->> 'maxTotal')::bigint then
      raise exception using errcode = 'FF004', message = 'PRICE_CHANGED',
        detail = jsonb_build_object('totalCost', v_hold.total_cost, 'currency', v_hold.currency);
    end if;
  elsif book_period.purpose = 'rental' then
    v_priced := private.agree_price(book_period.car, book_period.renter, book_period.starts, book_period.ends, input, v_id);
  end if;

  v_terms := jsonb_build_object('id', v_id, 'extras', v_priced -> 'extras', 'driverId', input -> 'driverId', 'respondBy', v_respond_by,
      'seriesId', book_period.series_id)
    || case when book_period.purpose = 'rental' then jsonb_build_object('policy', private.policy_of((book_period.car).fleet_id)) else '{}' end;
  if v_hold.id is not null then
    v_trip := private.take_hold(v_holds, case when v_respond_by is null then 'confirmed' else 'requested' end,
      book_period.starts, book_period.ends, v_priced, v_terms);
  else
    v_trip := private.book_trip(book_period.car, book_period.renter, book_period.purpose,
      case when v_respond_by is null then 'confirmed' else 'requested' end, book_period.starts, book_period.ends, v_priced, v_terms);
  end if;
  if v_trip.id is null then
    perform private.refuse_overlap((book_period.car).id, book_period.starts, book_period.ends,
      (book_period.car).prep_minutes, (book_period.car).turnaround_minutes, (book_period.car).back_to_back);
  end if;
  return v_trip;
end
$$;

comment on function private.book_period(public.cars, uuid, text, timestamptz, timestamptz, boolean, jsonb, uuid) is
  'Books a car that is locked for one period.';
revoke all on function private.book_period(public.cars, uuid, text, timestamptz, timestamptz, boolean, jsonb, uuid) from public;
grant execute on function private.book_period(public.cars, uuid, text, timestamptz, timestamptz, boolean, jsonb, uuid) to fleetflow_fn;
-- <<< sql/functions/book_period.sql

-- >>> sql/functions/book_trip.sql
-- What: stores a trip and the lines of its price; NULL when another trip has the car in that period. The only place that does.
--   `priced` is what private.price_trip answered, NULL for what is no rental.
--   `terms` may hold id, holdExpiresAt, respondBy, pinned, driverId, seriesId, extras, policy, note,
--   nearLat, nearLng and nearMetres.
-- Who: every function that books. The constraint decides; a lock on the car only makes callers queue instead of deadlock.
-- Raises: DRIVER_BUSY (windows).
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
    hold_expires_at, respond_by, pinned, driver_id, series_id, extras, policy, note,
    near_lat_microdegrees, near_lng_microdegrees, near_metres)
  values (car.id, coalesce((terms ->> 'id')::uuid, private.uuid_v7()), car.fleet_id, book_trip.renter, book_trip.purpose, book_trip.status,
    book_trip.starts, book_trip.ends, car.prep_minutes, car.turnaround_minutes, car.back_to_back,
    private.blocked_range(book_trip.starts, book_trip.ends, car.prep_minutes, car.turnaround_minutes, car.back_to_back),
    coalesce(priced ->> 'currency', (select f.currency from public.fleets as f where f.id = car.fleet_id)),
    (priced ->> 'ratePlanId')::uuid, priced -> 'pricing',
    (terms ->> 'holdExpiresAt')::timestamptz, (terms ->> 'respondBy')::timestamptz, coalesce((terms ->> 'pinned')::boolean, true),
    (terms ->> 'driverId')::uuid, (terms ->> 'seriesId')::uuid, coalesce(nullif(terms -> 'extras', 'null'), '[]'), nullif(terms -> 'policy', 'null'), terms ->> 'note',
    (terms ->> 'nearLat')::integer, (terms ->> 'nearLng')::integer, (terms ->> 'nearMetres')::integer)
  on conflict on constraint prevent_overlap do nothing
  returning t.* into v_trip;
  if not found then
    return null;
  end if;
  if priced is not null then
    perform private.add_lines(v_trip.car_id, v_trip.id, priced -> 'lines');
  end if;
  select t.* into v_trip from public.trips as t where t.car_id = v_trip.car_id and t.id = v_trip.id;
  if v_trip.driver_id is not null then
    perform private.assign_driver(v_trip);
  end if;
  return v_trip;
end
$$;

comment on function private.book_trip(public.cars, uuid, text, text, timestamptz, timestamptz, jsonb, jsonb) is
  'Stores a trip and the lines of its price.';
revoke all on function private.book_trip(public.cars, uuid, text, text, timestamptz, timestamptz, jsonb, jsonb) from public;
grant execute on function private.book_trip(public.cars, uuid, text, text, timestamptz, timestamptz, jsonb, jsonb) to fleetflow_fn;
-- <<< sql/functions/book_trip.sql

-- >>> sql/functions/book_with_moves.sql
-- What: books a car of a class after other trips have been moved out of its way: plans without a lock, then locks what the plan needs, looks
--   again and does it. A plan that somebody has overtaken is undone and made anew. NULL when there is no plan.
-- Who: functions that book a class, with the offers of private.class_offers, when no car was simply free and holding no lock but a key.
-- Raises: DRIVER_BUSY (windows), NOT_FOUND, and when the rules have changed meanwhile: OUTSIDE_HOURS, TOO_SHORT, TOO_LONG, TOO_SOON, TOO_FAR,
--   QUOTA_EXCEEDED. Catches: TRIP_OVERLAP, INVALID_STATE. Locks: the cars of the plan ascending, then the renter and all drivers ascending, then the trips.
create or replace function private.book_with_moves(car_class public.car_classes, renter uuid, manages boolean, input jsonb, offers jsonb)
  returns public.trips
  language plpgsql volatile
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  c_plans constant integer := 32;
  v_start timestamptz := (input ->> 'startDate')::timestamptz;
  v_end timestamptz := (input ->> 'endDate')::timestamptz;
  v_plan jsonb;
  v_chosen record;
  v_trip public.trips;
begin
  for v_round in 1 .. c_plans loop
    v_plan := private.plan_moves(book_with_moves.car_class, book_with_moves.manages, book_with_moves.input, book_with_moves.offers);
    if v_plan is null then
      return null;
    end if;
    begin
      if private.hold_plan(book_with_moves.car_class, book_with_moves.manages, v_plan,
           array[book_with_moves.renter, (input ->> 'driverId')::uuid]) then
        select k.car, k.tariff into v_chosen
          from private.class_cars(book_with_moves.car_class, book_with_moves.manages, book_with_moves.input) as k
         where (k.car).id = (v_plan ->> 'carId')::uuid;
        perform private.check_rules(v_chosen.car, book_with_moves.renter, 'rental', v_start, v_end, book_with_moves.manages);
        if jsonb_array_length(v_plan -> 'moves') > 0 then
          perform private.move_trips(v_plan -> 'moves');
        end if;
        v_trip := private.book_class_trip(v_chosen.car, book_with_moves.renter, book_with_moves.input, offers -> v_chosen.tariff);
      end if;
      if v_trip.id is null then
        perform private.refuse_overlap((v_plan ->> 'carId')::uuid, v_start, v_end, null, null, null);
      end if;
      return v_trip;
    exception when sqlstate 'FF001' or sqlstate 'FF002' then
      v_trip := null;
    end;
  end loop;
  perform private.try_again();
end
$$;

comment on function private.book_with_moves(public.car_classes, uuid, boolean, jsonb, jsonb) is
  'Books a car of a class after other trips have been moved out of its way.';
revoke all on function private.book_with_moves(public.car_classes, uuid, boolean, jsonb, jsonb) from public;
grant execute on function private.book_with_moves(public.car_classes, uuid, boolean, jsonb, jsonb) to fleetflow_fn;
-- <<< sql/functions/book_with_moves.sql

-- >>> sql/functions/bookable_car.sql
-- What: the car that somebody wants to hold or book, as they see it, after asking whether they may: for themselves, or as an owner or
--   manager of its fleet for any renter and any purpose. Nothing is locked yet.
-- Who: functions that hold or book a named car. Input: carId, userId, startDate, endDate, purpose, driverId.
-- Raises: NOT_FOUND (field carId, userId or driverId), FORBIDDEN, BAD_INPUT, TOO_LONG (maxDays, limit, nearest).
create or replace function private.bookable_car(actor uuid, input jsonb) returns public.cars
  language plpgsql stable
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  v_renter uuid := coalesce((input ->> 'userId')::uuid, bookable_car.actor);
  v_purpose text := coalesce(input ->> 'purpose', 'rental');
  v_manages boolean;
  v_car public.cars;
begin
  select c.* into v_car from public.cars as c where c.id = (input ->> 'carId')::uuid and c.retired_at is null;
  if not found then
    raise exception using errcode = 'FF404', message = 'NOT_FOUND', detail = jsonb_build_object('field', 'carId');
  end if;
  if v_purpose not in ('rental', 'maintenance', 'repair', 'owner_use') then
    raise exception using errcode = 'FF400', message = 'BAD_INPUT', detail = jsonb_build_object('field', 'purpose');
  end if;
  v_manages := v_car.fleet_id in (select private.my_fleets('{owner,manager}'));
  if not v_manages and (v_renter <> bookable_car.actor or v_purpose <> 'rental') then
    raise exception using errcode = 'FF403', message = 'FORBIDDEN';
  end if;
  if v_renter <> bookable_car.actor and not private.user_is_active(v_renter) then
    raise exception using errcode = 'FF404', message = 'NOT_FOUND', detail = jsonb_build_object('field', 'userId');
  end if;
  perform private.check_period((input ->> 'startDate')::timestamptz, (input ->> 'endDate')::timestamptz);
  perform private.check_driver(v_car.fleet_id, v_renter, (input ->> 'driverId')::uuid, v_manages);
  return v_car;
end
$$;

comment on function private.bookable_car(uuid, jsonb) is 'The car that somebody wants to hold or book.';
revoke all on function private.bookable_car(uuid, jsonb) from public;
grant execute on function private.bookable_car(uuid, jsonb) to fleetflow_fn;
-- <<< sql/functions/bookable_car.sql

-- >>> sql/functions/busy_ranges.sql
-- What: the ranges for which a car is taken now and that meet `during`, without saying by whom. As a booking would find them: holds and
--   requests past their limit block nothing, a car that should be back is taken until it could be turned around.
--   Holds of `renter` are not in the way of their own booking, nor are the trips in `except_ids`.
-- Who: searches, windows, refusals. Runs as fleetflow_sys: the trips are other people's.
create or replace function private.busy_ranges(car_id uuid, during tstzrange, renter uuid default null, except_ids uuid[] default '{}')
  returns setof tstzrange
  language plpgsql stable security definer
  set search_path = pg_catalog, public, pg_temp
as $$
begin
  return query
  select t.blocked
    from public.trips as t
   where t.car_id = busy_ranges.car_id and t.blocked && busy_ranges.during
     and t.status in ('held', 'requested', 'confirmed', 'active', 'completed')
     and case t.status
           when 'held' then t.hold_expires_at > now() and t.booked_by_id is distinct from busy_ranges.renter
           when 'requested' then t.respond_by > now()
           when 'active' then t.trip_end_date >= now()
           else true end
     and t.id <> all (busy_ranges.except_ids);
  if not exists (select from public.trips as t where t.car_id = busy_ranges.car_id and t.status = 'active' and t.trip_end_date < now()) then
    return;
  end if;

  return query
  select e.blocked
    from public.trips as t
   cross join lateral (select now() + make_interval(mins => t.turnaround_minutes) as until) as g
    left join lateral (
      select min(lower(x.blocked)) as starts
        from public.trips as x
       where x.car_id = t.car_id and x.id <> t.id and x.blocked && tstzrange(upper(t.blocked), greatest(upper(t.blocked), g.until), '[]')
         and x.status in ('held', 'requested', 'confirmed', 'active', 'completed')
         and case x.status when 'held' then x.hold_expires_at > now() when 'requested' then x.respond_by > now() else true end
    ) as n on true
   cross join lateral (
      select case when upper(t.blocked) >= g.until or n.starts <= upper(t.blocked) then t.blocked
                  when n.starts <= g.until then tstzrange(lower(t.blocked), n.starts, '[)')
                  else tstzrange(lower(t.blocked), g.until, case when t.back_to_back then '[)' else '[]' end) end as blocked
    ) as e
   where t.car_id = busy_ranges.car_id and t.status = 'active' and t.trip_end_date < now() and e.blocked && busy_ranges.during
     and t.id <> all (busy_ranges.except_ids);
end
$$;

comment on function private.busy_ranges(uuid, tstzrange, uuid, uuid[]) is 'The ranges for which a car is taken.';
alter function private.busy_ranges(uuid, tstzrange, uuid, uuid[]) owner to fleetflow_sys;
revoke all on function private.busy_ranges(uuid, tstzrange, uuid, uuid[]) from public;
grant execute on function private.busy_ranges(uuid, tstzrange, uuid, uuid[]) to fleetflow_fn;
-- <<< sql/functions/busy_ranges.sql

-- >>> sql/functions/cancel_preview_rpc.sql
-- What: what cancelling a trip now would give back and cost, by the same function that decides when it is cancelled.
-- Who: whoever may cancel the trip: its renter, owners and managers of its fleet.
-- Raises: UNAUTHENTICATED, NOT_FOUND (absent, or hidden), FORBIDDEN (seen, but not one's own), INVALID_STATE (from, operation, allowed).
create or replace function public.cancel_preview_rpc(trip_id uuid, actor jsonb) returns jsonb
  language plpgsql volatile security definer
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  v_actor uuid := private.enter(cancel_preview_rpc.actor, false);
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

-- >>> sql/functions/cancel_terms.sql
-- What: what cancelling a trip now gives back and what it costs: {refund, fee, currency, policy, tier, nextEdge}. By the tiers that the trip
--   remembers: a tier of N minutes counts up to and including the instant at which the clocks of the car's zone show the start's wall-clock time
--   less N minutes (the first such instant where there are two), whatever changes of the clocks lie between; no tier gives nothing back.
--   The refund is rounded once, half up; what a renter would have lost before they changed the trip (keptFee) stays lost. A fleet that cancels gives everything back, and what is only held or requested costs nothing.
--   nextEdge: until when (inclusive) this holds, NULL where it does not change any more.
-- Who: cancel_trip and cancel_preview_rpc, for a trip that the caller may see. Runs as fleetflow_sys: the renter may no longer see the car.
create or replace function private.cancel_terms(trip public.trips, by_fleet boolean) returns jsonb
  language plpgsql stable security definer
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  v_start timestamptz := (cancel_terms.trip).trip_start_date;
  v_total bigint := greatest((cancel_terms.trip).total_cost, 0);
  v_policy jsonb := coalesce((cancel_terms.trip).policy, private.cancellation_policy(null));
  v_zone text;
  v_tier jsonb;
  v_edge timestamptz;
  v_refund bigint := v_total;
begin
  if not cancel_terms.by_fleet and (cancel_terms.trip).status not in ('held', 'requested') then
    select c.time_zone into v_zone from public.cars as c where c.id = (cancel_terms.trip).car_id;
    select t.tier, e.edge into v_tier, v_edge
      from jsonb_array_elements(v_policy -> 'tiers') with ordinality as t (tier, place)
     cross join lateral (
       select case when t.tier ->> 'beforeMinutes' = '0' then v_start else least(v_start, private.instant_of(
                v_start at time zone v_zone - make_interval(mins => (t.tier ->> 'beforeMinutes')::integer), v_zone)) end) as e (edge)
     where now() <= e.edge
     order by t.place
     limit 1;
    v_refund := coalesce(div(v_total::numeric * (v_tier ->> 'refundPpm')::integer + 500000, 1000000), 0);
    v_refund := greatest(least(v_refund, v_total - coalesce((v_policy ->> 'keptFee')::bigint, 0)), 0);
  end if;
  return jsonb_build_object('refund', v_refund, 'fee', v_total - v_refund, 'currency', (cancel_terms.trip).currency,
    'policy', v_policy -> 'name', 'tier', v_tier, 'nextEdge', private.iso(v_edge));
end
$$;

comment on function private.cancel_terms(public.trips, boolean) is 'What cancelling a trip now gives back and what it costs.';
alter function private.cancel_terms(public.trips, boolean) owner to fleetflow_sys;
revoke all on function private.cancel_terms(public.trips, boolean) from public;
grant execute on function private.cancel_terms(public.trips, boolean) to fleetflow_fn;
-- <<< sql/functions/cancel_terms.sql

-- >>> sql/functions/cancel_trip.sql
-- What: cancels a trip that has not begun, frees its car at once and gives back what its policy says as a line of its own.
-- Who: perform, for cancel_trip_rpc. Input: id, reason, version, expectedRefund.
-- Raises: NOT_FOUND, FORBIDDEN, VERSION_MISMATCH (version), INVALID_STATE (from, operation, allowed), REASON_REQUIRED, BAD_INPUT,
--   REFUND_CHANGED (refund, fee, currency, policy, tier, nextEdge), DRIVER_BUSY (windows). Locks: the car, then the trip.
create or replace function private.cancel_trip(actor uuid, input jsonb) returns jsonb
  language plpgsql volatile
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  v_trip public.trips := private.find_trip((input ->> 'id')::uuid, (input ->> 'version')::integer);
  v_renter boolean := v_trip.booked_by_id = cancel_trip.actor;
  v_manages boolean := v_trip.fleet_id in (select private.my_fleets('{owner,manager}'));
  v_reason text := private.reason_of(input);
  v_terms jsonb;
begin
  if 'cancel' <> all (private.allowed_operations(v_trip)) then
    perform private.refuse_trip(v_trip, 'cancel');
  end if;
  if v_reason is null and not (v_renter and (v_trip.trip_start_date > now() or v_trip.status in ('held', 'requested'))) then
    raise exception using errcode = 'FF104', message = 'REASON_REQUIRED', detail = jsonb_build_object('field', 'reason');
  end if;
  v_terms := private.cancel_terms(v_trip, v_manages);
  if (v_terms ->> 'refund')::bigint <> (input ->> 'expectedRefund')::bigint then
    raise exception using errcode = 'FF007', message = 'REFUND_CHANGED', detail = v_terms;
  end if;

  update public.trips as t
     set status = 'cancelled', cancel_reason = v_reason, at_risk = false
   where t.car_id = v_trip.car_id and t.id = v_trip.id;
  perform private.give_back(v_trip, (v_terms ->> 'refund')::bigint, 'Cancelled');
  select t.* into v_trip from public.trips as t where t.car_id = v_trip.car_id and t.id = v_trip.id;
  perform private.assign_driver(v_trip);
  return private.trip_json(v_trip);
end
$$;

comment on function private.cancel_trip(uuid, jsonb) is 'Cancels a trip that has not begun.';
revoke all on function private.cancel_trip(uuid, jsonb) from public;
grant execute on function private.cancel_trip(uuid, jsonb) to fleetflow_fn;
-- <<< sql/functions/cancel_trip.sql

-- >>> sql/functions/cancel_trip_rpc.sql
-- What: cancels a trip that has not begun, frees its car at once and gives back what its policy says.
-- Who: the trip's renter before its start; owners and managers of its fleet any time, with a reason (also for their own, once it has begun).
-- Raises: UNAUTHENTICATED. Answers perform's outcome of private.cancel_trip.
create or replace function public.cancel_trip_rpc(
  trip_id uuid, reason text, version integer, actor jsonb, expected_refund bigint default null, idempotency_key text default null,
  dry_run boolean default false
) returns jsonb
  language plpgsql volatile security definer
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  v_actor uuid := private.enter(cancel_trip_rpc.actor, true);
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

-- >>> sql/functions/cancellation_policy.sql
-- What: a fleet's choice of cancellation policy written out: {"name", "tiers": [{"beforeMinutes", "refundPpm"}]}, the earliest tier first.
--   NULL chooses flexible; a fleet's own tiers are named custom.
-- Who: policy_of, and cancel_terms for trips that remember none.
create or replace function private.cancellation_policy(chosen jsonb) returns jsonb
  language sql immutable parallel safe
  set search_path = pg_catalog, public, pg_temp
as $$
  select case when jsonb_typeof(chosen) = 'object' then jsonb_build_object('name', 'custom', 'tiers', chosen -> 'tiers')
    else jsonb_build_object('name', coalesce(chosen #>> '{}', 'flexible'), 'tiers', case coalesce(chosen #>> '{}', 'flexible')
      when 'flexible' then '[{"beforeMinutes": 1440, "refundPpm": 1000000}, {"beforeMinutes": 0, "refundPpm": 500000}]'::jsonb
      when 'moderate' then '[{"beforeMinutes": 7200, "refundPpm": 1000000}, {"beforeMinutes": 1440, "refundPpm": 500000}]'
      when 'strict' then '[{"beforeMinutes": 20160, "refundPpm": 1000000}, {"beforeMinutes": 10080, "refundPpm": 500000}]'
      else '[]' end) end
$$;

comment on function private.cancellation_policy(jsonb) is 'A choice of cancellation policy written out.';
revoke all on function private.cancellation_policy(jsonb) from public;
grant execute on function private.cancellation_policy(jsonb) to fleetflow_fn, fleetflow_sys;
-- <<< sql/functions/cancellation_policy.sql

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
grant execute on function private.car_json(public.cars) to fleetflow_fn, fleetflow_sys;
-- <<< sql/functions/car_json.sql

-- >>> sql/functions/car_of.sql
-- What: a car as it is, also one that the caller does not see: a renter keeps a trip on a car that has been retired or hidden since.
-- Who: functions that change a trip which the caller may change, for its car or the one it would get. Runs as fleetflow_sys.
create or replace function private.car_of(car_id uuid) returns public.cars
  language sql stable security definer
  set search_path = pg_catalog, public, pg_temp
as $$
  select c.* from public.cars as c where c.id = car_of.car_id
$$;

comment on function private.car_of(uuid) is 'A car as it is, for a trip that the caller may change.';
alter function private.car_of(uuid) owner to fleetflow_sys;
revoke all on function private.car_of(uuid) from public;
grant execute on function private.car_of(uuid) to fleetflow_fn;
-- <<< sql/functions/car_of.sql

-- >>> sql/functions/car_windows.sql
-- What: the free windows of cars within a period, as JSON: opening hours (with `hours`) less what blocks the car, buffers included, in whole
--   minutes; windows shorter than `min_minutes` are left out. One multirange difference a car.
-- Who: list_windows_rpc, with cars that the caller sees. Runs as fleetflow_sys: the trips are other people's.
create or replace function private.car_windows(
  car_ids uuid[], during tstzrange, hours boolean, min_minutes integer, renter uuid, managed uuid[]
) returns table (car_id uuid, windows json)
  language plpgsql stable security definer
  set search_path = pg_catalog, public, pg_temp
  set enable_seqscan = off
as $$
declare
  c_step constant interval := '1 minute';
  c_none constant interval := '0';
  v_least interval := make_interval(mins => greatest(car_windows.min_minutes, 1));
  c_start constant text := '{"startDate":"';
  c_end constant text := '","endDate":"';
  c_minute constant text := 'YYYY-MM-DD"T"HH24:MI":00.000Z"';
begin
  return query
  with chosen as materialized (
    select c from public.cars as c where c.id = any (car_windows.car_ids)
  ), bookable as materialized (
    select z.fleet_id, z.time_zone,
           case when car_windows.hours then private.open_ranges(z.fleet_id, z.time_zone, car_windows.during)
                else tstzmultirange(car_windows.during) end
         * case when z.fleet_id = any (car_windows.managed) then tstzmultirange(tstzrange(null, null))
                else tstzmultirange(tstzrange(date_trunc('minute', now() + make_interval(mins => f.notice_minutes)) + interval '1 minute', null)) end
           as instants
      from (select distinct (c).fleet_id, (c).time_zone from chosen) as z
      join public.fleets as f on f.id = z.fleet_id
  ), late as materialized (
    select t.car_id from public.trips as t where t.car_id = any (car_windows.car_ids) and t.status = 'active' and t.trip_end_date < now()
  ), free as (
    -- As free_ranges, without its calls for each car; only a car that should be back takes more than the trips say.
    select c, case when (c).id in (select l.car_id from late as l) then private.free_ranges(c, car_windows.during, car_windows.renter)
           else tstzmultirange(car_windows.during) - coalesce((
             select range_agg(tstzrange(lower(t.blocked) - s.turnaround, upper(t.blocked) + s.prep,
                      case when (c).back_to_back then '(' else '[' end || case when upper_inc(t.blocked) then ']' else ')' end))
               from public.trips as t
              where t.car_id = (c).id
                and t.blocked && tstzrange(lower(car_windows.during) - s.prep, upper(car_windows.during) + s.turnaround, '[]')
                and t.status in ('held', 'requested', 'confirmed', 'active', 'completed')
                and case t.status when 'held' then t.hold_expires_at > now() and t.booked_by_id is distinct from car_windows.renter
                                  when 'requested' then t.respond_by > now() else true end), '{}') end as ranges
      from chosen
     cross join lateral (select make_interval(mins => (c).prep_minutes) as prep, make_interval(mins => (c).turnaround_minutes) as turnaround) as s
  )
  -- As text: a month of a big fleet has tens of thousands of windows, and building each as an object takes longer than finding it.
  select (f.c).id, ('[' || coalesce((
           select string_agg(c_start || to_char(w.starts at time zone 'UTC', c_minute) || c_end || to_char(w.ends at time zone 'UTC', c_minute) || '"}', ',')
             from unnest(f.ranges * b.instants) as r
            cross join lateral (select date_bin(c_step, lower(r), 'epoch') as starts, date_bin(c_step, upper(r), 'epoch') as ends) as m
            cross join lateral (
              select m.starts + case when m.starts <@ r then c_none else c_step end as starts,
                     m.ends - case when m.ends <@ r then c_none else c_step end as ends) as w
            where w.ends - w.starts >= v_least), '') || ']')::json
    from free as f
    join bookable as b on b.fleet_id = (f.c).fleet_id and b.time_zone = (f.c).time_zone;
end
$$;

comment on function private.car_windows(uuid[], tstzrange, boolean, integer, uuid, uuid[]) is 'The free windows of cars within a period.';
alter function private.car_windows(uuid[], tstzrange, boolean, integer, uuid, uuid[]) owner to fleetflow_sys;
revoke all on function private.car_windows(uuid[], tstzrange, boolean, integer, uuid, uuid[]) from public;
grant execute on function private.car_windows(uuid[], tstzrange, boolean, integer, uuid, uuid[]) to fleetflow_fn;
-- <<< sql/functions/car_windows.sql

-- >>> sql/functions/changed_range.sql
-- What: what a trip takes of its car with other times: by its own buffers, from where it takes it already once it has begun.
-- Who: modify_trip.
create or replace function private.changed_range(trip public.trips, starts timestamptz, ends timestamptz) returns tstzrange
  language sql immutable parallel safe
  set search_path = pg_catalog, public, pg_temp
as $$
  select case when (changed_range.trip).status = 'active'
              then tstzrange(lower((changed_range.trip).blocked), upper(r), case when upper_inc(r) then '[]' else '[)' end) else r end
    from private.blocked_range(changed_range.starts, changed_range.ends, (changed_range.trip).prep_minutes,
           (changed_range.trip).turnaround_minutes, (changed_range.trip).back_to_back) as r
$$;

comment on function private.changed_range(public.trips, timestamptz, timestamptz) is 'What a trip takes of its car with other times.';
revoke all on function private.changed_range(public.trips, timestamptz, timestamptz) from public;
grant execute on function private.changed_range(public.trips, timestamptz, timestamptz) to fleetflow_fn;
-- <<< sql/functions/changed_range.sql

-- >>> sql/functions/changes_of.sql
-- What: an event as a list of { field, from, to }: of a thing that was made all that it has (from null), of one that is gone all that it
--   had (to null), else what differs. What only follows (overdue, updatedAt, version) is left out.
-- Who: trip_history.
create or replace function private.changes_of(was jsonb, after jsonb) returns jsonb
  language sql immutable parallel safe
  set search_path = pg_catalog, public, pg_temp
as $$
  select coalesce(jsonb_agg(jsonb_build_object('field', f.field, 'from', changes_of.was -> f.field, 'to', changes_of.after -> f.field)
           order by f.field), '[]')
    from (select jsonb_object_keys(coalesce(changes_of.was, changes_of.after)) as field) as f
   where f.field <> all ('{overdue,updatedAt,version}')
     and coalesce(changes_of.was -> f.field, 'null') is distinct from coalesce(changes_of.after -> f.field, 'null')
$$;

comment on function private.changes_of(jsonb, jsonb) is 'An event as a list of what changed.';
revoke all on function private.changes_of(jsonb, jsonb) from public;
grant execute on function private.changes_of(jsonb, jsonb) to fleetflow_sys;
-- <<< sql/functions/changes_of.sql

-- >>> sql/functions/cheapest_day.sql
-- What: a price in 10^-12 minor units that no day of the tariff undercuts, before length factors.
-- Who: days_price, to see that a longer rental cannot cost less without adding up its days.
create or replace function private.cheapest_day(tariff jsonb) returns numeric
  language plpgsql immutable parallel safe
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  v_weekdays jsonb := cheapest_day.tariff -> 'weekdays';
  v_price numeric := private.key_price(cheapest_day.tariff, 0);
  v_factor numeric := 1000000;
begin
  for place in 1 .. coalesce(jsonb_array_length(cheapest_day.tariff -> 'seasons'), 0) loop
    v_price := least(v_price, private.key_price(cheapest_day.tariff, 8 * place));
  end loop;
  for i in 0 .. coalesce(jsonb_array_length(v_weekdays), 0) - 1 loop
    v_factor := least(v_factor, (v_weekdays ->> i)::numeric);
  end loop;
  return div(v_price * v_factor, 1000000);
end
$$;

comment on function private.cheapest_day(jsonb) is 'A price that no day of the tariff undercuts.';
revoke all on function private.cheapest_day(jsonb) from public;
grant execute on function private.cheapest_day(jsonb) to fleetflow_fn, fleetflow_sys;
-- <<< sql/functions/cheapest_day.sql

-- >>> sql/functions/check_change.sql
-- What: refuses a change of a rental's period that breaks a rule of the car's fleet. Only what changes is judged: hours, notice and horizon of a
--   start that moves, hours of an end that moves, the minimum if it gets shorter, the maximum if it gets longer; never the quota.
-- Who: functions that move a rental, after the car's lock. `was` is its period so far; owners and managers (`manages`) are not bound.
-- Raises: OUTSIDE_HOURS (field, nearest), TOO_SHORT and TOO_LONG (limit in minutes, nearest), TOO_SOON (earliest), TOO_FAR (latest).
create or replace function private.check_change(
  car public.cars, purpose text, starts timestamptz, ends timestamptz, manages boolean, was tstzrange
) returns void
  language plpgsql volatile
  set search_path = pg_catalog, public, pg_temp
as $$
begin
  perform private.refuse_period(private.rule_fault(check_change.car, null, check_change.purpose, check_change.starts, check_change.ends,
    check_change.manages, check_change.was));
end
$$;

comment on function private.check_change(public.cars, text, timestamptz, timestamptz, boolean, tstzrange) is
  'Refuses a change of a rental''s period that breaks a rule of the car''s fleet.';
revoke all on function private.check_change(public.cars, text, timestamptz, timestamptz, boolean, tstzrange) from public;
grant execute on function private.check_change(public.cars, text, timestamptz, timestamptz, boolean, tstzrange) to fleetflow_fn;
-- <<< sql/functions/check_change.sql

-- >>> sql/functions/check_class_wish.sql
-- What: refuses a booking of a class that its caller may not ask for: for themselves, or as an owner or manager of the fleet for anybody.
-- Who: create_trip_in_class. Input: userId, startDate, endDate, lat, lng, radius, driverId, allocation.
-- Raises: BAD_INPUT (field allocation, lat, lng, radiusKm, startDate, endDate), FORBIDDEN, NOT_FOUND (field userId, driverId), TOO_LONG (limit, nearest).
create or replace function private.check_class_wish(actor uuid, car_class public.car_classes, manages boolean, input jsonb) returns void
  language plpgsql stable
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  v_renter uuid := coalesce((input ->> 'userId')::uuid, check_class_wish.actor);
  v_fault text := case
    when input ->> 'allocation' not in ('auto', 'pinned') then 'allocation'
    when (input ->> 'lat')::integer not between -90000000 and 90000000 or num_nulls(input ->> 'lat', input ->> 'lng') = 1 then 'lat'
    when (input ->> 'lng')::integer not between -180000000 and 180000000 then 'lng'
    when (input ->> 'radius')::integer not between 1 and 20100000 then 'radiusKm' end;
begin
  if v_fault is not null then
    raise exception using errcode = 'FF400', message = 'BAD_INPUT', detail = jsonb_build_object('field', v_fault, 'reason',
      case when v_fault = 'lat' and num_nulls(input ->> 'lat', input ->> 'lng') = 1 then 'PLACE_REQUIRED' else 'BAD_VALUE' end);
  end if;
  if v_renter <> check_class_wish.actor and not check_class_wish.manages then
    raise exception using errcode = 'FF403', message = 'FORBIDDEN';
  end if;
  if v_renter <> check_class_wish.actor and not private.user_is_active(v_renter) then
    raise exception using errcode = 'FF404', message = 'NOT_FOUND', detail = jsonb_build_object('field', 'userId');
  end if;
  perform private.check_period((input ->> 'startDate')::timestamptz, (input ->> 'endDate')::timestamptz);
  perform private.check_driver((check_class_wish.car_class).fleet_id, v_renter, (input ->> 'driverId')::uuid, check_class_wish.manages);
end
$$;

comment on function private.check_class_wish(uuid, public.car_classes, boolean, jsonb) is 'Refuses a booking of a class that its caller may not ask for.';
revoke all on function private.check_class_wish(uuid, public.car_classes, boolean, jsonb) from public;
grant execute on function private.check_class_wish(uuid, public.car_classes, boolean, jsonb) to fleetflow_fn;
-- <<< sql/functions/check_class_wish.sql

-- >>> sql/functions/check_driver.sql
-- What: refuses a driver who may not be named: anybody names the renter, and the fleet's owners and managers (`manages`) any active
--   member of the fleet as well. Nobody can make a stranger's calendar busy. NULL, no driver, passes.
-- Who: functions that book a trip or change its driver. Runs as fleetflow_sys: people do not see each other.
-- Raises: NOT_FOUND (field driverId).
create or replace function private.check_driver(fleet_id uuid, renter uuid, driver uuid, manages boolean) returns void
  language plpgsql stable security definer
  set search_path = pg_catalog, public, pg_temp
as $$
begin
  if check_driver.driver is not null and not (private.user_is_active(check_driver.driver) and (
       check_driver.driver = check_driver.renter
       or (check_driver.manages and exists (
             select from public.fleet_members as m where m.fleet_id = check_driver.fleet_id and m.user_id = check_driver.driver)))) then
    raise exception using errcode = 'FF404', message = 'NOT_FOUND', detail = jsonb_build_object('field', 'driverId');
  end if;
end
$$;

comment on function private.check_driver(uuid, uuid, uuid, boolean) is 'Refuses a driver who may not be named.';
alter function private.check_driver(uuid, uuid, uuid, boolean) owner to fleetflow_sys;
revoke all on function private.check_driver(uuid, uuid, uuid, boolean) from public;
grant execute on function private.check_driver(uuid, uuid, uuid, boolean) to fleetflow_fn;
-- <<< sql/functions/check_driver.sql

-- >>> sql/functions/check_holds.sql
-- What: refuses a fourth live hold. What somebody holds in a fleet of their own, as its owner or manager, does not count.
-- Who: hold_trip, under the lock of the renter's row. Runs as fleetflow_sys: it counts in every fleet. Raises: QUOTA_EXCEEDED (limit).
create or replace function private.check_holds(renter uuid) returns void
  language plpgsql volatile security definer
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  c_limit constant integer := 3;
begin
  if (select count(*)
        from public.trips as t
       where t.booked_by_id = check_holds.renter and t.status = 'held' and t.hold_expires_at > now()
         and not exists (select from public.fleet_members as m
                          where m.user_id = check_holds.renter and m.fleet_id = t.fleet_id and m.role in ('owner', 'manager'))) >= c_limit then
    raise exception using errcode = 'FF108', message = 'QUOTA_EXCEEDED', detail = jsonb_build_object('limit', c_limit);
  end if;
end
$$;

comment on function private.check_holds(uuid) is 'Refuses a fourth live hold.';
alter function private.check_holds(uuid) owner to fleetflow_sys;
revoke all on function private.check_holds(uuid) from public;
grant execute on function private.check_holds(uuid) to fleetflow_fn;
-- <<< sql/functions/check_holds.sql

-- >>> sql/functions/check_modify.sql
-- What: refuses a change that a trip's state, its caller or the calendar does not allow. `car` is the one that the trip would have.
-- Who: modify_trip, under the locks of both cars. Only owners and managers (`manages`) give a trip another car, one of the same fleet,
--   and not while it is being driven.
-- Raises: INVALID_STATE (from, operation, allowed), BAD_INPUT, FORBIDDEN, NOT_FOUND (field carId), TOO_SOON (earliest), TOO_LONG (limit,
--   nearest), TOO_SHORT, TOO_FAR, OUTSIDE_HOURS (nearest).
create or replace function private.check_modify(
  trip public.trips, starts timestamptz, ends timestamptz, car public.cars, manages boolean, input jsonb
) returns void
  language plpgsql volatile
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  v_moves boolean := coalesce((input ->> 'carId')::uuid <> (trip).car_id, false);
  v_start_moves boolean := (trip).trip_start_date <> check_modify.starts;
begin
  if (trip).status not in ('confirmed', 'active')
     or ((v_start_moves or v_moves) and (trip).status = 'active')
     or (v_start_moves and not manages and (trip).trip_start_date <= now()) then
    perform private.refuse_trip(trip, 'modify');
  end if;
  if coalesce(input -> 'startDate', 'null') = 'null' and coalesce(input -> 'endDate', 'null') = 'null' and coalesce(input -> 'carId', 'null') = 'null'
     and coalesce(input -> 'extras', 'null') = 'null' and coalesce(input -> 'driverId', 'null') = 'null'
     and not (input ->> 'dropDriver')::boolean then
    raise exception using errcode = 'FF400', message = 'BAD_INPUT', detail = jsonb_build_object('reason', 'NOTHING_TO_CHANGE');
  end if;
  if (input ->> 'reprice')::boolean and coalesce(input -> 'carId', 'null') = 'null' then
    raise exception using errcode = 'FF400', message = 'BAD_INPUT', detail = jsonb_build_object('field', 'reprice', 'reason', 'CAR_REQUIRED');
  end if;
  if v_moves and not manages then
    raise exception using errcode = 'FF403', message = 'FORBIDDEN';
  end if;
  if v_moves and ((car).fleet_id = (trip).fleet_id and (car).retired_at is null) is not true then
    raise exception using errcode = 'FF404', message = 'NOT_FOUND', detail = jsonb_build_object('field', 'carId');
  end if;
  perform private.check_period(check_modify.starts, check_modify.ends);
  if not manages and ((v_start_moves and check_modify.starts < now())
       or ((trip).trip_end_date <> check_modify.ends and check_modify.ends < now())) then
    raise exception using errcode = 'FF101', message = 'TOO_SOON', detail = jsonb_build_object(
      'field', case when v_start_moves and check_modify.starts < now() then 'startDate' else 'endDate' end,
      'earliest', private.iso(date_trunc('minute', now()) + interval '1 minute'));
  end if;
  perform private.check_change(car, (trip).purpose, starts, ends, manages, tstzrange((trip).trip_start_date, (trip).trip_end_date));
end
$$;

comment on function private.check_modify(public.trips, timestamptz, timestamptz, public.cars, boolean, jsonb) is 'Refuses a change that a trip does not allow.';
revoke all on function private.check_modify(public.trips, timestamptz, timestamptz, public.cars, boolean, jsonb) from public;
grant execute on function private.check_modify(public.trips, timestamptz, timestamptz, public.cars, boolean, jsonb) to fleetflow_fn;
-- <<< sql/functions/check_modify.sql

-- >>> sql/functions/check_period.sql
-- What: refuses a period that is missing, infinite, empty, reversed, outside the years 1900 to 9998 or too long.
-- Who: every function that books or moves a trip.
-- Raises: BAD_INPUT (field startDate or endDate), TOO_LONG (maxDays, limit in minutes, nearest).
create or replace function private.check_period(starts timestamptz, ends timestamptz) returns void
  language plpgsql immutable parallel safe
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  v_fault text := private.period_fault(check_period.starts, check_period.ends);
begin
  if v_fault = 'TOO_LONG' then
    raise exception using errcode = 'FF102', message = 'TOO_LONG',
      detail = jsonb_build_object('field', 'endDate', 'maxDays', 366, 'limit', 527040,
        'nearest', private.iso(check_period.starts + make_interval(hours => 24 * 366)));
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

-- >>> sql/functions/check_readings.sql
-- What: refuses readings that no car shows: an odometer below 0 or above 10 million, fuel outside 0 to 100 percent. Absent is no reading.
-- Who: functions that start or complete a trip. Raises: BAD_INPUT (field odometer or fuel).
create or replace function private.check_readings(input jsonb) returns void
  language plpgsql immutable parallel safe
  set search_path = pg_catalog, public, pg_temp
as $$
begin
  if (input ->> 'odometer')::bigint not between 0 and 10000000 or (input ->> 'fuel')::bigint not between 0 and 100 then
    raise exception using errcode = 'FF400', message = 'BAD_INPUT', detail = jsonb_build_object('field',
      case when (input ->> 'odometer')::bigint not between 0 and 10000000 then 'odometer' else 'fuel' end);
  end if;
end
$$;

comment on function private.check_readings(jsonb) is 'Refuses readings that no car shows.';
revoke all on function private.check_readings(jsonb) from public;
grant execute on function private.check_readings(jsonb) to fleetflow_fn;
-- <<< sql/functions/check_readings.sql

-- >>> sql/functions/check_rules.sql
-- What: refuses a rental that breaks a rule of the car's fleet; who is bound and what counts of a change is said at rule_fault.
-- Who: every function that books or moves a rental, after the car's lock. Locks: the renter, where the fleet has a quota.
-- Raises: OUTSIDE_HOURS (field, nearest), TOO_SHORT and TOO_LONG (limit in minutes, nearest), TOO_SOON (earliest), TOO_FAR (latest),
--   QUOTA_EXCEEDED (limit).
create or replace function private.check_rules(
  car public.cars, renter uuid, purpose text, starts timestamptz, ends timestamptz, manages boolean,
  was tstzrange default null, except_ids uuid[] default '{}'
) returns void
  language plpgsql volatile
  set search_path = pg_catalog, public, pg_temp
as $$
begin
  perform private.refuse_rule(private.rule_fault(check_rules.car, check_rules.renter, check_rules.purpose, check_rules.starts, check_rules.ends,
    check_rules.manages, check_rules.was, check_rules.except_ids));
end
$$;

comment on function private.check_rules(public.cars, uuid, text, timestamptz, timestamptz, boolean, tstzrange, uuid[]) is
  'Refuses a rental that breaks a rule of the car''s fleet.';
revoke all on function private.check_rules(public.cars, uuid, text, timestamptz, timestamptz, boolean, tstzrange, uuid[]) from public;
grant execute on function private.check_rules(public.cars, uuid, text, timestamptz, timestamptz, boolean, tstzrange, uuid[]) to fleetflow_fn;
-- <<< sql/functions/check_rules.sql

-- >>> sql/functions/check_tariff.sql
-- What: refuses a tariff that could not be priced: base rates, seasons and rules, as ratePlans.create takes them.
-- Who: create_rate_plan, preview_rate_plan. Raises: BAD_INPUT (field: the path; reason SEASONS_OVERLAP where two seasons share a day).
create or replace function private.check_tariff(tariff jsonb) returns void
  language plpgsql immutable
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  c_money constant jsonb := '[0, 1000000000000]';
  c_seasons constant jsonb := '{"least": 0, "most": 100, "each": {"name": "^.{1,80}$", "from": "^[1-9]\\d{3}-\\d\\d-\\d\\d$", "to": "^[1-9]\\d{3}-\\d\\d-\\d\\d$",
    "dayRate?": [0, 1000000000000], "ppm?": [0, 10000000]}}';
  v_seasons jsonb := coalesce(check_tariff.tariff -> 'seasons', '[]');
  v_field text := coalesce(
    private.shape_fault(check_tariff.tariff -> 'dayRate', c_money, 'tariff.dayRate'),
    private.shape_fault(check_tariff.tariff -> 'hourRate', c_money, 'tariff.hourRate'),
    private.shape_fault(check_tariff.tariff -> 'minimumCharge', c_money, 'tariff.minimumCharge'),
    private.shape_fault(v_seasons, c_seasons, 'tariff.seasons'),
    private.rules_fault(check_tariff.tariff - '{dayRate,hourRate,minimumCharge,seasons}'::text[], 'tariff'));
  v_reason text;
begin
  if v_field is null then
    select 'tariff.seasons.' || n - 1 into v_field from jsonb_array_elements(v_seasons) with ordinality as s (x, n)
     where (x ->> 'from')::date > (x ->> 'to')::date or (x ? 'dayRate') = (x ? 'ppm') order by n limit 1;
  end if;
  if v_field is null then
    select 'tariff.seasons.' || n - 1, 'SEASONS_OVERLAP' into v_field, v_reason
      from jsonb_array_elements(v_seasons) with ordinality as s (x, n)
     where exists (select from jsonb_array_elements(v_seasons) with ordinality as o (y, m)
                    where m < n and daterange((x ->> 'from')::date, (x ->> 'to')::date, '[]') && daterange((y ->> 'from')::date, (y ->> 'to')::date, '[]'))
     order by n limit 1;
  end if;
  if v_field is not null then
    raise exception using errcode = 'FF400', message = 'BAD_INPUT',
      detail = jsonb_build_object('field', v_field, 'reason', coalesce(v_reason, 'TARIFF_INVALID'));
  end if;
end
$$;

comment on function private.check_tariff(jsonb) is 'Refuses a tariff that could not be priced.';
revoke all on function private.check_tariff(jsonb) from public;
grant execute on function private.check_tariff(jsonb) to fleetflow_fn;
-- <<< sql/functions/check_tariff.sql

-- >>> sql/functions/check_transition.sql
-- What: refuses a step of a trip's life that is not a row of trip_transitions, and a rental that would be completed without having begun:
--   only what is no rental is completed by time.
-- Who: the trigger on updates of trips.status. Raises: INVALID_STATE (from, operation, allowed).
create or replace function private.check_transition() returns trigger
  language plpgsql volatile security definer
  set search_path = pg_catalog, public, pg_temp
as $$
begin
  if not exists (select from public.trip_transitions as s where s.from_status = old.status and s.to_status = new.status)
     or (old.status = 'confirmed' and new.status = 'completed' and new.purpose = 'rental') then
    perform private.refuse_state(old.status, new.status);
  end if;
  return new;
end
$$;

comment on function private.check_transition() is 'Refuses a step that is not in trip_transitions.';
alter function private.check_transition() owner to fleetflow_sys;
revoke all on function private.check_transition() from public;
-- <<< sql/functions/check_transition.sql

-- >>> sql/functions/chosen_extras.sql
-- What: the extras that somebody chose, in the tariff's order, as a list of {"code", "quantity"}; quantities are 1 where none is given.
-- Who: price_trip, reprice_lines. Raises: BAD_INPUT (field extras; reason UNKNOWN_EXTRA, TWICE or MALFORMED).
create or replace function private.chosen_extras(tariff jsonb, extras jsonb) returns jsonb
  language plpgsql immutable parallel safe
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  v_reason text;
begin
  if chosen_extras.extras is null or chosen_extras.extras in ('null', '[]') then
    return '[]';
  end if;
  if private.shape_fault(chosen_extras.extras, '{"least": 0, "most": 50, "each": {"code": "^.{1,40}$", "quantity?": [1, 100]}}', 'extras') is not null then
    v_reason := 'MALFORMED';
  elsif exists (select from jsonb_array_elements(chosen_extras.extras) as x group by x ->> 'code' having count(*) > 1) then
    v_reason := 'TWICE';
  elsif exists (select from jsonb_array_elements(chosen_extras.extras) as x
                 where not coalesce(chosen_extras.tariff -> 'extras', '[]') @> jsonb_build_array(jsonb_build_object('code', x -> 'code'))) then
    v_reason := 'UNKNOWN_EXTRA';
  else
    return (
      select jsonb_agg(jsonb_build_object('code', e ->> 'code', 'quantity', coalesce((x ->> 'quantity')::integer, 1)) order by n)
        from jsonb_array_elements(chosen_extras.tariff -> 'extras') with ordinality as r (e, n)
        join jsonb_array_elements(chosen_extras.extras) as x on x ->> 'code' = e ->> 'code');
  end if;
  raise exception using errcode = 'FF400', message = 'BAD_INPUT', detail = jsonb_build_object('field', 'extras', 'reason', v_reason);
end
$$;

comment on function private.chosen_extras(jsonb, jsonb) is 'The extras that somebody chose.';
revoke all on function private.chosen_extras(jsonb, jsonb) from public;
grant execute on function private.chosen_extras(jsonb, jsonb) to fleetflow_fn, fleetflow_sys;
-- <<< sql/functions/chosen_extras.sql

-- >>> sql/functions/claim_key.sql
-- What: makes an idempotency key the sender's, or answers what became of it: NULL means go on, anything else is the stored outcome.
--   A second sender of the same key waits here for the first. Keys are forgotten after 7 days, whether or not forget_keys has been by.
--   Inputs are the same when they are the same JSON once absent members and NULL are taken for one.
-- Who: perform, before it does anything else.
-- Raises: IDEMPOTENCY_KEY_REUSED (the key came with another input before), IDEMPOTENCY_IN_PROGRESS (the first sender is still at work
--   after the lock timeout), BAD_INPUT (field idempotencyKey). Locks: the key.
create or replace function private.claim_key(actor uuid, operation text, key text, input jsonb) returns jsonb
  language plpgsql volatile
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  c_kept constant interval := '7 days';
  v_hash bytea := sha256(convert_to(jsonb_strip_nulls(claim_key.input)::text, 'UTF8'));
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

-- >>> sql/functions/class_cars.sql
-- What: the cars that may stand in for each other in a class, unretired and priced: all of them, or those near the place that is asked for.
--   `tariff` is the same for cars that cost the same: their rate plan and time zone. `instant` says that the caller books the car
--   without being asked for: `manages` the fleet, or a car that is booked instantly.
-- Who: functions that book a class. Input: lat and lng (microdegrees) and radius (metres), or none of them.
--   Runs as fleetflow_sys, after the class was found under the caller's policies.
create or replace function private.class_cars(car_class public.car_classes, manages boolean, input jsonb)
  returns table (car public.cars, tariff text, instant boolean)
  language sql stable security definer
  set search_path = pg_catalog, public, pg_temp
as $$
  select c, coalesce(c.rate_plan_id, (class_cars.car_class).rate_plan_id, f.rate_plan_id)::text || ' ' || c.time_zone,
         c.instant_booking or class_cars.manages
    from public.cars as c
    join public.fleets as f on f.id = c.fleet_id
   where c.fleet_id = (class_cars.car_class).fleet_id and c.car_class_id = (class_cars.car_class).id and c.retired_at is null
     and coalesce(c.rate_plan_id, (class_cars.car_class).rate_plan_id, f.rate_plan_id) is not null
     and (input ->> 'lat' is null
       or private.metres_between(c.lat_microdegrees, c.lng_microdegrees, (input ->> 'lat')::integer, (input ->> 'lng')::integer)
          <= (input ->> 'radius')::integer)
$$;

comment on function private.class_cars(public.car_classes, boolean, jsonb) is 'The cars that may stand in for each other in a class.';
alter function private.class_cars(public.car_classes, boolean, jsonb) owner to fleetflow_sys;
revoke all on function private.class_cars(public.car_classes, boolean, jsonb) from public;
grant execute on function private.class_cars(public.car_classes, boolean, jsonb) to fleetflow_fn;
-- <<< sql/functions/class_cars.sql

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
   where f.id = (class_fits.car).fleet_id
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

-- >>> sql/functions/class_offers.sql
-- What: what a period costs in a class: {"offers": {tariff: what private.price_trip answers}, "dear": {totalCost, currency} or null}.
--   Cars of one tariff are priced and judged by the fleet's rules once. `offers` holds what costs at most maxTotal, `dear` the lowest price above it.
-- Who: functions that book a class, under the caller's policies. Input: startDate, endDate, extras, maxTotal, lat, lng, radius. Locks: the renter, where the
--   fleet has a quota.
-- Raises: NOT_PRICED (no car of the class has a price), BAD_INPUT (field extras, endDate), PRICE_CHANGED (totalCost, currency: all cost more than
--   maxTotal), and where no car of the class may be rented so: OUTSIDE_HOURS, TOO_SHORT, TOO_LONG, TOO_SOON, TOO_FAR, QUOTA_EXCEEDED.
create or replace function private.class_offers(car_class public.car_classes, renter uuid, manages boolean, input jsonb) returns jsonb
  language plpgsql volatile
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  v_start timestamptz := (input ->> 'startDate')::timestamptz;
  v_end timestamptz := (input ->> 'endDate')::timestamptz;
  v_max bigint := coalesce((input ->> 'maxTotal')::bigint, 9007199254740991);
  v_sample record;
  v_fault jsonb;
  v_refused jsonb;
  v_priced jsonb;
  v_dear jsonb;
  v_offers jsonb := '{}';
begin
  for v_sample in
    select distinct on (k.tariff) k.tariff, k.car
      from private.class_cars(class_offers.car_class, class_offers.manages, class_offers.input) as k order by k.tariff
  loop
    v_fault := private.rule_fault(v_sample.car, class_offers.renter, 'rental', v_start, v_end, class_offers.manages);
    if v_fault is not null then
      v_refused := v_fault;
      continue;
    end if;
    v_priced := private.price_trip(v_sample.car, v_start, v_end, input -> 'extras');
    if (v_priced ->> 'total')::bigint <= v_max then
      v_offers := v_offers || jsonb_build_object(v_sample.tariff, v_priced);
    elsif v_dear is null or (v_priced ->> 'total')::bigint < (v_dear ->> 'totalCost')::bigint then
      v_dear := jsonb_build_object('totalCost', v_priced -> 'total', 'currency', v_priced -> 'currency');
    end if;
  end loop;

  if v_offers = '{}' and v_dear is not null then
    raise exception using errcode = 'FF004', message = 'PRICE_CHANGED', detail = v_dear;
  elsif v_offers = '{}' and v_refused is not null then
    perform private.refuse_rule(v_refused);
  elsif v_offers = '{}' and exists (
      select from public.cars as c
       where c.fleet_id = (class_offers.car_class).fleet_id and c.car_class_id = (class_offers.car_class).id
         and c.retired_at is null)
       and not exists (select from private.class_cars(class_offers.car_class, class_offers.manages, '{}')) then
    raise exception using errcode = 'FF103', message = 'NOT_PRICED';
  end if;
  return jsonb_build_object('offers', v_offers, 'dear', v_dear);
end
$$;

comment on function private.class_offers(public.car_classes, uuid, boolean, jsonb) is 'What a period costs in a class.';
revoke all on function private.class_offers(public.car_classes, uuid, boolean, jsonb) from public;
grant execute on function private.class_offers(public.car_classes, uuid, boolean, jsonb) to fleetflow_fn;
-- <<< sql/functions/class_offers.sql

-- >>> sql/functions/class_schedule.sql
-- What: what takes some cars within a stretch of time, as a booking under their locks would find it: holds and requests past their limit take
--   nothing, a car that should be back is taken until it could be turned around. `movable` says which trips may change cars.
-- Who: plan_moves, is_crowded. Runs as fleetflow_sys: trips are other people's.
create or replace function private.class_schedule(car_ids uuid[], during tstzrange)
  returns table (car_id uuid, trip_id uuid, starts timestamptz, ends timestamptz, blocked tstzrange, movable boolean,
    near_lat integer, near_lng integer, near_metres integer)
  language sql stable
  set search_path = pg_catalog, public, pg_temp
as $$
  select t.car_id, t.id, t.trip_start_date, t.trip_end_date, t.blocked, private.may_be_moved(t),
         t.near_lat_microdegrees, t.near_lng_microdegrees, t.near_metres
    from unnest(class_schedule.car_ids) as c (id)
    join public.trips as t on t.car_id = c.id
   where t.blocked && class_schedule.during
     and t.status in ('held', 'requested', 'confirmed', 'active', 'completed')
     and case t.status when 'held' then t.hold_expires_at > now() when 'requested' then t.respond_by > now() else true end
   union all
  select t.car_id, t.id, t.trip_start_date, o.until, tstzrange(lower(t.blocked), o.until, '[]'), false, null, null, null
    from unnest(class_schedule.car_ids) as c (id)
    join public.trips as t on t.car_id = c.id
   cross join lateral (select now() + make_interval(mins => t.turnaround_minutes) as until) as o
   where t.status = 'active' and t.purpose = 'rental' and t.trip_end_date < now()
     and tstzrange(lower(t.blocked), o.until, '[]') && class_schedule.during
$$;

comment on function private.class_schedule(uuid[], tstzrange) is 'What takes some cars within a stretch of time.';
revoke all on function private.class_schedule(uuid[], tstzrange) from public;
grant execute on function private.class_schedule(uuid[], tstzrange) to fleetflow_sys;
-- <<< sql/functions/class_schedule.sql

-- >>> sql/functions/class_starts.sql
-- What: the first starts at which some car of a class is free for as long, over the nearest cars of it.
-- Who: enrich_refusal. Runs as fleetflow_sys, and tells nothing but instants.
create or replace function private.class_starts(filter jsonb, starts timestamptz, ends timestamptz, bound boolean, renter uuid, wanted integer)
  returns timestamptz[]
  language plpgsql volatile security definer
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  c_cars constant integer := 50;
begin
  return array(
    select distinct s.starts
      from (select c from private.near_cars(class_starts.filter || '{"busyToo": true, "priced": false}', class_starts.starts, class_starts.ends,
              class_starts.renter, c_cars) as n
              join public.cars as c on c.id = n.car_id
             order by n.metres, n.car_id limit c_cars) as near (car)
     cross join lateral unnest(private.next_free(near.car, class_starts.ends - class_starts.starts, class_starts.starts, class_starts.bound,
       class_starts.wanted, class_starts.renter)) as s (starts)
     order by s.starts limit class_starts.wanted);
end
$$;

comment on function private.class_starts(jsonb, timestamptz, timestamptz, boolean, uuid, integer) is 'The first starts at which some car of a class is free.';
alter function private.class_starts(jsonb, timestamptz, timestamptz, boolean, uuid, integer) owner to fleetflow_sys;
revoke all on function private.class_starts(jsonb, timestamptz, timestamptz, boolean, uuid, integer) from public;
grant execute on function private.class_starts(jsonb, timestamptz, timestamptz, boolean, uuid, integer) to fleetflow_fn;
-- <<< sql/functions/class_starts.sql

-- >>> sql/functions/clock_change.sql
-- What: the first instant after `since` and up to `until` at which the clocks of a zone are changed; NULL if there is none.
-- Who: open_instants. Looks at one instant every 24 hours, then halves the day in which the offset from UTC is another one.
create or replace function private.clock_change(time_zone text, since timestamptz, until timestamptz) returns timestamptz
  language plpgsql immutable parallel safe
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  v_offset interval := since at time zone clock_change.time_zone - since at time zone 'UTC';
  v_after timestamptz;
  v_before timestamptz;
  v_middle timestamptz;
begin
  select min(g.instant) into v_after
    from generate_series(clock_change.since, clock_change.until + interval '24 hours', interval '24 hours') as g (instant)
   where g.instant at time zone clock_change.time_zone - g.instant at time zone 'UTC' <> v_offset;
  if v_after is null then
    return null;
  end if;
  v_before := v_after - interval '24 hours';
  while v_after - v_before > interval '1 second' loop
    v_middle := v_before + (v_after - v_before) / 2;
    if v_middle at time zone clock_change.time_zone - v_middle at time zone 'UTC' = v_offset then
      v_before := v_middle;
    else
      v_after := v_middle;
    end if;
  end loop;
  v_after := date_trunc('second', v_after);
  return case when v_after <= clock_change.until then v_after end;
end
$$;

comment on function private.clock_change(text, timestamptz, timestamptz) is 'The next instant at which the clocks of a zone are changed.';
revoke all on function private.clock_change(text, timestamptz, timestamptz) from public;
grant execute on function private.clock_change(text, timestamptz, timestamptz) to fleetflow_fn, fleetflow_sys;
-- <<< sql/functions/clock_change.sql

-- >>> sql/functions/complete_trip.sql
-- What: takes the car back. An early return frees it at once (after its turnaround); a late one takes it until it could be turned around, at
--   most up to the next trip, which is then at risk. Distance, fuel and lateness are charged as lines of their own.
-- Who: perform, for complete_trip_rpc. Input: id, version, odometer, fuel.
-- Raises: NOT_FOUND, FORBIDDEN, VERSION_MISMATCH (version), INVALID_STATE (from, operation, allowed), BAD_INPUT, ODOMETER_LOW (odometer),
--   DRIVER_BUSY (windows). Locks: the car, the trip, then the driver.
create or replace function private.complete_trip(actor uuid, input jsonb) returns jsonb
  language plpgsql volatile
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  v_trip public.trips := private.find_trip((input ->> 'id')::uuid, (input ->> 'version')::integer);
  v_odometer integer := (input ->> 'odometer')::integer;
  v_fuel integer := (input ->> 'fuel')::integer;
  v_until timestamptz := greatest(now() + make_interval(mins => v_trip.turnaround_minutes), lower(v_trip.blocked) + interval '1 microsecond');
  v_next timestamptz;
  v_adjusted jsonb;
begin
  if v_trip.status <> 'active' then
    perform private.refuse_trip(v_trip, 'complete');
  end if;
  perform private.lock_users(array[v_trip.driver_id]);
  perform private.check_readings(input);
  perform private.record_odometer(v_trip.car_id, v_odometer, v_trip.odometer_start);
  v_next := private.next_bound(v_trip, v_until);
  v_adjusted := private.adjustment_lines(v_trip, now(), v_trip.odometer_start, v_odometer, v_trip.fuel_start, v_fuel);
  update public.trips as t
     set status = 'completed', returned_at = now(), odometer_end = v_odometer, fuel_end = v_fuel,
         blocked = private.kept_until(v_trip, v_until, v_next), cut = coalesce(v_next <= v_until, false),
         pricing = coalesce(nullif(v_adjusted -> 'pricing', 'null'), t.pricing)
   where t.car_id = v_trip.car_id and t.id = v_trip.id;
  perform private.add_lines(v_trip.car_id, v_trip.id, v_adjusted -> 'lines');
  perform private.refresh_risk(v_trip.car_id);
  select t.* into v_trip from public.trips as t where t.car_id = v_trip.car_id and t.id = v_trip.id;
  perform private.assign_driver(v_trip);
  return private.trip_json(v_trip);
end
$$;

comment on function private.complete_trip(uuid, jsonb) is 'Takes the car of a trip back.';
revoke all on function private.complete_trip(uuid, jsonb) from public;
grant execute on function private.complete_trip(uuid, jsonb) to fleetflow_fn;
-- <<< sql/functions/complete_trip.sql

-- >>> sql/functions/complete_trip_rpc.sql
-- What: takes the car of a trip back.
-- Who: the trip's renter, and every member of its fleet.
-- Raises: UNAUTHENTICATED. Answers perform's outcome of private.complete_trip.
create or replace function public.complete_trip_rpc(
  trip_id uuid, odometer integer, fuel integer, version integer, actor jsonb, idempotency_key text default null
) returns jsonb
  language plpgsql volatile security definer
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  v_actor uuid := private.enter(complete_trip_rpc.actor, true);
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

-- >>> sql/functions/count_version.sql
-- What: the next version and the time of a change to a trip. Nobody else writes the two columns of a trip that exists.
--   A total that follows its lines is no version of its own: the operation that added the lines is. What time has ended, ended at its
--   limit, whenever that is written down.
-- Who: the trigger on updates of trips.
create or replace function private.count_version() returns trigger
  language plpgsql volatile
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  v_before public.trips := old;
  v_settled public.trips;
begin
  v_before.total_cost := new.total_cost;
  new.version := old.version;
  new.updated_at := old.updated_at;
  if new is distinct from v_before then
    new.version := old.version + 1;
    new.updated_at := now();
    if new.status <> old.status then
      v_settled := private.settled(old);
      new.updated_at := case when v_settled.status = new.status then v_settled.updated_at else now() end;
    end if;
  end if;
  return new;
end
$$;

comment on function private.count_version() is 'Counts the versions of a trip.';
revoke all on function private.count_version() from public;
-- <<< sql/functions/count_version.sql

-- >>> sql/functions/create_rate_plan.sql
-- What: stores a plan, or the next version of the one with that name; whatever an older version priced follows. Past trips and quotes keep
--   the version they were priced by.
-- Who: perform, for create_rate_plan_rpc. Input: fleet, name, tariff, assignTo ({carId}, {carClass} or {"fleet": true}).
-- Raises: NOT_FOUND (fleet, carId, carClass), FORBIDDEN, BAD_INPUT (the path in the tariff). Locks: cars, classes and fleet that follow.
create or replace function private.create_rate_plan(actor uuid, input jsonb) returns jsonb
  language plpgsql volatile
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  v_fleet uuid := private.managed_fleet(input ->> 'fleet');
  v_tariff jsonb := input -> 'tariff';
  v_to jsonb := nullif(input -> 'assignTo', 'null');
  v_plan public.rate_plans;
begin
  if coalesce(length(input ->> 'name') not between 1 and 200, true) then
    raise exception using errcode = 'FF400', message = 'BAD_INPUT', detail = jsonb_build_object('field', 'name');
  elsif jsonb_typeof(v_to) <> 'object' then
    raise exception using errcode = 'FF400', message = 'BAD_INPUT', detail = jsonb_build_object('field', 'assignTo');
  end if;
  perform private.check_tariff(v_tariff);
  -- Somebody else may store the same version first: then ours is the next one.
  while v_plan.id is null loop
    insert into public.rate_plans as p (id, fleet_id, name, version, currency, day_rate, hour_rate, minimum_charge, rules)
    select private.uuid_v7(), f.id, input ->> 'name',
           1 + coalesce((select max(o.version) from public.rate_plans as o where o.fleet_id = f.id and o.name = input ->> 'name'), 0),
           f.currency, (v_tariff ->> 'dayRate')::bigint, (v_tariff ->> 'hourRate')::bigint, (v_tariff ->> 'minimumCharge')::bigint,
           v_tariff - '{dayRate,hourRate,minimumCharge,seasons}'::text[]
      from public.fleets as f where f.id = v_fleet
    on conflict on constraint rate_plans_fleet_id_name_version_key do nothing
    returning p.* into v_plan;
  end loop;
  insert into public.rate_plan_seasons (rate_plan_id, id, name, days, day_rate, ppm)
  select v_plan.id, private.uuid_v7(), s ->> 'name', daterange((s ->> 'from')::date, (s ->> 'to')::date, '[]'),
         (s ->> 'dayRate')::bigint, (s ->> 'ppm')::integer
    from jsonb_array_elements(v_tariff -> 'seasons') as s;
  perform private.follow_rate_plan(v_plan);
  if v_to is not null then
    perform private.assign_rate_plan(create_rate_plan.actor, (v_to - 'fleet') || jsonb_build_object('fleet', v_fleet, 'ratePlanId', v_plan.id));
  end if;
  return private.rate_plan_json(v_plan);
end
$$;

comment on function private.create_rate_plan(uuid, jsonb) is 'Stores a plan, or its next version.';
revoke all on function private.create_rate_plan(uuid, jsonb) from public;
grant execute on function private.create_rate_plan(uuid, jsonb) to fleetflow_fn;
-- <<< sql/functions/create_rate_plan.sql

-- >>> sql/functions/create_rate_plan_rpc.sql
-- What: Stores a rate plan, or its next version. One statement.
-- Who: owners and managers of the fleet.
-- Raises: UNAUTHENTICATED. Answers perform's outcome of private.create_rate_plan.
create or replace function public.create_rate_plan_rpc(
  fleet text, name text, tariff jsonb, actor jsonb, assign_to jsonb default null, idempotency_key text default null
) returns jsonb
  language plpgsql volatile security definer
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  v_actor uuid := private.enter(create_rate_plan_rpc.actor, true);
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
-- What: books a car for a period: finds the car under the caller's policies, prices, stores, answers. A renter's own hold in that period
--   becomes the booking (same id; at the hold's price where period and extras are the hold's), further ones are cancelled.
--   A renter's booking of a car that is not booked instantly is a request until its fleet approves.
-- Who: perform, for create_trip_rpc. Input: carId, userId, startDate, endDate, purpose, maxTotal, quoteId, extras, driverId.
-- Raises: BAD_INPUT, NOT_FOUND (field carId, userId, driverId or quoteId), FORBIDDEN, TOO_SOON (earliest), TOO_LONG (limit, nearest),
--   TOO_SHORT (limit, nearest), TOO_FAR (latest), OUTSIDE_HOURS (nearest), QUOTA_EXCEEDED (limit), NOT_PRICED, PRICE_CHANGED, QUOTE_EXPIRED,
--   QUOTE_USED (each with totalCost, currency or a fresh quote), TRIP_OVERLAP (conflicts, nextFree), DRIVER_BUSY (windows).
-- Locks: the car, the renter and the driver where they matter, the quote.
create or replace function private.create_trip(actor uuid, input jsonb) returns jsonb
  language plpgsql volatile
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  v_car public.cars := private.bookable_car(create_trip.actor, input);
  v_manages boolean := v_car.fleet_id in (select private.my_fleets('{owner,manager}'));
begin
  return private.trip_json(private.book_period(
    private.take_car(v_car.id), coalesce((input ->> 'userId')::uuid, create_trip.actor), coalesce(input ->> 'purpose', 'rental'),
    (input ->> 'startDate')::timestamptz, (input ->> 'endDate')::timestamptz, v_manages, input));
end
$$;

comment on function private.create_trip(uuid, jsonb) is 'Books a car for a period.';
revoke all on function private.create_trip(uuid, jsonb) from public;
grant execute on function private.create_trip(uuid, jsonb) to fleetflow_fn;
-- <<< sql/functions/create_trip.sql

-- >>> sql/functions/create_trip_in_class.sql
-- What: books any car of a class for a period: the best fitting free one, else one that becomes free when up to 3 trips of the class
--   change cars, else, for a renter, one whose fleet has to approve. A renter's own hold of a car of the class in that period becomes the booking.
-- Who: perform, for create_trip_in_class_rpc. Input: fleet, carClass, userId, startDate, endDate, lat, lng, radius, extras, maxTotal, driverId,
--   allocation.
-- Raises: NOT_FOUND (field fleet, carClass, userId, driverId), FORBIDDEN, BAD_INPUT, TOO_SOON (earliest), TOO_LONG, TOO_SHORT (limit, nearest),
--   TOO_FAR (latest), OUTSIDE_HOURS (nearest), QUOTA_EXCEEDED (limit), NOT_PRICED, PRICE_CHANGED (totalCost, currency), DRIVER_BUSY (windows),
--   CLASS_FULL (fleetId, carClassId, startDate, endDate, latMicrodegrees, lngMicrodegrees).
-- Locks: people, and no car, while it tries what is free: the attempt is undone before the cars of a plan of moves are locked, so that
--   everybody locks cars before people.
create or replace function private.create_trip_in_class(actor uuid, input jsonb) returns jsonb
  language plpgsql volatile
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  v_renter uuid := coalesce((input ->> 'userId')::uuid, create_trip_in_class.actor);
  v_people uuid[] := array[v_renter, (input ->> 'driverId')::uuid];
  v_class public.car_classes := private.find_class(input ->> 'fleet', input ->> 'carClass');
  v_manages boolean := v_class.fleet_id in (select private.my_fleets('{owner,manager}'));
  v_answer jsonb;
  v_offers jsonb;
  v_trip public.trips;
begin
  perform private.check_class_wish(create_trip_in_class.actor, v_class, v_manages, input);
  v_answer := private.book_held_car(create_trip_in_class.actor, v_class, input);
  if v_answer is not null then
    return v_answer;
  end if;

  begin
    perform private.lock_users(v_people) where v_people[2] is not null;
    v_offers := private.class_offers(v_class, v_renter, v_manages, input);
    v_trip := private.book_free_car(v_class, v_renter, v_manages, true, input, v_offers -> 'offers');
    if v_trip.id is null then
      raise exception using errcode = 'FF009', message = 'CLASS_FULL';
    end if;
  exception when sqlstate 'FF009' then
    v_trip := private.book_with_moves(v_class, v_renter, v_manages, input, v_offers -> 'offers');
  end;

  if v_trip.id is null and not v_manages and exists (select from private.free_cars(v_class, v_manages, input) as f where not f.instant) then
    perform private.lock_users(v_people) where v_people[2] is not null;
    v_offers := private.class_offers(v_class, v_renter, v_manages, input);
    v_trip := private.book_free_car(v_class, v_renter, v_manages, false, input, v_offers -> 'offers');
  end if;
  if v_trip.id is null and v_offers -> 'dear' <> 'null' and exists (select from private.free_cars(v_class, v_manages, input)) then
    raise exception using errcode = 'FF004', message = 'PRICE_CHANGED', detail = v_offers -> 'dear';
  elsif v_trip.id is null then
    raise exception using errcode = 'FF009', message = 'CLASS_FULL', detail = jsonb_build_object(
      'fleetId', v_class.fleet_id, 'carClassId', v_class.id, 'startDate', input -> 'startDate', 'endDate', input -> 'endDate',
      'latMicrodegrees', input -> 'lat', 'lngMicrodegrees', input -> 'lng');
  end if;
  return private.trip_json(v_trip);
end
$$;

comment on function private.create_trip_in_class(uuid, jsonb) is 'Books any car of a class for a period.';
revoke all on function private.create_trip_in_class(uuid, jsonb) from public;
grant execute on function private.create_trip_in_class(uuid, jsonb) to fleetflow_fn;
-- <<< sql/functions/create_trip_in_class.sql

-- >>> sql/functions/create_trip_in_class_rpc.sql
-- What: books any car of a class for a period. One statement.
-- Who: any signed-in user for themselves; owners and managers of the fleet for any renter.
-- Raises: UNAUTHENTICATED. Answers perform's outcome of private.create_trip_in_class.
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
  v_actor uuid := private.enter(create_trip_in_class_rpc.actor, true);
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
-- Raises: UNAUTHENTICATED. Answers perform's outcome of private.create_trip.
create or replace function public.create_trip_rpc(
  car_id uuid, user_id uuid, start_date timestamptz, end_date timestamptz, actor jsonb, purpose text default 'rental',
  max_total bigint default null, quote_id uuid default null, extras jsonb default null, driver_id uuid default null,
  idempotency_key text default null, dry_run boolean default false, alternatives integer default 0
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

-- >>> sql/functions/create_trip_series.sql
-- What: books the occurrences of a recurrence on one car, the earliest first: all of them or none, or with onConflict `skip` those that can
--   be booked. Each is priced, judged and stored as a booking of its own; they share a series.
-- Who: perform, for create_trip_series_rpc. Input: carId, userId, localStarts, minutes, purpose, onConflict, extras, maxTotal (of all together).
-- Raises: BAD_INPUT, NOT_FOUND (field carId or userId), FORBIDDEN, TOO_SOON, TOO_LONG, TOO_SHORT, TOO_FAR, OUTSIDE_HOURS, QUOTA_EXCEEDED and
--   TRIP_OVERLAP (each as for the first occurrence refused, with occurrences), NOT_PRICED, PRICE_CHANGED (totalCost, currency); of what
--   book_period raises QUOTE_EXPIRED, QUOTE_USED and DRIVER_BUSY never, because a series names no quote and no driver.
-- Locks: the car, the renter.
create or replace function private.create_trip_series(actor uuid, input jsonb) returns jsonb
  language plpgsql volatile
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  v_starts timestamp[] := private.local_starts(input -> 'localStarts');
  v_minutes integer := (input ->> 'minutes')::integer;
  v_renter uuid := coalesce((input ->> 'userId')::uuid, create_trip_series.actor);
  v_series uuid := private.uuid_v7();
  v_car public.cars;
  v_manages boolean;
  v_period record;
  v_booked jsonb;
  v_currency text;
  v_trips jsonb := '[]';
  v_faults jsonb := '[]';
  v_total bigint := 0;
begin
  if coalesce(v_minutes not between 1 and 527040, true) then
    raise exception using errcode = 'FF400', message = 'BAD_INPUT', detail = jsonb_build_object('field', 'localEnd', 'reason', 'PERIOD_INVALID');
  elsif coalesce(input ->> 'onConflict' not in ('refuse', 'skip'), true) then
    raise exception using errcode = 'FF400', message = 'BAD_INPUT', detail = jsonb_build_object('field', 'onConflict');
  end if;
  v_car := private.bookable_car(create_trip_series.actor, input || jsonb_build_object('startDate', v_starts[1] at time zone 'UTC',
    'endDate', (v_starts[1] + make_interval(mins => v_minutes)) at time zone 'UTC'));
  v_manages := v_car.fleet_id in (select private.my_fleets('{owner,manager}'));
  v_car := private.take_car(v_car.id);
  perform private.lock_users(array[v_renter]);
  v_currency := (select f.currency from public.fleets as f where f.id = v_car.fleet_id);

  for v_period in select p.starts, p.ends from private.series_periods(v_car, v_starts, v_minutes) as p loop
    v_booked := private.book_occurrence(v_car, v_renter, v_period.starts, v_period.ends, v_manages, input, v_series);
    if v_booked ? 'code' then
      v_faults := v_faults || v_booked;
    else
      v_trips := v_trips || v_booked;
      v_total := v_total + (v_booked ->> 'totalCost')::bigint;
    end if;
  end loop;

  if v_faults <> '[]' and input ->> 'onConflict' = 'refuse' then
    perform private.refuse_occurrences(v_faults);
  elsif v_total > (input ->> 'maxTotal')::bigint then
    raise exception using errcode = 'FF004', message = 'PRICE_CHANGED', detail = jsonb_build_object('totalCost', v_total, 'currency', v_currency);
  end if;
  return jsonb_build_object(
    'seriesId', case when v_trips <> '[]' then v_series end, 'trips', v_trips, 'totalCost', v_total,
    'currency', v_currency,
    'skipped', (select coalesce(jsonb_agg(f.fault - 'detail' order by f.place), '[]') from jsonb_array_elements(v_faults) with ordinality as f (fault, place)));
end
$$;

comment on function private.create_trip_series(uuid, jsonb) is 'Books the occurrences of a recurrence on one car.';
revoke all on function private.create_trip_series(uuid, jsonb) from public;
grant execute on function private.create_trip_series(uuid, jsonb) to fleetflow_fn;
-- <<< sql/functions/create_trip_series.sql

-- >>> sql/functions/create_trip_series_rpc.sql
-- What: books the occurrences of a recurrence on one car, given as local times of the car and one length by the clock. One statement.
-- Who: any signed-in user for themselves; owners and managers of the car's fleet for any renter and any purpose.
-- Raises: UNAUTHENTICATED. Answers perform's outcome of private.create_trip_series.
create or replace function public.create_trip_series_rpc(
  car_id uuid, user_id uuid, local_starts jsonb, minutes integer, actor jsonb, purpose text default 'rental', on_conflict text default 'refuse',
  extras jsonb default null, max_total bigint default null, idempotency_key text default null, dry_run boolean default false
) returns jsonb
  language plpgsql volatile security definer
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  v_actor uuid := private.enter(create_trip_series_rpc.actor, true);
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

-- >>> sql/functions/day_keys.sql
-- What: for each of `count` local days from `first`, what sets its price: 8 x its season's place in the tariff (0: none) + its
--   weekday (1 Monday to 7 Sunday; 0 where the weekday changes nothing). A day belongs to the date on which it begins.
-- Who: days_price, fresh_days.
create or replace function private.day_keys(tariff jsonb, first date, count integer) returns integer[]
  language plpgsql immutable parallel safe
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  v_keys integer[] := array_fill(0, array[day_keys.count]);
  v_factors jsonb := day_keys.tariff -> 'weekdays';
  v_seasons jsonb := day_keys.tariff -> 'seasons';
  v_season jsonb;
  v_weekday integer;
begin
  if v_factors is not null then
    for i in 1 .. day_keys.count loop
      v_weekday := extract(isodow from day_keys.first + i - 1);
      if v_factors -> v_weekday - 1 <> '1000000' then
        v_keys[i] := v_weekday;
      end if;
    end loop;
  end if;
  for place in 1 .. coalesce(jsonb_array_length(v_seasons), 0) loop
    v_season := v_seasons -> place - 1;
    for i in greatest(1, (v_season ->> 'from')::date - day_keys.first + 1)
          .. least(day_keys.count, (v_season ->> 'to')::date - day_keys.first + 1) loop
      v_keys[i] := v_keys[i] % 8 + 8 * place;
    end loop;
  end loop;
  return v_keys;
end
$$;

comment on function private.day_keys(jsonb, date, integer) is 'What sets the price of each day: its season and its weekday.';
revoke all on function private.day_keys(jsonb, date, integer) from public;
grant execute on function private.day_keys(jsonb, date, integer) to fleetflow_fn, fleetflow_sys;
-- <<< sql/functions/day_keys.sql

-- >>> sql/functions/day_name.sql
-- What: what a line of days is called: its season, its weekday where that changes the price, its length tier. Who: days_price.
create or replace function private.day_name(tariff jsonb, key integer, tier integer) returns text
  language plpgsql immutable parallel safe
  set search_path = pg_catalog, public, pg_temp
as $$
begin
  return concat_ws(', ', 'Days',
    case when day_name.key >= 8 then day_name.tariff -> 'seasons' -> (day_name.key / 8 - 1) ->> 'name' end,
    (array['Mondays', 'Tuesdays', 'Wednesdays', 'Thursdays', 'Fridays', 'Saturdays', 'Sundays'])[day_name.key % 8],
    case when day_name.tier > 0 then format('from %s days', day_name.tier) end);
end
$$;

comment on function private.day_name(jsonb, integer, integer) is 'What a line of days is called.';
revoke all on function private.day_name(jsonb, integer, integer) from public;
grant execute on function private.day_name(jsonb, integer, integer) to fleetflow_fn, fleetflow_sys;
-- <<< sql/functions/day_name.sql

-- >>> sql/functions/days_price.sql
-- What: the price of whole days: {"amount", "lines", "granted"}. Each day's price is rounded once, half up, and a line counts days of one price.
--   The length tier that `days` reach is a factor on all of them. A day that is kept (`kept`: runs of {"from", "count", "tier"}) keeps
--   the tier it was granted, as long as the rental is long enough for it. Where a longer rental would cost less, its price counts: the
--   difference is a line of its own. `granted` are the runs that a later change keeps.
--   The price never falls as days are added: inside a tier that only adds days, and no length costs more than what a longer tier costs.
-- Who: time_lines.
create or replace function private.days_price(tariff jsonb, first date, days integer, kept jsonb) returns jsonb
  language plpgsql immutable parallel safe
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  c_half constant numeric := 500000000000000000;
  c_whole constant numeric := 1000000000000000000;
  v_keys integer[] := private.day_keys(days_price.tariff, days_price.first, days_price.days);
  v_kept integer[] := private.kept_tiers(days_price.first, days_price.days, days_price.kept);
  v_ppms bigint[] := '{1000000}';  -- by length + 1
  v_longer integer[] := '{}';      -- the tiers that this length does not reach
  v_own integer := 0;              -- the tier that it does
  v_tiers jsonb := days_price.tariff -> 'tiers';
  v_id integer;
  v_place integer;
  v_groups integer[] := '{}';      -- key x 1000 + tier, and beside it the price and number of such days
  v_units bigint[] := '{}';
  v_counts bigint[] := '{}';
  v_sum bigint := 0;
  v_best bigint;
  v_best_length integer;
  v_longer_price bigint;
  v_cheapest numeric;
  v_lines jsonb := '[]';
begin
  for i in 0 .. coalesce(jsonb_array_length(v_tiers), 0) - 1 loop
    v_id := (v_tiers -> i ->> 'days')::integer;
    v_ppms[v_id + 1] := (v_tiers -> i ->> 'ppm')::bigint;
    if v_id <= days_price.days then
      v_own := v_id;
    else
      v_longer := v_longer || v_id;
    end if;
  end loop;

  for i in 1 .. days_price.days loop
    v_id := v_keys[i] * 1000 + case when v_kept[i] <= days_price.days then v_kept[i] else v_own end;
    v_place := array_position(v_groups, v_id);
    if v_place is null then
      v_groups := v_groups || v_id;
      v_units := v_units || div(private.key_price(days_price.tariff, v_keys[i]) * v_ppms[v_id % 1000 + 1] + c_half, c_whole)::bigint;
      v_counts := v_counts || 1::bigint;
    else
      v_counts[v_place] := v_counts[v_place] + 1;
    end if;
  end loop;
  for i in 1 .. cardinality(v_groups) loop
    v_sum := v_sum + v_units[i] * v_counts[i];
    v_lines := v_lines || private.line('day', private.day_name(days_price.tariff, v_groups[i] / 1000, v_groups[i] % 1000), v_counts[i], v_units[i]);
  end loop;

  v_best := v_sum;
  foreach v_id in array v_longer loop
    v_cheapest := coalesce(v_cheapest, private.cheapest_day(days_price.tariff));
    continue when v_id * div(v_cheapest * v_ppms[v_id + 1] + c_half, c_whole) >= v_best;
    v_longer_price := private.fresh_days(days_price.tariff, days_price.first, v_id, v_ppms[v_id + 1]);
    if v_longer_price < v_best then
      v_best := v_longer_price;
      v_best_length := v_id;
    end if;
  end loop;
  if v_best_length is not null then
    v_lines := v_lines || private.line('best_price', format('Best price: no dearer than %s days', v_best_length), 1, v_best - v_sum);
  end if;
  return jsonb_build_object('amount', v_best, 'lines', v_lines,
    'granted', private.granted_runs(days_price.first, days_price.days, v_kept, coalesce(v_best_length, v_own)));
end
$$;

comment on function private.days_price(jsonb, date, integer, jsonb) is 'The price of whole days, line by line.';
revoke all on function private.days_price(jsonb, date, integer, jsonb) from public;
grant execute on function private.days_price(jsonb, date, integer, jsonb) to fleetflow_fn, fleetflow_sys;
-- <<< sql/functions/days_price.sql

-- >>> sql/functions/decline_trip_rpc.sql
-- What: says no to a request, before its limit; the car is free at once.
-- Who: owners and managers of the trip's fleet.
-- Raises: UNAUTHENTICATED. Answers perform's outcome of private.answer_request.
create or replace function public.decline_trip_rpc(
  trip_id uuid, reason text, version integer, actor jsonb, idempotency_key text default null
) returns jsonb
  language plpgsql volatile security definer
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  v_actor uuid := private.enter(decline_trip_rpc.actor, true);
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

-- >>> sql/functions/decode_search_cursor.sql
-- What: where a page of a search begins: {"asOf", "currency", "key", "id"}; without a cursor only the instant as of which everything is priced.
-- Who: search_cars_rpc. Raises: BAD_INPUT (BAD_CURSOR: also a cursor of another sort).
create or replace function private.decode_search_cursor(page_cursor text, sort text) returns jsonb
  language plpgsql stable
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  v_parts text[] := regexp_match(decode_search_cursor.page_cursor, '^(distance|price|rating)\.([A-Z]{3}|)\.(-?[0-9]{1,18})\.(.*)$');
  v_from record;
begin
  if decode_search_cursor.page_cursor is null then
    return jsonb_build_object('asOf', now());
  end if;
  v_from := private.decode_cursor(case when v_parts[1] = decode_search_cursor.sort then v_parts[4] else '' end);
  return jsonb_build_object('asOf', least(v_from.instant, now()), 'currency', v_parts[2], 'key', v_parts[3]::bigint, 'id', v_from.id);
end
$$;

comment on function private.decode_search_cursor(text, text) is 'Where a page of a search begins.';
revoke all on function private.decode_search_cursor(text, text) from public;
grant execute on function private.decode_search_cursor(text, text) to fleetflow_fn;
-- <<< sql/functions/decode_search_cursor.sql

-- >>> sql/functions/delta_lines.sql
-- What: the lines to add to `so_far` so that every kind and description adds up to what `lines` say. Taxes that a price contains
--   (quantity 0) add up by their unit. Removed lines come first, the others in the order of `lines`.
-- Who: price_delta.
create or replace function private.delta_lines(so_far jsonb, lines jsonb) returns jsonb
  language sql immutable parallel safe
  set search_path = pg_catalog, public, pg_temp
as $$
  with entries as (
    select n as place, 1 as side, l from jsonb_array_elements(delta_lines.lines) with ordinality as t (l, n)
    union all
    select null, -1, l from jsonb_array_elements(delta_lines.so_far) as l
  ), sums as (
    select l ->> 'kind' as kind, l ->> 'description' as description, min(place) as place,
           sum(side * (l ->> 'quantity')::bigint)::bigint as quantity, sum(side * (l ->> 'amount')::bigint)::bigint as amount,
           (sum(side * (l ->> 'unitAmount')::bigint) filter (where (l ->> 'quantity')::bigint = 0))::bigint as contained
      from entries group by 1, 2
  )
  select coalesce(jsonb_agg(case
           when s.amount = 0 then private.line(s.kind, s.description, 0, s.contained)
           when s.quantity <> 0 and s.amount % s.quantity = 0 and (s.amount > 0) = (s.quantity > 0)
             then private.line(s.kind, s.description, s.quantity, s.amount / s.quantity)
           else private.line(s.kind, s.description, 1, s.amount) end order by s.place nulls first, s.kind, s.description), '[]')
    from sums as s where s.amount <> 0 or s.contained <> 0
$$;

comment on function private.delta_lines(jsonb, jsonb) is 'The lines that turn one price into another.';
revoke all on function private.delta_lines(jsonb, jsonb) from public;
grant execute on function private.delta_lines(jsonb, jsonb) to fleetflow_sys, fleetflow_fn;
-- <<< sql/functions/delta_lines.sql

-- >>> sql/functions/end_after.sql
-- What: where a rental of so many minutes ends: whole days by the wall clock of the zone, as days are priced, and the rest in real time.
--   A limit of one day lets Saturday 10:00 to Sunday 10:00 pass, whether the clocks are changed in between or not.
-- Who: rule_fault.
create or replace function private.end_after(starts timestamptz, minutes integer, time_zone text) returns timestamptz
  language sql immutable parallel safe
  set search_path = pg_catalog, public, pg_temp
as $$
  select make_interval(mins => end_after.minutes % 1440)
         + case when end_after.minutes < 1440 then end_after.starts
                else private.instant_of(end_after.starts at time zone end_after.time_zone + make_interval(days => end_after.minutes / 1440), end_after.time_zone) end
$$;

comment on function private.end_after(timestamptz, integer, text) is 'Where a rental of so many minutes ends.';
revoke all on function private.end_after(timestamptz, integer, text) from public;
grant execute on function private.end_after(timestamptz, integer, text) to fleetflow_fn, fleetflow_sys;
-- <<< sql/functions/end_after.sql

-- >>> sql/functions/end_fault.sql
-- What: which rule of a fleet the length or the end of a rental would break, as {"code", "detail"}, with the nearest end that would not; NULL for none.
--   Of a trip that is changed the minimum counts only if it gets shorter, the maximum only if it gets longer, the hours only if its end moves.
-- Who: rule_fault. Minutes as end_after counts them.
create or replace function private.end_fault(fleet public.fleets, time_zone text, starts timestamptz, ends timestamptz, was tstzrange) returns jsonb
  language plpgsql stable
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  v_change interval := (end_fault.ends - end_fault.starts) - (upper(end_fault.was) - lower(end_fault.was));
  v_first timestamptz := coalesce(private.end_after(end_fault.starts, (end_fault.fleet).min_minutes, end_fault.time_zone),
                                  end_fault.starts + interval '1 minute');
  v_last timestamptz := least(private.end_after(end_fault.starts, (end_fault.fleet).max_minutes, end_fault.time_zone),
                              end_fault.starts + make_interval(hours => 24 * 366));
  v_code text;
  v_limit integer;
begin
  if (end_fault.fleet).min_minutes is not null and end_fault.ends < v_first and (v_change is null or v_change < interval '0') then
    v_code := 'TOO_SHORT';
    v_limit := (end_fault.fleet).min_minutes;
  elsif (end_fault.fleet).max_minutes is not null and end_fault.ends > v_last and (v_change is null or v_change > interval '0') then
    v_code := 'TOO_LONG';
    v_limit := (end_fault.fleet).max_minutes;
  elsif end_fault.ends is distinct from upper(end_fault.was) and not tstzrange(end_fault.ends, end_fault.ends, '[]')
          <@ private.open_ranges((end_fault.fleet).id, end_fault.time_zone, tstzrange(end_fault.ends, end_fault.ends, '[]')) then
    v_code := 'OUTSIDE_HOURS';
  else
    return null;
  end if;
  return jsonb_build_object('code', v_code, 'detail', jsonb_strip_nulls(jsonb_build_object('field', 'endDate', 'limit', v_limit))
    || jsonb_build_object('nearest', private.iso(private.nearest_open((end_fault.fleet).id, end_fault.time_zone, end_fault.ends, v_first, v_last))));
end
$$;

comment on function private.end_fault(public.fleets, text, timestamptz, timestamptz, tstzrange) is
  'Which rule of a fleet the length or the end of a rental would break.';
revoke all on function private.end_fault(public.fleets, text, timestamptz, timestamptz, tstzrange) from public;
grant execute on function private.end_fault(public.fleets, text, timestamptz, timestamptz, tstzrange) to fleetflow_fn, fleetflow_sys;
-- <<< sql/functions/end_fault.sql

-- >>> sql/functions/enrich_refusal.sql
-- What: the detail of a refusal as callers see it, with what had to wait until the refused operation had given its locks back.
-- Who: perform, for every refusal.
create or replace function private.enrich_refusal(operation text, actor uuid, input jsonb, code text, detail jsonb) returns jsonb
  language plpgsql volatile
  set search_path = pg_catalog, public, pg_temp
as $$
begin
  if enrich_refusal.code in ('TRIP_OVERLAP', 'CLASS_FULL') then
    return private.offer_details(enrich_refusal.operation, enrich_refusal.actor, enrich_refusal.input, enrich_refusal.code, enrich_refusal.detail)
      || case when detail ? 'occurrences' then jsonb_build_object('occurrences', detail -> 'occurrences') else '{}' end;
  end if;
  if enrich_refusal.code in ('PRICE_CHANGED', 'QUOTE_EXPIRED', 'QUOTE_USED') and input ? 'carId' then
    return enrich_refusal.detail || jsonb_build_object('quote', private.fresh_quote(enrich_refusal.actor, enrich_refusal.input));
  end if;
  return enrich_refusal.detail;
end
$$;

comment on function private.enrich_refusal(text, uuid, jsonb, text, jsonb) is 'The detail of a refusal as callers see it.';
revoke all on function private.enrich_refusal(text, uuid, jsonb, text, jsonb) from public;
grant execute on function private.enrich_refusal(text, uuid, jsonb, text, jsonb) to fleetflow_fn;
-- <<< sql/functions/enrich_refusal.sql

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
  -- In one zone equal instants are equal text, so they make equal inputs of a retry.
  perform set_config('TimeZone', 'UTC', true), set_config('fleetflow.uid', v_user.id::text, true),
          set_config('fleetflow.admin', case when v_user.is_admin then 'on' else 'off' end, true);
  return v_user.id;
end
$$;

comment on function private.enter(jsonb, boolean) is 'Recognises the actor and sets the identity of this transaction.';
alter function private.enter(jsonb, boolean) owner to fleetflow_sys;
revoke all on function private.enter(jsonb, boolean) from public;
grant execute on function private.enter(jsonb, boolean) to fleetflow_fn;
-- <<< sql/functions/enter.sql

-- >>> sql/functions/entity_json.sql
-- What: a stored row as the API shows it; NULL stays NULL.
-- Who: event_of.
create or replace function private.entity_json(entity text, stored jsonb) returns jsonb
  language sql stable
  set search_path = pg_catalog, public, pg_temp
as $$
  select case when entity_json.stored is null then null
    else case entity_json.entity
      when 'trip' then private.trip_json(jsonb_populate_record(null::public.trips, entity_json.stored))
      when 'car' then private.car_json(jsonb_populate_record(null::public.cars, entity_json.stored))
      when 'review' then private.review_json(jsonb_populate_record(null::public.reviews, entity_json.stored))
    end end
$$;

comment on function private.entity_json(text, jsonb) is 'A stored row as the API shows it.';
revoke all on function private.entity_json(text, jsonb) from public;
grant execute on function private.entity_json(text, jsonb) to fleetflow_sys;
-- <<< sql/functions/entity_json.sql

-- >>> sql/functions/event_id.sql
-- What: the UUID version 7 (RFC 9562) of an event: the milliseconds of its time, then the random bits that its change was given.
--   So an event has the same id on its way as in the log, and ids ascend with time.
-- Who: event_of.
create or replace function private.event_id(random uuid, occurred_at timestamptz) returns uuid
  language sql immutable parallel safe
  set search_path = pg_catalog, public, pg_temp
as $$
  select (lpad(to_hex(floor(extract(epoch from event_id.occurred_at) * 1000)::bigint), 12, '0') || '7' || right(replace(event_id.random::text, '-', ''), 19))::uuid
$$;

comment on function private.event_id(uuid, timestamptz) is 'The id of an event.';
revoke all on function private.event_id(uuid, timestamptz) from public;
grant execute on function private.event_id(uuid, timestamptz) to fleetflow_sys;
-- <<< sql/functions/event_id.sql

-- >>> sql/functions/event_of.sql
-- What: the event that a row of the outbox stands for, as the log keeps it, without its place in the log. NULL where nothing is left to
--   tell: made and removed in one transaction, or changed back. `after` is what the API shows, `was` holds the old values of what differs.
--   A trip that moves to another car is removed there and made here, with the same id and in one transaction: the event of the new row
--   tells both, the old row tells nothing.
-- Who: the relay and trip_history, as fleetflow_sys.
create or replace function private.event_of(change public.outbox) returns public.event_log
  language plpgsql stable
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  c_derived constant text[] := '{overdue,updatedAt,version}';
  v_before jsonb := change.before;
  v_row jsonb;
  v_was jsonb;
  v_event public.event_log;
begin
  if change.entity = 'trip' and change.before is null and change.after is not null and change.version > 1 then
    select o.before into v_before
      from public.outbox as o
     where o.entity_id = change.entity_id and o.xact = change.xact and o.before is not null and o.after is null;
  elsif change.entity = 'trip' and change.after is null and exists (
    select from public.outbox as o
     where o.entity_id = change.entity_id and o.xact = change.xact and o.before is null and o.after is not null
  ) then
    return null;
  end if;
  if v_before is not distinct from change.after then
    return null;
  end if;
  v_row := coalesce(change.after, v_before);
  v_event.id := private.event_id(change.id, change.occurred_at);
  v_event.entity := change.entity;
  v_event.entity_id := change.entity_id;
  v_event.car_id := change.car_id;
  v_event.fleet_id := coalesce((v_row ->> 'fleet_id')::uuid, (select c.fleet_id from public.cars as c where c.id = change.car_id));
  v_event.type := private.event_type(change.entity, v_before, change.after);
  v_event.actor_id := change.actor_id;
  v_event.actor_role := case
    when v_event.type = 'trip.expired' then 'system'
    when change.actor_id::text in (v_row ->> 'booked_by_id', v_row ->> 'author_id') then 'renter'
    when exists (select from public.fleet_members as m where m.fleet_id = v_event.fleet_id and m.user_id = change.actor_id) then 'fleet'
    else 'system' end;
  v_event.operation := change.operation;
  v_event.version := nullif(change.version, 0);
  v_event.occurred_at := change.occurred_at;
  v_event.after := private.entity_json(change.entity, change.after);
  v_was := private.entity_json(change.entity, v_before);
  if change.after is not null and v_was is not null then
    v_was := (select coalesce(jsonb_object_agg(w.key, w.value), '{}') from jsonb_each(v_was) as w
               where w.value is distinct from v_event.after -> w.key and w.key <> all (c_derived));
  end if;
  v_event.was := v_was;
  return v_event;
end
$$;

comment on function private.event_of(public.outbox) is 'The event that a row of the outbox stands for.';
revoke all on function private.event_of(public.outbox) from public;
grant execute on function private.event_of(public.outbox) to fleetflow_sys;
-- <<< sql/functions/event_of.sql

-- >>> sql/functions/event_type.sql
-- What: the name of what happened between two states of a thing, each as a row of its table or NULL: `trip.created`, `car.updated` ...
--   A trip that changes its status is named by the status it has now, one that changes its car has moved.
-- Who: event_of.
create or replace function private.event_type(entity text, before jsonb, after jsonb) returns text
  language sql immutable parallel safe
  set search_path = pg_catalog, public, pg_temp
as $$
  select event_type.entity || '.' || case
    when before is null then 'created'
    when after is null then 'deleted'
    when entity = 'trip' and before ->> 'car_id' <> after ->> 'car_id' then 'moved'
    when entity = 'trip' and before ->> 'status' <> after ->> 'status'
      then case after ->> 'status' when 'active' then 'started' else after ->> 'status' end
    else 'updated' end
$$;

comment on function private.event_type(text, jsonb, jsonb) is 'The name of what happened to a thing.';
revoke all on function private.event_type(text, jsonb, jsonb) from public;
grant execute on function private.event_type(text, jsonb, jsonb) to fleetflow_sys;
-- <<< sql/functions/event_type.sql

-- >>> sql/functions/expire_holds.sql
-- What: writes down what time has decided about a car's trips, of all or of those that touch `during`: dead holds and requests expire and
--   no longer block the car, what is no rental is completed at its end. Nobody's doing: the change carries no user.
-- Who: lock_cars, so whoever takes a car's lock; and who books without that lock, before the insert. Runs as fleetflow_sys: the trips
--   are other people's.
create or replace function private.expire_holds(car_id uuid, during tstzrange default null) returns void
  language plpgsql volatile security definer
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  v_uid text := current_setting('fleetflow.uid', true);
  v_operation text := current_setting('fleetflow.operation', true);
begin
  if not exists (
    select from public.trips as t
     where t.car_id = expire_holds.car_id
       and (case when t.status = 'held' then t.hold_expires_at when t.status = 'requested' then t.respond_by
                 when t.purpose <> 'rental' and t.status in ('confirmed', 'active') then t.trip_end_date end) <= now()
       and (expire_holds.during is null or t.blocked && expire_holds.during))
  then
    return;
  end if;
  perform set_config('fleetflow.uid', '', true), set_config('fleetflow.operation', 'time', true);
  update public.trips as t
     set status = (private.settled(t)).status, returned_at = (private.settled(t)).returned_at
   where t.car_id = expire_holds.car_id
     and (case when t.status = 'held' then t.hold_expires_at when t.status = 'requested' then t.respond_by
                 when t.purpose <> 'rental' and t.status in ('confirmed', 'active') then t.trip_end_date end) <= now()
     and (expire_holds.during is null or t.blocked && expire_holds.during);
  perform set_config('fleetflow.uid', coalesce(v_uid, ''), true), set_config('fleetflow.operation', coalesce(v_operation, ''), true);
end
$$;

comment on function private.expire_holds(uuid, tstzrange) is 'Writes down what time has decided about a car''s trips.';
alter function private.expire_holds(uuid, tstzrange) owner to fleetflow_sys;
revoke all on function private.expire_holds(uuid, tstzrange) from public;
grant execute on function private.expire_holds(uuid, tstzrange) to fleetflow_fn;
-- <<< sql/functions/expire_holds.sql

-- >>> sql/functions/extend_overdue.sql
-- What: blocks a car whose active rental is past its end from now until it could be turned around, so that an overdue car is not bookable now.
--   Grows at most up to the next trip's lower bound, and then says that it was cut and marks that trip as at risk.
-- Who: functions that book or move a trip, under the car's lock. Runs as fleetflow_sys: the overdue trip is somebody else's.
create or replace function private.extend_overdue(car_id uuid) returns void
  language plpgsql volatile security definer
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  v_uid text := current_setting('fleetflow.uid', true);
  v_trip public.trips;
  v_until timestamptz;
  v_next timestamptz;
begin
  select t.* into v_trip
    from public.trips as t
   where t.car_id = extend_overdue.car_id and t.status = 'active' and t.purpose = 'rental' and t.trip_end_date < now();
  v_until := now() + make_interval(mins => v_trip.turnaround_minutes);
  if not found or v_until <= upper(v_trip.blocked) then
    return;
  end if;
  v_next := private.next_bound(v_trip, v_until);
  if not v_trip.cut or v_next is distinct from upper(v_trip.blocked) then
    perform set_config('fleetflow.uid', '', true);
    update public.trips as t
       set blocked = private.kept_until(v_trip, v_until, v_next), cut = coalesce(v_next <= v_until, false)
     where t.car_id = v_trip.car_id and t.id = v_trip.id;
    perform set_config('fleetflow.uid', coalesce(v_uid, ''), true);
    perform private.refresh_risk(v_trip.car_id);
  end if;
end
$$;

comment on function private.extend_overdue(uuid) is 'Blocks an overdue car until it could be turned around.';
alter function private.extend_overdue(uuid) owner to fleetflow_sys;
revoke all on function private.extend_overdue(uuid) from public;
grant execute on function private.extend_overdue(uuid) to fleetflow_fn;
-- <<< sql/functions/extend_overdue.sql

-- >>> sql/functions/find_class.sql
-- What: a car class of a fleet, each by its id or slug, under the caller's policies.
-- Who: functions that book or search a class. Raises: NOT_FOUND (field fleet or carClass: absent, or hidden from the caller).
create or replace function private.find_class(fleet text, car_class text) returns public.car_classes
  language plpgsql stable
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  v_fleet uuid := private.find_fleet(find_class.fleet);
  v_as_id uuid := case when find_class.car_class ~* '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$' then find_class.car_class::uuid end;
  v_class public.car_classes;
begin
  if v_as_id is not null then
    select cc.* into v_class from public.car_classes as cc where cc.fleet_id = v_fleet and cc.id = v_as_id;
  else
    select cc.* into v_class from public.car_classes as cc where cc.fleet_id = v_fleet and cc.slug = find_class.car_class;
  end if;
  if v_class.id is null then
    raise exception using errcode = 'FF404', message = 'NOT_FOUND', detail = jsonb_build_object('field', 'carClass');
  end if;
  return v_class;
end
$$;

comment on function private.find_class(text, text) is 'A car class of a fleet by its id or slug.';
revoke all on function private.find_class(text, text) from public;
grant execute on function private.find_class(text, text) to fleetflow_fn;
-- <<< sql/functions/find_class.sql

-- >>> sql/functions/find_trip.sql
-- What: locks the car of a trip, then the trip, and hands the trip out as it is then. `other_cars`, where the trip may go or whose trips
--   go with it, are locked in the same ascending pass.
-- Who: functions that change a trip, under the caller's policies. A trip's members who may only look get FORBIDDEN.
-- Raises: NOT_FOUND (absent, or hidden), FORBIDDEN, VERSION_MISMATCH (version); 40001 where the trip was moved to yet another car meanwhile.
-- Locks: the cars, then the trip.
create or replace function private.find_trip(trip_id uuid, version integer, other_cars uuid[] default '{}') returns public.trips
  language plpgsql volatile
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  v_car_id uuid;
  v_trip public.trips;
begin
  select t.car_id into v_car_id from public.trips as t where t.id = find_trip.trip_id;
  if not found then
    raise exception using errcode = 'FF404', message = 'NOT_FOUND', detail = jsonb_build_object('field', 'id');
  end if;
  perform private.lock_cars(find_trip.other_cars || v_car_id);
  select t.* into v_trip
    from public.trips as t
   where t.car_id = v_car_id and t.id = find_trip.trip_id
     for no key update;
  if not found then
    if not exists (select from public.trips as t where t.car_id = v_car_id and t.id = find_trip.trip_id) then
      perform private.try_again();
    end if;
    raise exception using errcode = 'FF403', message = 'FORBIDDEN';
  end if;
  if v_trip.version <> find_trip.version then
    raise exception using errcode = 'FF412', message = 'VERSION_MISMATCH', detail = jsonb_build_object('version', v_trip.version);
  end if;
  return v_trip;
end
$$;

comment on function private.find_trip(uuid, integer, uuid[]) is 'Locks a trip that is about to change.';
revoke all on function private.find_trip(uuid, integer, uuid[]) from public;
grant execute on function private.find_trip(uuid, integer, uuid[]) to fleetflow_fn;
-- <<< sql/functions/find_trip.sql

-- >>> sql/functions/fleet_rules_fault.sql
-- What: the field of the first rule that a fleet could not have, NULL for none. A member that is absent stays what it is; null takes a rule away.
-- Who: set_fleet_rules. The checks on the table `fleets` are the second line.
create or replace function private.fleet_rules_fault(rules jsonb) returns text
  language plpgsql immutable parallel safe
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  v_field text;
  v_value jsonb;
  v_fault text;
begin
  if jsonb_typeof(rules) is distinct from 'object' then
    return 'rules';
  end if;
  for v_field, v_value in select e.key, nullif(e.value, 'null') from jsonb_each(rules) as e order by e.key loop
    if v_field = 'openingHours' or v_field = 'cancellationPolicy' then
      v_fault := case v_field when 'openingHours' then private.hours_fault(v_value) else private.policy_fault(v_value) end;
      if v_fault is not null then
        return rtrim(v_field || '.' || v_fault, '.');
      end if;
    elsif v_field = 'closedDays' then
      if jsonb_typeof(v_value) <> 'array' or jsonb_array_length(v_value) > 1000 or exists (
           select from jsonb_array_elements(v_value) as d (day)
            where jsonb_typeof(d.day) <> 'string' or not private.is_day(d.day #>> '{}')) then
        return v_field;
      end if;
    elsif v_field in ('minMinutes', 'maxMinutes', 'noticeMinutes', 'horizonDays', 'maxOpenTrips') then
      if v_value is not null and (jsonb_typeof(v_value) <> 'number' or v_value #>> '{}' !~ '^(0|[1-9][0-9]{0,5})$'
           or (v_value #>> '{}')::integer not between case v_field when 'noticeMinutes' then 0 else 1 end
              and case v_field when 'horizonDays' then 3660 when 'maxOpenTrips' then 10000 else 527040 end) then
        return v_field;
      end if;
    else
      return left(v_field, 60);
    end if;
  end loop;
  return null;
end
$$;

comment on function private.fleet_rules_fault(jsonb) is 'The field of the first rule that a fleet could not have.';
revoke all on function private.fleet_rules_fault(jsonb) from public;
grant execute on function private.fleet_rules_fault(jsonb) to fleetflow_fn;
-- <<< sql/functions/fleet_rules_fault.sql

-- >>> sql/functions/follow_rate_plan.sql
-- What: lets whatever an older version of a plan priced be priced by a new version: cars, classes, the fleet.
-- Who: create_rate_plan, for an owner or manager of the fleet. Runs as fleetflow_sys, which alone may write them.
-- Locks: the cars in ascending order, then the classes, then the fleet.
create or replace function private.follow_rate_plan(plan public.rate_plans) returns void
  language plpgsql volatile security definer
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  v_older uuid[] := array(
    select p.id from public.rate_plans as p
     where p.fleet_id = (follow_rate_plan.plan).fleet_id and p.name = (follow_rate_plan.plan).name and p.id <> (follow_rate_plan.plan).id);
  v_cars uuid[] := array(
    select c.id from public.cars as c where c.fleet_id = (follow_rate_plan.plan).fleet_id and c.rate_plan_id = any (v_older));
begin
  perform private.lock_cars(v_cars);
  update public.cars as c set rate_plan_id = (follow_rate_plan.plan).id where c.id = any (v_cars) and c.rate_plan_id = any (v_older);
  update public.car_classes as cc set rate_plan_id = (follow_rate_plan.plan).id
   where cc.fleet_id = (follow_rate_plan.plan).fleet_id and cc.rate_plan_id = any (v_older);
  update public.fleets as f set rate_plan_id = (follow_rate_plan.plan).id
   where f.id = (follow_rate_plan.plan).fleet_id and f.rate_plan_id = any (v_older);
end
$$;

comment on function private.follow_rate_plan(public.rate_plans) is 'Lets what an older version priced be priced by a new one.';
alter function private.follow_rate_plan(public.rate_plans) owner to fleetflow_sys;
revoke all on function private.follow_rate_plan(public.rate_plans) from public;
grant execute on function private.follow_rate_plan(public.rate_plans) to fleetflow_fn;
-- <<< sql/functions/follow_rate_plan.sql

-- >>> sql/functions/forget_idempotency_keys.sql
-- What: lets the server's own loop remove old idempotency keys; see private.forget_keys. `batch` is 1 to 10,000.
-- Who: the server's own loop: nobody acts here, and nothing is shown.
-- Locks: the keys that it removes.
create or replace function public.forget_idempotency_keys(batch integer) returns integer
  language sql volatile security definer
  set search_path = pg_catalog, public, pg_temp
as $$
  select private.forget_keys(greatest(1, least(10000, forget_idempotency_keys.batch)))
$$;

comment on function public.forget_idempotency_keys(integer) is 'Removes old idempotency keys.';
alter function public.forget_idempotency_keys(integer) owner to fleetflow_fn;
revoke all on function public.forget_idempotency_keys(integer) from public;
grant execute on function public.forget_idempotency_keys(integer) to fleetflow_api;
-- <<< sql/functions/forget_idempotency_keys.sql

-- >>> sql/functions/forget_keys.sql
-- What: removes up to `batch` idempotency keys that are older than 7 days. Only tidies: claim_key takes such a key for a new one anyway.
--   Answers how many it removed.
-- Who: forget_idempotency_keys. Runs as fleetflow_sys: the keys are everybody's.
-- Locks: the keys that it removes; a key that somebody is just taking over is left alone.
create or replace function private.forget_keys(batch integer) returns integer
  language plpgsql volatile security definer
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  c_kept constant interval := '7 days';
  v_forgotten integer;
begin
  delete from public.idempotency_keys as k
   where k.ctid = any (array(
     select o.ctid from public.idempotency_keys as o where o.created_at < now() - c_kept
      order by o.created_at limit forget_keys.batch for update skip locked));
  get diagnostics v_forgotten = row_count;
  return v_forgotten;
end
$$;

comment on function private.forget_keys(integer) is 'Removes old idempotency keys.';
alter function private.forget_keys(integer) owner to fleetflow_sys;
revoke all on function private.forget_keys(integer) from public;
grant execute on function private.forget_keys(integer) to fleetflow_fn;
-- <<< sql/functions/forget_keys.sql

-- >>> sql/functions/free_cars.sql
-- What: the cars of a class that nothing stored keeps from a period, the best fit first: the one whose trips before and after leave the
--   least time unused, then the one with the nearer neighbour, then in any order, so that simultaneous callers do not all want the same.
--   A car with a dead hold in the way, or one that is overdue, is left out: making its past true needs its lock.
-- Who: functions that book a class. Input: startDate, endDate, lat, lng, radius. Takes no lock: what is free here may be taken when it is booked. Runs as fleetflow_sys.
create or replace function private.free_cars(car_class public.car_classes, manages boolean, input jsonb)
  returns table (car public.cars, tariff text, instant boolean)
  language sql volatile security definer
  set search_path = pg_catalog, public, pg_temp
as $$
  select k.car, k.tariff, k.instant
    from private.class_cars(free_cars.car_class, free_cars.manages, free_cars.input) as k
   cross join (select (input ->> 'startDate')::timestamptz as starts, (input ->> 'endDate')::timestamptz as ends) as p
   cross join lateral private.blocked_range(p.starts, p.ends,
     (k.car).prep_minutes, (k.car).turnaround_minutes, (k.car).back_to_back) as w (wanted)
    left join lateral (
      select lower(w.wanted) - upper(t.blocked) as gap
        from public.trips as t
       where t.car_id = (k.car).id and t.trip_start_date < p.starts
         and t.status in ('held', 'requested', 'confirmed', 'active', 'completed')
       order by t.trip_start_date desc limit 1) as b on true
    left join lateral (
      select lower(t.blocked) - upper(w.wanted) as gap
        from public.trips as t
       where t.car_id = (k.car).id and t.trip_start_date > p.starts
         and t.status in ('held', 'requested', 'confirmed', 'active', 'completed')
       order by t.trip_start_date limit 1) as a on true
   where not exists (
           select from public.trips as t
            where t.car_id = (k.car).id and t.blocked && w.wanted
              and t.status in ('held', 'requested', 'confirmed', 'active', 'completed'))
     and not exists (
           select from public.trips as t
            where t.car_id = (k.car).id and t.status = 'active' and t.trip_end_date < now()
              and tstzrange(lower(t.blocked), now() + make_interval(mins => t.turnaround_minutes), '[]') && w.wanted)
   order by b.gap + a.gap nulls last, least(b.gap, a.gap) nulls last, random()
$$;

comment on function private.free_cars(public.car_classes, boolean, jsonb) is 'The cars of a class that are free for a period, best fit first.';
alter function private.free_cars(public.car_classes, boolean, jsonb) owner to fleetflow_sys;
revoke all on function private.free_cars(public.car_classes, boolean, jsonb) from public;
grant execute on function private.free_cars(public.car_classes, boolean, jsonb) to fleetflow_fn;
-- <<< sql/functions/free_cars.sql

-- >>> sql/functions/free_ranges.sql
-- What: when a trip of this car could be: a trip fits where its start and its end lie in one of the ranges, preparation and turnaround
--   included already. Where bounds are closed a range ends before the instant that another trip has.
-- Who: windows, next_starts.
create or replace function private.free_ranges(car public.cars, during tstzrange, renter uuid default null, except_ids uuid[] default '{}')
  returns tstzmultirange
  language plpgsql stable
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  v_prep interval := make_interval(mins => car.prep_minutes);
  v_turnaround interval := make_interval(mins => car.turnaround_minutes);
begin
  return tstzmultirange(free_ranges.during) - coalesce((
    select range_agg(tstzrange(lower(b) - v_turnaround, upper(b) + v_prep,
             case when car.back_to_back then '(' else '[' end || case when upper_inc(b) then ']' else ')' end))
      from private.busy_ranges(car.id, tstzrange(lower(free_ranges.during) - v_prep, upper(free_ranges.during) + v_turnaround, '[]'),
        free_ranges.renter, free_ranges.except_ids) as b), '{}');
end
$$;

comment on function private.free_ranges(public.cars, tstzrange, uuid, uuid[]) is 'When a trip of a car could be.';
revoke all on function private.free_ranges(public.cars, tstzrange, uuid, uuid[]) from public;
grant execute on function private.free_ranges(public.cars, tstzrange, uuid, uuid[]) to fleetflow_fn, fleetflow_sys;
-- <<< sql/functions/free_ranges.sql

-- >>> sql/functions/fresh_days.sql
-- What: what `count` days from `first` cost with one length factor for all of them; each day is rounded once, half up.
-- Who: days_price, to look for a longer rental that costs less.
create or replace function private.fresh_days(tariff jsonb, first date, count integer, ppm bigint) returns bigint
  language sql immutable parallel safe
  set search_path = pg_catalog, public, pg_temp
as $$
  select sum(d.days * div(private.key_price(fresh_days.tariff, d.key) * fresh_days.ppm + 500000000000000000, 1000000000000000000))::bigint
    from (select k.key, count(*) as days
            from unnest(private.day_keys(fresh_days.tariff, fresh_days.first, fresh_days.count)) as k (key)
           group by k.key) as d
$$;

comment on function private.fresh_days(jsonb, date, integer, bigint) is 'What days cost with one length factor.';
revoke all on function private.fresh_days(jsonb, date, integer, bigint) from public;
grant execute on function private.fresh_days(jsonb, date, integer, bigint) to fleetflow_fn, fleetflow_sys;
-- <<< sql/functions/fresh_days.sql

-- >>> sql/functions/fresh_quote.sql
-- What: a quote for what was just refused because of its price; NULL where it could not be quoted either.
-- Who: enrich_refusal, for PRICE_CHANGED, QUOTE_EXPIRED and QUOTE_USED: after the refused operation was undone, so this quote is stored and
--   can be booked. Input: the operation's; without extras those of the quote that it named.
create or replace function private.fresh_quote(actor uuid, input jsonb) returns jsonb
  language plpgsql volatile
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  v_state text;
  v_extras jsonb;
begin
  if input ->> 'extras' is null then
    select q.extras into v_extras from public.quotes as q where q.car_id = (input ->> 'carId')::uuid and q.id = (input ->> 'quoteId')::uuid;
  end if;
  return private.quote_trip(fresh_quote.actor, input || jsonb_build_object('extras', coalesce(v_extras, input -> 'extras')));
exception when others then
  get stacked diagnostics v_state = returned_sqlstate;
  if v_state not like 'FF%' then
    raise;
  end if;
  return null;
end
$$;

comment on function private.fresh_quote(uuid, jsonb) is 'A quote for what was just refused because of its price.';
revoke all on function private.fresh_quote(uuid, jsonb) from public;
grant execute on function private.fresh_quote(uuid, jsonb) to fleetflow_fn;
-- <<< sql/functions/fresh_quote.sql

-- >>> sql/functions/get_fleet_rules_rpc.sql
-- What: the rules that bind the renters of a fleet (id or slug).
-- Who: any signed-in user who sees the fleet. Raises: UNAUTHENTICATED, NOT_FOUND (fleet).
create or replace function public.get_fleet_rules_rpc(fleet text, actor jsonb) returns jsonb
  language plpgsql volatile security definer
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  v_actor uuid := private.enter(get_fleet_rules_rpc.actor, false);
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

-- >>> sql/functions/get_rate_plan_rpc.sql
-- What: a version of a rate plan, whether or not it is the newest, with the ids of all versions of that name.
-- Who: owners and managers of its fleet; administrators. Raises: UNAUTHENTICATED, NOT_FOUND (absent, or not one's own), FORBIDDEN (drivers).
create or replace function public.get_rate_plan_rpc(rate_plan_id uuid, actor jsonb) returns jsonb
  language plpgsql volatile security definer
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  v_actor uuid := private.enter(get_rate_plan_rpc.actor, false);
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
-- Who: its renter and its fleet's members. Raises: UNAUTHENTICATED, NOT_FOUND (absent, or hidden).
create or replace function public.get_trip_rpc(trip_id uuid, actor jsonb) returns jsonb
  language plpgsql volatile security definer
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  v_actor uuid := private.enter(get_trip_rpc.actor, false);
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

-- >>> sql/functions/give_back.sql
-- What: takes an amount off a trip's price as a line of its own; nothing for an amount of 0.
-- Who: functions that cancel, decline or reprice a trip. The trip changes first, its lines follow.
create or replace function private.give_back(trip public.trips, amount bigint, description text, kind text default 'refund') returns void
  language sql volatile
  set search_path = pg_catalog, public, pg_temp
as $$
  select private.add_lines((give_back.trip).car_id, (give_back.trip).id, jsonb_build_array(jsonb_build_object(
           'kind', give_back.kind, 'description', give_back.description, 'quantity', 1,
           'unitAmount', -give_back.amount, 'amount', -give_back.amount)))
   where give_back.amount <> 0
$$;

comment on function private.give_back(public.trips, bigint, text, text) is 'Takes an amount off a trip''s price.';
revoke all on function private.give_back(public.trips, bigint, text, text) from public;
grant execute on function private.give_back(public.trips, bigint, text, text) to fleetflow_fn;
-- <<< sql/functions/give_back.sql

-- >>> sql/functions/granted_runs.sql
-- What: runs of {"from", "count", "tier"}: the length tier of each of `days` days from `first`, kept or, for a new day, `tier`.
-- Who: days_price; private.kept_tiers reads them back.
create or replace function private.granted_runs(first date, days integer, kept integer[], tier integer) returns jsonb
  language plpgsql immutable parallel safe
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  v_runs jsonb := '[]';
  v_from integer := 1;
begin
  for i in 1 .. granted_runs.days loop
    continue when i < granted_runs.days
      and coalesce(granted_runs.kept[i], granted_runs.tier) = coalesce(granted_runs.kept[i + 1], granted_runs.tier);
    v_runs := v_runs || jsonb_build_object('from', granted_runs.first + v_from - 1, 'count', i - v_from + 1,
      'tier', coalesce(granted_runs.kept[i], granted_runs.tier));
    v_from := i + 1;
  end loop;
  return v_runs;
end
$$;

comment on function private.granted_runs(date, integer, integer[], integer) is 'The length tier of each day, as runs.';
revoke all on function private.granted_runs(date, integer, integer[], integer) from public;
grant execute on function private.granted_runs(date, integer, integer[], integer) to fleetflow_fn, fleetflow_sys;
-- <<< sql/functions/granted_runs.sql

-- >>> sql/functions/guard_log.sql
-- What: refuses to change, remove or empty what the event log holds, whatever somebody's rights.
-- Who: the triggers on event_log.
create or replace function private.guard_log() returns trigger
  language plpgsql volatile
  set search_path = pg_catalog, public, pg_temp
as $$
begin
  raise exception using errcode = 'insufficient_privilege', message = 'the event log is only ever added to';
end
$$;

comment on function private.guard_log() is 'Refuses every change of the event log but adding to it.';
revoke all on function private.guard_log() from public;
-- <<< sql/functions/guard_log.sql

-- >>> sql/functions/guard_rate_plan.sql
-- What: refuses to change or delete a version of a rate plan or its seasons, and to add a season once the version's transaction is over:
--   every past price can be computed again.
-- Who: the triggers on rate_plans and rate_plan_seasons, whoever writes.
create or replace function private.guard_rate_plan() returns trigger
  language plpgsql volatile
  set search_path = pg_catalog, public, pg_temp
as $$
begin
  if tg_op = 'INSERT' then
    if exists (select from public.rate_plans as p where p.id = new.rate_plan_id and p.created_at = now()) then
      return new;
    end if;
  end if;
  raise exception using errcode = 'insufficient_privilege', message = 'versions of rate plans are never changed: make a new one';
end
$$;

comment on function private.guard_rate_plan() is 'Refuses to change a version of a rate plan.';
revoke all on function private.guard_rate_plan() from public;
-- <<< sql/functions/guard_rate_plan.sql

-- >>> sql/functions/hold_plan.sql
-- What: locks the cars of a plan of moves, then the people in it, and says whether the plan is still true: its cars still stand in for each
--   other, and its trips are on them and may be moved.
-- Who: book_with_moves. Runs as fleetflow_sys: trips are other people's. Locks: the cars ascending, then the renter and all drivers ascending.
create or replace function private.hold_plan(car_class public.car_classes, manages boolean, plan jsonb, people uuid[]) returns boolean
  language plpgsql volatile security definer
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  v_cars uuid[] := array(select distinct c::uuid from jsonb_array_elements_text(plan -> 'cars') as c);
  v_trips uuid[] := array(select (m ->> 'tripId')::uuid from jsonb_array_elements(plan -> 'moves') as m);
  v_people uuid[];
  v_still integer;
begin
  perform private.lock_cars(v_cars);
  perform private.extend_overdue(c) from unnest(v_cars) as c;
  select count(*), array_agg(t.driver_id) into v_still, v_people
    from unnest(v_cars) as c (id)
    join public.trips as t on t.car_id = c.id and t.id = any (v_trips)
   where private.may_be_moved(t);
  perform private.lock_users(hold_plan.people || v_people);
  return v_still = cardinality(v_trips) and cardinality(v_cars) = (
    select count(*) from private.class_cars(hold_plan.car_class, hold_plan.manages, '{}') as k where k.instant and (k.car).id = any (v_cars));
end
$$;

comment on function private.hold_plan(public.car_classes, boolean, jsonb, uuid[]) is 'Locks what a plan of moves needs and says whether it still holds.';
alter function private.hold_plan(public.car_classes, boolean, jsonb, uuid[]) owner to fleetflow_sys;
revoke all on function private.hold_plan(public.car_classes, boolean, jsonb, uuid[]) from public;
grant execute on function private.hold_plan(public.car_classes, boolean, jsonb, uuid[]) to fleetflow_fn;
-- <<< sql/functions/hold_plan.sql

-- >>> sql/functions/hold_trip.sql
-- What: keeps a car for somebody who is about to book it, at today's price, for some minutes; then it is free again, whoever notices first.
-- Who: perform, for hold_trip_rpc. Input: carId, userId, startDate, endDate, minutes, quoteId, extras, driverId.
-- Raises: BAD_INPUT, NOT_FOUND (field carId, userId, driverId or quoteId), FORBIDDEN, TOO_SOON (earliest), TOO_LONG (limit, nearest),
--   TOO_SHORT (limit, nearest), TOO_FAR (latest), OUTSIDE_HOURS (nearest), QUOTA_EXCEEDED (limit), NOT_PRICED, PRICE_CHANGED, QUOTE_EXPIRED,
--   QUOTE_USED (each with totalCost, currency or a fresh quote), TRIP_OVERLAP (conflicts, nextFree), DRIVER_BUSY (windows).
-- Locks: the car, the renter and the driver, the quote.
create or replace function private.hold_trip(actor uuid, input jsonb) returns jsonb
  language plpgsql volatile
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  v_car public.cars := private.bookable_car(hold_trip.actor, input);
  v_renter uuid := coalesce((input ->> 'userId')::uuid, hold_trip.actor);
  v_start timestamptz := (input ->> 'startDate')::timestamptz;
  v_end timestamptz := (input ->> 'endDate')::timestamptz;
  v_minutes integer := (input ->> 'minutes')::integer;
  v_manages boolean := v_car.fleet_id in (select private.my_fleets('{owner,manager}'));
  v_id uuid := private.uuid_v7();
  v_priced jsonb;
  v_trip public.trips;
begin
  if v_minutes not between 1 and 30 then
    raise exception using errcode = 'FF400', message = 'BAD_INPUT', detail = jsonb_build_object('field', 'minutes');
  end if;
  v_car := private.take_car(v_car.id);
  if not v_manages and not v_car.instant_booking then
    perform private.respond_by(v_start);
  end if;
  perform private.lock_users(array[v_renter, (input ->> 'driverId')::uuid]);
  perform private.check_rules(v_car, v_renter, 'rental', v_start, v_end, v_manages);
  if not v_manages then
    perform private.check_holds(v_renter);
  end if;
  v_priced := private.agree_price(v_car, v_renter, v_start, v_end, input, v_id);
  v_trip := private.book_trip(v_car, v_renter, 'rental', 'held', v_start, v_end, v_priced, jsonb_build_object(
    'id', v_id, 'extras', v_priced -> 'extras', 'driverId', input -> 'driverId', 'holdExpiresAt', now() + make_interval(mins => v_minutes)));
  if v_trip.id is null then
    perform private.refuse_overlap(v_car.id, v_start, v_end, v_car.prep_minutes, v_car.turnaround_minutes, v_car.back_to_back);
  end if;
  return private.trip_json(v_trip);
end
$$;

comment on function private.hold_trip(uuid, jsonb) is 'Keeps a car for somebody who is about to book it.';
revoke all on function private.hold_trip(uuid, jsonb) from public;
grant execute on function private.hold_trip(uuid, jsonb) to fleetflow_fn;
-- <<< sql/functions/hold_trip.sql

-- >>> sql/functions/hold_trip_rpc.sql
-- What: keeps a car for 1 to 30 minutes for somebody who is about to book it. One statement.
-- Who: any signed-in user for themselves, at most three at a time; owners and managers of the car's fleet for any renter.
-- Raises: UNAUTHENTICATED. Answers perform's outcome of private.hold_trip.
create or replace function public.hold_trip_rpc(
  car_id uuid, user_id uuid, start_date timestamptz, end_date timestamptz, actor jsonb, minutes integer default 10,
  max_total bigint default null, quote_id uuid default null, extras jsonb default null, driver_id uuid default null,
  idempotency_key text default null, alternatives integer default 0
) returns jsonb
  language plpgsql volatile security definer
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  v_actor uuid := private.enter(hold_trip_rpc.actor, true);
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

-- >>> sql/functions/hours_fault.sql
-- What: what is wrong with opening hours: the path of the first fault (`mon.0.1`, empty for the whole), NULL for none.
--   {"mon": [["08:00", "12:00"], ["22:00", "02:00"]], ...}: days mon to sun, up to 10 ranges a day, ascending and apart; `24:00` may end a range;
--   the last one of a day may run past midnight. A day that is absent is closed, and at least one is not.
-- Who: set_fleet_rules and the check on fleets.
create or replace function private.hours_fault(hours jsonb) returns text
  language plpgsql immutable parallel safe
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  v_day text;
  v_ranges jsonb;
  v_range jsonb;
  v_place integer;
  v_before text;
begin
  if hours is null then
    return null;
  elsif jsonb_typeof(hours) <> 'object' then
    return '';
  end if;
  for v_day, v_ranges in select e.key, e.value from jsonb_each(hours) as e order by e.key loop
    if v_day not in ('mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun') or jsonb_typeof(v_ranges) <> 'array' or jsonb_array_length(v_ranges) > 10 then
      return v_day;
    end if;
    v_before := '';
    for v_range, v_place in select r.range, r.place - 1 from jsonb_array_elements(v_ranges) with ordinality as r (range, place) loop
      if jsonb_typeof(v_range) <> 'array' or jsonb_array_length(v_range) <> 2 then
        return v_day || '.' || v_place;
      elsif jsonb_typeof(v_range -> 0) <> 'string' or v_range ->> 0 !~ '^([01][0-9]|2[0-3]):[0-5][0-9]$' or v_range ->> 0 <= v_before then
        return v_day || '.' || v_place || '.0';
      elsif jsonb_typeof(v_range -> 1) <> 'string' or v_range ->> 1 !~ '^(([01][0-9]|2[0-3]):[0-5][0-9]|24:00)$' or v_range ->> 0 = v_range ->> 1
         or (v_range ->> 1 < v_range ->> 0 and v_place < jsonb_array_length(v_ranges) - 1) then
        return v_day || '.' || v_place || '.1';
      end if;
      v_before := v_range ->> 1;
    end loop;
  end loop;
  return case when not exists (select from jsonb_each(hours) as e where jsonb_array_length(e.value) > 0) then '' end;
end
$$;

comment on function private.hours_fault(jsonb) is 'What is wrong with opening hours, NULL when nothing is.';
revoke all on function private.hours_fault(jsonb) from public;
grant execute on function private.hours_fault(jsonb) to fleetflow_fn, fleetflow_sys;
-- <<< sql/functions/hours_fault.sql

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
  perform set_config('fleetflow.operation', 'trips.import', true);
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
-- Who: rental_units. PostgreSQL itself reads a time that comes twice as the second one.
create or replace function private.instant_of(wall timestamp, time_zone text) returns timestamptz
  language plpgsql immutable parallel safe
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  v_later timestamptz := instant_of.wall at time zone instant_of.time_zone;
  v_earlier timestamptz := v_later - (((v_later - interval '24 hours') at time zone instant_of.time_zone + interval '24 hours')
                                      - v_later at time zone instant_of.time_zone);
begin
  return case when v_earlier at time zone instant_of.time_zone = instant_of.wall then v_earlier else v_later end;
end
$$;

comment on function private.instant_of(timestamp, text) is 'The first instant at which a zone''s clocks show a local time.';
revoke all on function private.instant_of(timestamp, text) from public;
grant execute on function private.instant_of(timestamp, text) to fleetflow_fn, fleetflow_sys;
-- <<< sql/functions/instant_of.sql

-- >>> sql/functions/is_crowded.sql
-- What: whether at some instant of a period every one of some cars is on a trip. Then no exchange of cars can make room for one more,
--   however long.
-- Who: plan_moves, before it tries any. Runs as fleetflow_sys: trips are other people's.
create or replace function private.is_crowded(car_ids uuid[], starts timestamptz, ends timestamptz) returns boolean
  language sql stable
  set search_path = pg_catalog, public, pg_temp
as $$
  select not isempty(range_intersect_agg(c.busy))
    from (
      select coalesce(range_agg(tstzrange(s.starts, s.ends)) filter (where s.trip_id is not null) * tstzmultirange(tstzrange(is_crowded.starts, is_crowded.ends)), '{}') as busy
        from unnest(is_crowded.car_ids) as car (id)
        left join private.class_schedule(is_crowded.car_ids, tstzrange(is_crowded.starts, is_crowded.ends)) as s on s.car_id = car.id
       group by car.id
    ) as c
$$;

comment on function private.is_crowded(uuid[], timestamptz, timestamptz) is 'Whether at some instant every one of some cars is on a trip.';
revoke all on function private.is_crowded(uuid[], timestamptz, timestamptz) from public;
grant execute on function private.is_crowded(uuid[], timestamptz, timestamptz) to fleetflow_sys;
-- <<< sql/functions/is_crowded.sql

-- >>> sql/functions/is_day.sql
-- What: whether a text is a day of the calendar, `2027-02-28`, in the years 1900 to 9998.
-- Who: fleet_rules_fault.
create or replace function private.is_day(day text) returns boolean
  language sql immutable parallel safe
  set search_path = pg_catalog, public, pg_temp
as $$
  select case when is_day.day ~ '^(19|[2-9][0-9])[0-9]{2}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])$' and is_day.day < '9999'
    then right(is_day.day, 2)::integer
         <= extract(day from make_date(left(is_day.day, 4)::integer, substr(is_day.day, 6, 2)::integer, 1) + interval '1 month' - interval '1 day')
    else false end
$$;

comment on function private.is_day(text) is 'Whether a text is a day of the calendar.';
revoke all on function private.is_day(text) from public;
grant execute on function private.is_day(text) to fleetflow_fn;
-- <<< sql/functions/is_day.sql

-- >>> sql/functions/is_free.sql
-- What: whether a car could take a period, as far as one can see without its lock: nothing that occupies it is in the way. Holds and
--   requests whose time is over are not, and a trip that should have ended is, until the car could be turned around.
-- Who: functions that plan. Only the constraint decides. Runs as fleetflow_sys and answers without identities.
create or replace function private.is_free(car public.cars, starts timestamptz, ends timestamptz) returns boolean
  language sql stable security definer
  set search_path = pg_catalog, public, pg_temp
as $$
  select not exists (select from private.trips_in_the_way(is_free.car, is_free.starts, is_free.ends))
$$;

comment on function private.is_free(public.cars, timestamptz, timestamptz) is 'Whether a car could take a period.';
alter function private.is_free(public.cars, timestamptz, timestamptz) owner to fleetflow_sys;
revoke all on function private.is_free(public.cars, timestamptz, timestamptz) from public;
-- <<< sql/functions/is_free.sql

-- >>> sql/functions/iso.sql
-- What: an instant as ISO 8601 text in UTC, `2026-01-01T10:00:00.000Z`; six digits only where there are microseconds.
-- Who: everything that answers JSON.
create or replace function private.iso(instant timestamptz) returns text
  language plpgsql immutable parallel safe
  set search_path = pg_catalog, public, pg_temp
as $$
begin
  return regexp_replace(to_char(iso.instant at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'), '000Z$', 'Z');
end
$$;

comment on function private.iso(timestamptz) is 'An instant as ISO 8601 text in UTC.';
revoke all on function private.iso(timestamptz) from public;
grant execute on function private.iso(timestamptz) to fleetflow_fn, fleetflow_sys;
-- <<< sql/functions/iso.sql

-- >>> sql/functions/keep_fee.sql
-- What: makes a trip cost at least what its renter would have lost by cancelling when they changed it (keptFee of the policy that the trip
--   remembers), as a line of its own beside the price; a change that makes it dearer again takes the line back.
-- Who: modify_trip, after the lines of the new price.
create or replace function private.keep_fee(trip public.trips) returns void
  language sql volatile
  set search_path = pg_catalog, public, pg_temp
as $$
  select private.add_lines((keep_fee.trip).car_id, (keep_fee.trip).id,
           jsonb_build_array(private.line('cancellation', 'Kept by the cancellation policy', 1, d.owed::bigint)))
    from (
      select greatest(((keep_fee.trip).policy ->> 'keptFee')::bigint - coalesce(sum(l.amount) filter (where l.kind <> 'cancellation'), 0), 0)
           - coalesce(sum(l.amount) filter (where l.kind = 'cancellation'), 0) as owed
        from public.trip_lines as l
       where l.car_id = (keep_fee.trip).car_id and l.trip_id = (keep_fee.trip).id) as d
   where (keep_fee.trip).policy ? 'keptFee' and d.owed <> 0
$$;

comment on function private.keep_fee(public.trips) is 'Keeps what a renter would have lost by cancelling.';
revoke all on function private.keep_fee(public.trips) from public;
grant execute on function private.keep_fee(public.trips) to fleetflow_fn;
-- <<< sql/functions/keep_fee.sql

-- >>> sql/functions/kept_tiers.sql
-- What: for each of `days` local days from `first`, the length tier that it was granted before; NULL for a new day, and altogether where nothing is kept.
-- Who: days_price; `kept` are runs of {"from", "count", "tier"}.
create or replace function private.kept_tiers(first date, days integer, kept jsonb) returns integer[]
  language plpgsql immutable parallel safe
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  v_tiers integer[];
  v_run jsonb;
  v_from integer;
begin
  if coalesce(jsonb_array_length(kept_tiers.kept), 0) = 0 then
    return null;
  end if;
  v_tiers := array_fill(null::integer, array[kept_tiers.days]);
  for v_run in select r from jsonb_array_elements(kept_tiers.kept) as r loop
    v_from := (v_run ->> 'from')::date - kept_tiers.first + 1;
    for i in greatest(1, v_from) .. least(kept_tiers.days, v_from + (v_run ->> 'count')::integer - 1) loop
      v_tiers[i] := (v_run ->> 'tier')::integer;
    end loop;
  end loop;
  return v_tiers;
end
$$;

comment on function private.kept_tiers(date, integer, jsonb) is 'The length tier that each day was granted before.';
revoke all on function private.kept_tiers(date, integer, jsonb) from public;
grant execute on function private.kept_tiers(date, integer, jsonb) to fleetflow_fn, fleetflow_sys;
-- <<< sql/functions/kept_tiers.sql

-- >>> sql/functions/kept_until.sql
-- What: the range for which a trip takes its car when it is kept until `until`: no further than the next trip, and then open at its end
--   (`cut` on the trip says so).
-- Who: functions that grow or shrink a trip, with what private.next_bound answered.
create or replace function private.kept_until(trip public.trips, until timestamptz, next_bound timestamptz) returns tstzrange
  language sql immutable parallel safe
  set search_path = pg_catalog, public, pg_temp
as $$
  select case when kept_until.next_bound <= kept_until.until then tstzrange(lower((kept_until.trip).blocked), kept_until.next_bound, '[)')
              else tstzrange(lower((kept_until.trip).blocked), kept_until.until,
                             case when (kept_until.trip).back_to_back then '[)' else '[]' end) end
$$;

comment on function private.kept_until(public.trips, timestamptz, timestamptz) is 'What a trip takes of its car when it is kept until then.';
revoke all on function private.kept_until(public.trips, timestamptz, timestamptz) from public;
grant execute on function private.kept_until(public.trips, timestamptz, timestamptz) to fleetflow_fn, fleetflow_sys;
-- <<< sql/functions/kept_until.sql

-- >>> sql/functions/key_price.sql
-- What: the exact price of a day in 10^-12 minor units: base rate, then the season's own rate or factor, then the weekday's factor.
-- Who: days_price, fresh_days; `key` as private.day_keys makes it.
create or replace function private.key_price(tariff jsonb, key integer) returns numeric
  language plpgsql immutable parallel safe
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  v_season jsonb := case when key_price.key >= 8 then key_price.tariff -> 'seasons' -> (key_price.key / 8 - 1) end;
  v_price numeric := coalesce(v_season ->> 'dayRate', key_price.tariff ->> 'dayRate')::numeric * coalesce((v_season ->> 'ppm')::numeric, 1000000);
begin
  if key_price.key % 8 = 0 then
    return v_price * 1000000;
  end if;
  return v_price * (key_price.tariff -> 'weekdays' ->> (key_price.key % 8 - 1))::numeric;
end
$$;

comment on function private.key_price(jsonb, integer) is 'The exact price of a day.';
revoke all on function private.key_price(jsonb, integer) from public;
grant execute on function private.key_price(jsonb, integer) to fleetflow_fn, fleetflow_sys;
-- <<< sql/functions/key_price.sql

-- >>> sql/functions/line.sql
-- What: a line of a price; its amount is its quantity times its unit. Who: everything that prices.
create or replace function private.line(kind text, description text, quantity bigint, unit_amount bigint) returns jsonb
  language plpgsql immutable parallel safe
  set search_path = pg_catalog, public, pg_temp
as $$
begin
  return jsonb_build_object('kind', line.kind, 'description', line.description, 'quantity', line.quantity,
    'unitAmount', line.unit_amount, 'amount', line.quantity * line.unit_amount);
end
$$;

comment on function private.line(text, text, bigint, bigint) is 'A line of a price.';
revoke all on function private.line(text, text, bigint, bigint) from public;
grant execute on function private.line(text, text, bigint, bigint) to fleetflow_fn, fleetflow_sys;
-- <<< sql/functions/line.sql

-- >>> sql/functions/list_in_the_way.sql
-- What: the trips in the way of a block as its rehearsal lists them, each with the car that `targets` ({"<trip id>": "<car id>"}) has for it.
-- Who: block_car and plan_block. Runs as fleetflow_sys, for a fleet that the caller manages.
create or replace function private.list_in_the_way(car public.cars, starts timestamptz, ends timestamptz, targets jsonb) returns jsonb
  language sql stable security definer
  set search_path = pg_catalog, public, pg_temp
as $$
  select coalesce(jsonb_agg(jsonb_build_object('tripId', t.id, 'version', t.version, 'status', t.status, 'purpose', t.purpose,
           'startDate', private.iso(t.trip_start_date), 'endDate', private.iso(t.trip_end_date), 'pinned', t.pinned,
           'targetCarId', list_in_the_way.targets ->> t.id::text) order by t.trip_start_date), '[]')
    from private.trips_in_the_way(list_in_the_way.car, list_in_the_way.starts, list_in_the_way.ends) as t
$$;

comment on function private.list_in_the_way(public.cars, timestamptz, timestamptz, jsonb) is 'The trips in the way of a block.';
alter function private.list_in_the_way(public.cars, timestamptz, timestamptz, jsonb) owner to fleetflow_sys;
revoke all on function private.list_in_the_way(public.cars, timestamptz, timestamptz, jsonb) from public;
grant execute on function private.list_in_the_way(public.cars, timestamptz, timestamptz, jsonb) to fleetflow_fn;
-- <<< sql/functions/list_in_the_way.sql

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
  v_actor uuid := private.enter(list_rate_plans_rpc.actor, false);
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

-- >>> sql/functions/list_trip_history_rpc.sql
-- What: who changed what of a trip from what to what, oldest first: what the event log holds, and what is on its way there.
-- Who: the trip's renter and its fleet's members. Raises: UNAUTHENTICATED, NOT_FOUND (absent, or hidden), BAD_INPUT (limit, cursor).
create or replace function public.list_trip_history_rpc(
  trip_id uuid, actor jsonb, page_limit integer default 20, page_cursor text default null
) returns jsonb
  language plpgsql volatile security definer
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  v_actor uuid := private.enter(list_trip_history_rpc.actor, false);
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
-- Raises: UNAUTHENTICATED, NOT_FOUND (fleet hidden or not one's own), BAD_INPUT (limit, cursor).
create or replace function public.list_trips_rpc(
  actor jsonb, fleet text default null, car_id uuid default null, status text default null,
  page_limit integer default 20, page_cursor text default null
) returns jsonb
  language plpgsql volatile security definer
  set search_path = pg_catalog, public, pg_temp
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
-- Raises: UNAUTHENTICATED, NOT_FOUND (carId, fleet), BAD_INPUT (carId, minMinutes, limit, cursor, period),
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
  v_actor uuid := private.enter(list_windows_rpc.actor, false);
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

-- >>> sql/functions/local_starts.sql
-- What: the local times at which the occurrences of a series begin: 1 to 200 texts like 2027-05-03T10:00, each later than the one before.
-- Who: create_trip_series. Raises: BAD_INPUT (field rrule; reason NO_OCCURRENCES, TOO_MANY, NOT_ASCENDING or BAD_OCCURRENCE).
create or replace function private.local_starts(given jsonb) returns timestamp[]
  language plpgsql immutable
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  v_fault text;
begin
  v_fault := case
    when jsonb_typeof(given) is distinct from 'array' then 'BAD_OCCURRENCE'
    when jsonb_array_length(given) = 0 then 'NO_OCCURRENCES'
    when jsonb_array_length(given) > 200 then 'TOO_MANY'
    when exists (select from jsonb_array_elements(given) as e (start)
                  where jsonb_typeof(e.start) <> 'string' or not private.is_day(left(e.start #>> '{}', 10))
                     or substr(e.start #>> '{}', 11) !~ '^T([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9])?$') then 'BAD_OCCURRENCE' end;
  if v_fault is null and exists (
       select from (select e.start::timestamp as wall, lag(e.start::timestamp) over (order by e.place) as before
                      from jsonb_array_elements_text(given) with ordinality as e (start, place)) as s where s.wall <= s.before) then
    v_fault := 'NOT_ASCENDING';
  end if;
  if v_fault is not null then
    raise exception using errcode = 'FF400', message = 'BAD_INPUT', detail = jsonb_build_object('field', 'rrule', 'reason', v_fault);
  end if;
  return array(select e.start::timestamp from jsonb_array_elements_text(given) with ordinality as e (start, place) order by e.place);
end
$$;

comment on function private.local_starts(jsonb) is 'The local times at which the occurrences of a series begin.';
revoke all on function private.local_starts(jsonb) from public;
grant execute on function private.local_starts(jsonb) to fleetflow_fn;
-- <<< sql/functions/local_starts.sql

-- >>> sql/functions/lock_cars.sql
-- What: takes the row lock under which a car's trips are written, several cars in ascending order of id, and then writes down what time has
--   decided about them, so that whoever holds the lock never meets a dead hold.
-- Who: every function that writes a trip, before any insert or update. Answers how many cars it locked.
-- Runs as fleetflow_sys: a renter may not update a car, and `for no key update` under row level security asks for that right.
create or replace function private.lock_cars(car_ids uuid[]) returns integer
  language plpgsql volatile security definer
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  v_locked uuid[];
begin
  select array_agg(locked.id order by locked.id) into v_locked
    from (select c.id from public.cars as c where c.id = any (lock_cars.car_ids) order by c.id for no key update) as locked;
  perform private.expire_holds(l.id) from unnest(v_locked) as l (id);
  return coalesce(cardinality(v_locked), 0);
end
$$;

comment on function private.lock_cars(uuid[]) is 'Locks cars in ascending order; every write on a trip starts here.';
alter function private.lock_cars(uuid[]) owner to fleetflow_sys;
revoke all on function private.lock_cars(uuid[]) from public;
grant execute on function private.lock_cars(uuid[]) to fleetflow_fn;
-- <<< sql/functions/lock_cars.sql

-- >>> sql/functions/lock_users.sql
-- What: takes the row locks of people whose trips or limits are about to change, in ascending order of id. NULLs are ignored.
-- Who: every function that names a driver or counts a renter's trips: one call for all of them, after the cars and before the quotes.
--   Answers how many it locked. Runs as fleetflow_sys: people do not see each other. Locks: the users.
create or replace function private.lock_users(user_ids uuid[]) returns integer
  language plpgsql volatile security definer
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  v_locked integer;
begin
  select count(*) into v_locked
    from (select from public.users as u where u.id = any (lock_users.user_ids) order by u.id for no key update) as locked;
  return v_locked;
end
$$;

comment on function private.lock_users(uuid[]) is 'Locks people in ascending order, after cars and before quotes.';
alter function private.lock_users(uuid[]) owner to fleetflow_sys;
revoke all on function private.lock_users(uuid[]) from public;
grant execute on function private.lock_users(uuid[]) to fleetflow_fn;
-- <<< sql/functions/lock_users.sql

-- >>> sql/functions/managed_fleet.sql
-- What: a fleet, by its id or slug, for somebody who sets its prices.
-- Who: functions about rate plans, for owners and managers; with `reads` for administrators too.
-- Raises: NOT_FOUND (field fleet: absent, or not one's own), FORBIDDEN (drivers; administrators who would write).
create or replace function private.managed_fleet(fleet text, reads boolean default false) returns uuid
  language plpgsql stable
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  v_fleet uuid := private.find_fleet(managed_fleet.fleet);
begin
  if v_fleet in (select private.my_fleets('{owner,manager}')) or managed_fleet.reads and private.is_admin() then
    return v_fleet;
  end if;
  if v_fleet in (select private.my_fleets()) or private.is_admin() then
    raise exception using errcode = 'FF403', message = 'FORBIDDEN';
  end if;
  raise exception using errcode = 'FF404', message = 'NOT_FOUND', detail = jsonb_build_object('field', 'fleet');
end
$$;

comment on function private.managed_fleet(text, boolean) is 'A fleet for somebody who sets its prices.';
revoke all on function private.managed_fleet(text, boolean) from public;
grant execute on function private.managed_fleet(text, boolean) to fleetflow_fn;
-- <<< sql/functions/managed_fleet.sql

-- >>> sql/functions/may_be_moved.sql
-- What: whether a trip may be moved to another car of its class to make room: booked as any car of the class (not pinned), confirmed,
--   and more than 2 hours before its start.
-- Who: functions that book a class.
create or replace function private.may_be_moved(trip public.trips) returns boolean
  language sql stable parallel safe
  set search_path = pg_catalog, public, pg_temp
as $$
  select not (may_be_moved.trip).pinned and (may_be_moved.trip).status = 'confirmed'
     and (may_be_moved.trip).trip_start_date >= now() + interval '2 hours'
$$;

comment on function private.may_be_moved(public.trips) is 'Whether a trip may be moved to another car of its class.';
revoke all on function private.may_be_moved(public.trips) from public;
grant execute on function private.may_be_moved(public.trips) to fleetflow_fn, fleetflow_sys;
-- <<< sql/functions/may_be_moved.sql

-- >>> sql/functions/metres_between.sql
-- What: the great-circle distance between two places in whole metres, on a ball of the Earth's mean radius (haversine).
-- Who: searches.
create or replace function private.metres_between(
  lat_microdegrees integer, lng_microdegrees integer, other_lat_microdegrees integer, other_lng_microdegrees integer
) returns integer
  language plpgsql immutable strict parallel safe
  set search_path = pg_catalog, public, pg_temp
as $$
begin
  return round(2 * 6371008.771 * asin(least(1, sqrt(
      power(sind((other_lat_microdegrees::float8 - lat_microdegrees) / 2e6), 2)
    + cosd(lat_microdegrees / 1e6::float8) * cosd(other_lat_microdegrees / 1e6::float8)
      * power(sind((other_lng_microdegrees::float8 - lng_microdegrees) / 2e6), 2)))))::integer;
end
$$;

comment on function private.metres_between(integer, integer, integer, integer) is 'The great-circle distance between two places in metres.';
revoke all on function private.metres_between(integer, integer, integer, integer) from public;
grant execute on function private.metres_between(integer, integer, integer, integer) to fleetflow_fn, fleetflow_sys;
-- <<< sql/functions/metres_between.sql

-- >>> sql/functions/minute_after.sql
-- What: the first whole minute of a range.
-- Who: next_starts. NULL where the range ends before.
create or replace function private.minute_after(during tstzrange) returns timestamptz
  language plpgsql immutable strict parallel safe
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  v_first timestamptz := date_trunc('minute', lower(during));
begin
  if not v_first <@ during then
    v_first := v_first + interval '1 minute';
  end if;
  return case when v_first <@ during then v_first end;
end
$$;

comment on function private.minute_after(tstzrange) is 'The first whole minute of a range.';
revoke all on function private.minute_after(tstzrange) from public;
grant execute on function private.minute_after(tstzrange) to fleetflow_fn, fleetflow_sys;
-- <<< sql/functions/minute_after.sql

-- >>> sql/functions/modify_trip.sql
-- What: changes a trip's times, car, extras or driver; a rental is priced again by the rates of its booking, the
--   differences are new lines. A trip that gets another car keeps its rates, unless the fleet asks for the new car's with `reprice`.
-- Who: perform, for modify_trip_rpc. Input: id, startDate, endDate, version, carId, extras, driverId, dropDriver, reprice.
-- Raises: NOT_FOUND (the trip, or field carId, driverId), FORBIDDEN, VERSION_MISMATCH (version), INVALID_STATE (from, operation, allowed),
--   BAD_INPUT, TOO_SOON (earliest), TOO_LONG and TOO_SHORT (limit, nearest), TOO_FAR (latest), OUTSIDE_HOURS (nearest),
--   NOT_PRICED (reprice), TRIP_OVERLAP (conflicts, nextFree), DRIVER_BUSY (windows).
-- Locks: the car (both, ascending, when it changes), the trip, then the driver.
create or replace function private.modify_trip(actor uuid, input jsonb) returns jsonb
  language plpgsql volatile
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  v_trip public.trips := private.find_trip((input ->> 'id')::uuid, (input ->> 'version')::integer, array_remove(array[(input ->> 'carId')::uuid], null));
  v_start timestamptz := coalesce((input ->> 'startDate')::timestamptz, v_trip.trip_start_date);
  v_end timestamptz := coalesce((input ->> 'endDate')::timestamptz, v_trip.trip_end_date);
  v_to uuid := coalesce((input ->> 'carId')::uuid, v_trip.car_id);
  v_driver uuid := case when not (input ->> 'dropDriver')::boolean then coalesce((input ->> 'driverId')::uuid, v_trip.driver_id) end;
  v_from constant uuid := v_trip.car_id;
  v_moved constant boolean := (v_start, v_end) <> (v_trip.trip_start_date, v_trip.trip_end_date);
  v_reprice boolean := (input ->> 'reprice')::boolean;
  v_manages boolean := v_trip.fleet_id in (select private.my_fleets('{owner,manager}'));
  v_car public.cars := private.car_of(v_to);
  v_policy jsonb := v_trip.policy;
  v_kept bigint;
  v_priced jsonb;
begin
  perform private.check_modify(v_trip, v_start, v_end, v_car, v_manages, input);
  if v_driver is distinct from v_trip.driver_id then
    perform private.check_driver(v_trip.fleet_id, v_trip.booked_by_id, v_driver, v_manages);
  end if;
  perform private.lock_users(array[v_trip.driver_id, v_driver]);
  v_priced := private.reprice_lines(v_trip, case when v_reprice then v_car end, v_start, v_end, nullif(input -> 'extras', 'null'));

  -- Nobody evades the fee of a cancellation by shortening a trip or moving it away first.
  if v_trip.purpose = 'rental' and v_trip.status = 'confirmed' and not v_manages then
    v_kept := (private.cancel_terms(v_trip, false) ->> 'fee')::bigint;
    if v_kept > coalesce((v_policy ->> 'keptFee')::bigint, 0) then
      v_policy := coalesce(v_policy, private.cancellation_policy(null)) || jsonb_build_object('keptFee', v_kept);
    end if;
  end if;

  if v_to <> v_trip.car_id then
    perform private.move_trips(jsonb_build_array(jsonb_build_object('tripId', v_trip.id, 'carId', v_to, 'startDate', v_start, 'endDate', v_end,
      'driverId', v_driver, 'extras', v_priced -> 'extras', 'pricing', v_priced -> 'pricing', 'ratePlanId', v_priced -> 'ratePlanId')));
  else
    perform private.extend_overdue(v_to);
    begin
      update public.trips as t
         set trip_start_date = v_start, trip_end_date = v_end, pricing = v_priced -> 'pricing', extras = v_priced -> 'extras',
             rate_plan_id = (v_priced ->> 'ratePlanId')::uuid, driver_id = v_driver, policy = v_policy,
             cut = t.cut and not v_moved, at_risk = t.at_risk and not v_moved,
             blocked = case when v_moved then private.changed_range(t, v_start, v_end) else t.blocked end
       where t.car_id = v_to and t.id = v_trip.id
      returning t.* into v_trip;
    exception when exclusion_violation then
      perform private.refuse_overlap(v_to, v_start, v_end,
        v_trip.prep_minutes, v_trip.turnaround_minutes, v_trip.back_to_back, v_trip.id);
    end;
    perform private.assign_driver(v_trip);
  end if;
  perform private.refresh_risk(v_from), private.extend_overdue(v_from);

  perform private.add_lines(v_to, v_trip.id, v_priced -> 'lines');
  select t.* into v_trip from public.trips as t where t.car_id = v_to and t.id = v_trip.id;
  perform private.keep_fee(v_trip);
  return (select private.trip_json(t) from public.trips as t where t.car_id = v_to and t.id = v_trip.id);
end
$$;

comment on function private.modify_trip(uuid, jsonb) is 'Changes a trip''s times, car, extras or driver.';
revoke all on function private.modify_trip(uuid, jsonb) from public;
grant execute on function private.modify_trip(uuid, jsonb) to fleetflow_fn;
-- <<< sql/functions/modify_trip.sql

-- >>> sql/functions/modify_trip_rpc.sql
-- What: changes a trip's times, car, extras or driver. What is NULL stays as it is; `drop_driver` leaves the trip without a driver;
--   `reprice`, beside a car, charges what the new car's plan asks. A NULL version is not checked.
-- Who: the trip's renter (once the start has passed, only the end); owners and managers of its fleet, who alone give it another car.
-- Raises: UNAUTHENTICATED. Answers perform's outcome of private.modify_trip.
create or replace function public.modify_trip_rpc(
  trip_id uuid, start_date timestamptz, end_date timestamptz, version integer, actor jsonb, car_id uuid default null,
  extras jsonb default null, driver_id uuid default null, drop_driver boolean default false, reprice boolean default false,
  idempotency_key text default null, dry_run boolean default false, alternatives integer default 0
) returns jsonb
  language plpgsql volatile security definer
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  v_actor uuid := private.enter(modify_trip_rpc.actor, true);
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

-- >>> sql/functions/move_planned.sql
-- What: makes the moves of a plan, all or none. Answers what has come in between all the same, as plan_changes does; empty when all moved.
--   Bookings of a class take no lock while they try a car, so one of them can be faster than a plan that has been compared.
-- Who: block_car, with moves that plan_changes found nothing against, so that what move_trips refuses beside an overlap does not occur.
-- Raises: NOT_FOUND, INVALID_STATE, DRIVER_BUSY. Catches: TRIP_OVERLAP. Locks: those of move_trips.
create or replace function private.move_planned(moves jsonb) returns jsonb
  language plpgsql volatile
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  v_detail text;
begin
  perform private.move_trips(move_planned.moves);
  return '[]';
exception when sqlstate 'FF001' then
  get stacked diagnostics v_detail = pg_exception_detail;
  return jsonb_build_array(jsonb_build_object('tripId', v_detail::jsonb -> 'exceptTripId', 'change', 'TARGET_TAKEN'));
end
$$;

comment on function private.move_planned(jsonb) is 'Makes the moves of a plan, all or none.';
revoke all on function private.move_planned(jsonb) from public;
grant execute on function private.move_planned(jsonb) to fleetflow_fn;
-- <<< sql/functions/move_planned.sql

-- >>> sql/functions/move_trips.sql
-- What: moves trips to other cars of the fleet, and to other times where a move says so, all of them or none. A trip's row cannot change its
--   car, so rows and lines are deleted there and inserted here in one statement's work: whoever reads sees each trip exactly once, and
--   whoever books never finds a gap. Same id, version + 1; lines, price, policy and limits travel along, buffers become those of the new car.
--   `moves`: [{"tripId", "carId"}], with "startDate", "endDate", "driverId", "extras", "pricing", "ratePlanId" where these change as well.
-- Who: functions that have checked that the caller may move these trips: it runs as fleetflow_sys. Answers how many it moved.
-- Raises: NOT_FOUND (field tripId or carId), INVALID_STATE (from, operation, allowed), TRIP_OVERLAP (conflicts, nextFree), DRIVER_BUSY (windows).
-- Locks: the cars of both ends ascending, then the drivers, then the trips.
create or replace function private.move_trips(moves jsonb) returns integer
  language plpgsql volatile security definer
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  v_cars uuid[];
  v_known integer;
  v_trips public.trips[];
  v_lines public.trip_lines[];
  v_trip public.trips;
  v_new record;
begin
  select array_agg(distinct t.car_id) || array_agg(distinct (m.move ->> 'carId')::uuid), count(*) into v_cars, v_known
    from jsonb_array_elements(move_trips.moves) as m (move) join public.trips as t on t.id = (m.move ->> 'tripId')::uuid;
  if v_known <> jsonb_array_length(move_trips.moves) then
    raise exception using errcode = 'FF404', message = 'NOT_FOUND', detail = jsonb_build_object('field', 'tripId');
  end if;
  if private.lock_cars(v_cars) <> (select count(distinct c) from unnest(v_cars) as c) then
    raise exception using errcode = 'FF404', message = 'NOT_FOUND', detail = jsonb_build_object('field', 'carId');
  end if;
  perform private.extend_overdue(c) from unnest(v_cars) as c;
  perform private.lock_users(array_agg(case when m.move ? 'driverId' then (m.move ->> 'driverId')::uuid else t.driver_id end))
     from jsonb_array_elements(move_trips.moves) as m (move) join public.trips as t on t.id = (m.move ->> 'tripId')::uuid;
  select array_agg(l.trip) into v_trips
    from (select t as trip from public.trips as t
           where t.id in (select (m.move ->> 'tripId')::uuid from jsonb_array_elements(move_trips.moves) as m (move))
           order by t.car_id, t.id for no key update) as l;
  if cardinality(v_trips) is distinct from v_known or exists (select from unnest(v_trips) as t where t.car_id <> all (v_cars)) then
    perform private.try_again();
  end if;
  foreach v_trip in array v_trips loop
    if v_trip.status not in ('held', 'requested', 'confirmed') then
      perform private.refuse_state(v_trip.status, 'modify');
    end if;
  end loop;

  select coalesce(array_agg(l order by l.id), '{}') into v_lines
    from unnest(v_trips) as t join public.trip_lines as l on l.car_id = t.car_id and l.trip_id = t.id;
  delete from public.trips as t using unnest(v_trips) as o where t.car_id = o.car_id and t.id = o.id;

  for v_new in
    select n as trip
      from unnest(v_trips) as o
      join jsonb_array_elements(move_trips.moves) as m (move) on (m.move ->> 'tripId')::uuid = o.id
     cross join lateral private.moved_trip(o, m.move) as n
     order by n.car_id, n.trip_start_date
  loop
    v_trip := v_new.trip;
    insert into public.trips values (v_trip.*) on conflict on constraint prevent_overlap do nothing;
    if not found then
      perform private.refuse_overlap(v_trip.car_id, v_trip.trip_start_date, v_trip.trip_end_date,
        v_trip.prep_minutes, v_trip.turnaround_minutes, v_trip.back_to_back, v_trip.id, (select array_agg(t.id) from unnest(v_trips) as t));
    end if;
    perform private.assign_driver(v_trip);
  end loop;
  insert into public.trip_lines
  select n.*
    from unnest(v_lines) as l
    join jsonb_array_elements(move_trips.moves) as m (move) on (m.move ->> 'tripId')::uuid = l.trip_id
   cross join lateral jsonb_populate_record(l, jsonb_build_object('car_id', m.move ->> 'carId')) as n;
  perform private.refresh_risk(c) from (select distinct c from unnest(v_cars) as c) as d (c);
  return v_known;
end
$$;

comment on function private.move_trips(jsonb) is 'Moves trips between cars with no visible gap.';
alter function private.move_trips(jsonb) owner to fleetflow_sys;
revoke all on function private.move_trips(jsonb) from public;
grant execute on function private.move_trips(jsonb) to fleetflow_fn;
-- <<< sql/functions/move_trips.sql

-- >>> sql/functions/moved_trip.sql
-- What: a trip as it will be on another car: what the move says, the new car's buffers and bounds (the trip's own where the car stays),
--   no cost yet (its lines follow it), one version on.
-- Who: move_trips.
create or replace function private.moved_trip(trip public.trips, move jsonb) returns public.trips
  language plpgsql stable
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  v_trip public.trips := moved_trip.trip;
begin
  if v_trip.car_id <> (move ->> 'carId')::uuid then
    select c.id, c.prep_minutes, c.turnaround_minutes, c.back_to_back
      into v_trip.car_id, v_trip.prep_minutes, v_trip.turnaround_minutes, v_trip.back_to_back
      from public.cars as c where c.id = (move ->> 'carId')::uuid;
  end if;
  v_trip.trip_start_date := coalesce((move ->> 'startDate')::timestamptz, v_trip.trip_start_date);
  v_trip.trip_end_date := coalesce((move ->> 'endDate')::timestamptz, v_trip.trip_end_date);
  v_trip.blocked := private.blocked_range(v_trip.trip_start_date, v_trip.trip_end_date,
    v_trip.prep_minutes, v_trip.turnaround_minutes, v_trip.back_to_back);
  if move ? 'driverId' then
    v_trip.driver_id := (move ->> 'driverId')::uuid;
  end if;
  v_trip.extras := coalesce(move -> 'extras', v_trip.extras);
  v_trip.pricing := coalesce(nullif(move -> 'pricing', 'null'), v_trip.pricing);
  v_trip.rate_plan_id := coalesce((move ->> 'ratePlanId')::uuid, v_trip.rate_plan_id);
  v_trip.cut := false;
  v_trip.at_risk := false;
  v_trip.total_cost := 0;
  v_trip.version := v_trip.version + 1;
  v_trip.updated_at := now();
  return v_trip;
end
$$;

comment on function private.moved_trip(public.trips, jsonb) is 'A trip as it will be on another car.';
revoke all on function private.moved_trip(public.trips, jsonb) from public;
grant execute on function private.moved_trip(public.trips, jsonb) to fleetflow_sys;
-- <<< sql/functions/moved_trip.sql

-- >>> sql/functions/moves_of_plan.sql
-- What: the moves of a plan that a caller has sent back, with nothing in them but trip, version and car; NULL without a plan.
-- Who: block_car. Raises: BAD_INPUT (field plan).
create or replace function private.moves_of_plan(plan jsonb) returns jsonb
  language plpgsql immutable parallel safe
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  c_moves constant integer := 200;
  c_uuid constant text := '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$';
  v_moves jsonb := moves_of_plan.plan -> 'moves';
begin
  if coalesce(moves_of_plan.plan, 'null') = 'null' then
    return null;
  end if;
  if jsonb_typeof(v_moves) is distinct from 'array' or jsonb_array_length(v_moves) > c_moves
     or exists (select from jsonb_array_elements(v_moves) as m (move)
                 where coalesce(lower(m.move ->> 'tripId') !~ c_uuid or lower(m.move ->> 'carId') !~ c_uuid
                   or m.move ->> 'version' !~ '^[1-9][0-9]{0,8}$', true))
     or (select count(distinct lower(m.move ->> 'tripId')) from jsonb_array_elements(v_moves) as m (move)) < jsonb_array_length(v_moves) then
    raise exception using errcode = 'FF400', message = 'BAD_INPUT', detail = jsonb_build_object('field', 'plan');
  end if;
  return (select coalesce(jsonb_agg(jsonb_build_object('tripId', lower(m.move ->> 'tripId'), 'version', (m.move ->> 'version')::integer,
            'carId', lower(m.move ->> 'carId'))), '[]') from jsonb_array_elements(v_moves) as m (move));
end
$$;

comment on function private.moves_of_plan(jsonb) is 'The moves of a plan that a caller has sent back.';
revoke all on function private.moves_of_plan(jsonb) from public;
grant execute on function private.moves_of_plan(jsonb) to fleetflow_fn;
-- <<< sql/functions/moves_of_plan.sql

-- >>> sql/functions/near_cars.sql
-- What: cars for a period, nearest first: at least `wanted` of them if there are as many, and then all that are as near as the last one.
--   `filter`: lat, lng (microdegrees) and radius (metres), else by id; fleetId, classId, carClass (slug), seats, rating (hundredths), exceptId,
--   exceptClassId, priced, busyToo, afterMetres and afterId (continue behind that car). The last row has no car if there may be more: `metres` is how far it looked.
--   Only cars that the caller may see and whose fleet's rules allow the period; whether they are free is judged as busy_ranges does.
-- Who: search_cars, alternatives. Runs as fleetflow_sys, because an index by place cannot be used behind row level security.
create or replace function private.near_cars(filter jsonb, starts timestamptz, ends timestamptz, renter uuid, wanted integer)
  returns table (car_id uuid, metres integer, free boolean)
  language plpgsql volatile security definer
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  c_looked_at constant integer := 5000;
  v_lat integer := (filter ->> 'lat')::integer;
  v_lng integer := (filter ->> 'lng')::integer;
  v_radius integer := (filter ->> 'radius')::integer;
  v_after_metres integer := (filter ->> 'afterMetres')::integer;
  v_after_id uuid := (filter ->> 'afterId')::uuid;
  v_busy_too boolean := coalesce((filter ->> 'busyToo')::boolean, false);
  v_priced boolean := coalesce((filter ->> 'priced')::boolean, true);
  v_cars refcursor := private.open_cars(near_cars.filter);
  v_car public.cars;
  v_fits jsonb := '{}';
  v_key text;
  v_looked_at integer := 0;
  v_found integer := 0;
  v_edge integer;
begin
  loop
    fetch v_cars into v_car;
    exit when not found;
    near_cars.metres := private.metres_between(v_lat, v_lng, v_car.lat_microdegrees, v_car.lng_microdegrees);
    exit when near_cars.metres > v_radius + 1;
    if v_edge is not null and (near_cars.metres is null or near_cars.metres > v_edge + 1) then
      return query select null::uuid, v_edge, null::boolean;
      exit;
    end if;
    continue when near_cars.metres > v_radius or near_cars.metres > v_edge
      or near_cars.metres < v_after_metres or (near_cars.metres = v_after_metres and v_car.id <= v_after_id);

    v_looked_at := v_looked_at + 1;
    v_key := v_car.car_class_id || v_car.time_zone;
    if not v_fits ? v_key then
      v_fits := v_fits || jsonb_build_object(v_key, private.class_fits(v_car, near_cars.starts, near_cars.ends));
    end if;
    if (v_fits -> v_key ->> 'fits')::boolean and (not v_priced or v_car.rate_plan_id is not null or (v_fits -> v_key ->> 'priced')::boolean) then
      near_cars.free := not exists (
        select from private.busy_ranges(v_car.id, private.blocked_range(near_cars.starts, near_cars.ends,
          v_car.prep_minutes, v_car.turnaround_minutes, v_car.back_to_back), near_cars.renter));
      if near_cars.free or v_busy_too then
        near_cars.car_id := v_car.id;
        v_found := v_found + 1;
        return next;
      end if;
    end if;
    if v_edge is null and (v_found >= near_cars.wanted or v_looked_at >= c_looked_at) then
      v_edge := coalesce(near_cars.metres, 0);
    end if;
  end loop;
  close v_cars;
end
$$;

comment on function private.near_cars(jsonb, timestamptz, timestamptz, uuid, integer) is 'Cars for a period, nearest first.';
alter function private.near_cars(jsonb, timestamptz, timestamptz, uuid, integer) owner to fleetflow_sys;
revoke all on function private.near_cars(jsonb, timestamptz, timestamptz, uuid, integer) from public;
grant execute on function private.near_cars(jsonb, timestamptz, timestamptz, uuid, integer) to fleetflow_fn;
-- <<< sql/functions/near_cars.sql

-- >>> sql/functions/nearest_open.sql
-- What: the opening instant nearest to another one, not before and not after two limits (both may be it); of two as near the earlier one.
--   NULL if there is none within 400 days. Within a minute of an end that is not open itself the minute before it is taken.
-- Who: rule_fault, and whoever proposes another time.
create or replace function private.nearest_open(
  fleet_id uuid, time_zone text, instant timestamptz, not_before timestamptz, not_after timestamptz
) returns timestamptz
  language plpgsql stable parallel safe
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  c_minute constant interval := '1 minute';
  v_days integer;
  v_from timestamptz;
  v_until timestamptz;
  v_found timestamptz;
begin
  foreach v_days in array array[8, 60, 400] loop
    v_from := greatest(nearest_open.not_before, nearest_open.instant - make_interval(hours => 24 * v_days));
    v_until := least(nearest_open.not_after, nearest_open.instant + make_interval(hours => 24 * v_days));
    exit when v_from > v_until;
    select p.point into v_found
      from unnest(private.open_ranges(nearest_open.fleet_id, nearest_open.time_zone, tstzrange(v_from, v_until, '[]'))) as r (span)
     cross join lateral (
       select case when nearest_open.instant <@ r.span then nearest_open.instant
                   when nearest_open.instant <= lower(r.span) then lower(r.span) + case when lower_inc(r.span) then interval '0' else c_minute end
                   else upper(r.span) - case when upper_inc(r.span) then interval '0' else c_minute end end as point
     ) as p
     where p.point <@ r.span
     order by greatest(p.point - nearest_open.instant, nearest_open.instant - p.point), p.point
     limit 1;
    exit when v_found is not null;
  end loop;
  return v_found;
end
$$;

comment on function private.nearest_open(uuid, text, timestamptz, timestamptz, timestamptz) is 'The opening instant nearest to another one.';
revoke all on function private.nearest_open(uuid, text, timestamptz, timestamptz, timestamptz) from public;
grant execute on function private.nearest_open(uuid, text, timestamptz, timestamptz, timestamptz) to fleetflow_fn, fleetflow_sys;
-- <<< sql/functions/nearest_open.sql

-- >>> sql/functions/next_bound.sql
-- What: the first lower bound of another occupying trip that a trip would meet if it kept its car until `until`; NULL when there is none.
-- Who: functions that grow a trip, under the car's lock. Runs as fleetflow_sys: the next trip is somebody else's.
create or replace function private.next_bound(trip public.trips, until timestamptz) returns timestamptz
  language sql stable security definer
  set search_path = pg_catalog, public, pg_temp
as $$
  select min(lower(x.blocked))
    from public.trips as x
   where x.car_id = (next_bound.trip).car_id and x.id <> (next_bound.trip).id
     and x.blocked && tstzrange(lower((next_bound.trip).blocked), next_bound.until, '[]')
     and x.status in ('held', 'requested', 'confirmed', 'active', 'completed')
$$;

comment on function private.next_bound(public.trips, timestamptz) is 'Where a trip that grows meets the next one.';
alter function private.next_bound(public.trips, timestamptz) owner to fleetflow_sys;
revoke all on function private.next_bound(public.trips, timestamptz) from public;
grant execute on function private.next_bound(public.trips, timestamptz) to fleetflow_fn, fleetflow_sys;
-- <<< sql/functions/next_bound.sql

-- >>> sql/functions/next_free.sql
-- What: the first starts, not before `not_before`, at which a trip of this length fits on a car; none where nothing fits within two years.
--   A rental of somebody who does not manage the fleet (`bound`) keeps the fleet's rules as well.
-- Who: next_free_rpc, searches, refusals. Runs as fleetflow_sys: the fleet's rules count also for those who cannot see it any more.
create or replace function private.next_free(
  car public.cars, length interval, not_before timestamptz, bound boolean, wanted integer,
  renter uuid default null, except_ids uuid[] default '{}'
) returns timestamptz[]
  language plpgsql stable security definer
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  c_tried constant integer := 30;
  v_fleet public.fleets;
  v_from timestamptz := next_free.not_before;
  v_days integer;
  v_during tstzrange;
  v_starts timestamptz[];
begin
  if next_free.bound then
    select f.* into v_fleet from public.fleets as f where f.id = (next_free.car).fleet_id;
    v_from := greatest(v_from, date_trunc('minute', now() + make_interval(mins => v_fleet.notice_minutes)) + interval '1 minute');
  end if;
  foreach v_days in array array[30, 180, 732] loop
    v_during := tstzrange(v_from, v_from + make_interval(days => v_days) + next_free.length, '[]');
    v_starts := private.next_starts(private.free_ranges(next_free.car, v_during, next_free.renter, next_free.except_ids),
      case when next_free.bound then private.open_ranges(v_fleet.id, (next_free.car).time_zone, v_during) else tstzmultirange(v_during) end,
      next_free.length, c_tried);
    if next_free.bound then
      v_starts := array(
        select s from unnest(v_starts) as s
         where private.start_fault(v_fleet, (next_free.car).time_zone, s, null) is null
           and private.end_fault(v_fleet, (next_free.car).time_zone, s, s + next_free.length, null) is null
         order by s limit next_free.wanted);
    end if;
    exit when cardinality(v_starts) > 0;
  end loop;
  return v_starts[1:next_free.wanted];
end
$$;

comment on function private.next_free(public.cars, interval, timestamptz, boolean, integer, uuid, uuid[]) is
  'The first starts at which a trip fits on a car.';
alter function private.next_free(public.cars, interval, timestamptz, boolean, integer, uuid, uuid[]) owner to fleetflow_sys;
revoke all on function private.next_free(public.cars, interval, timestamptz, boolean, integer, uuid, uuid[]) from public;
grant execute on function private.next_free(public.cars, interval, timestamptz, boolean, integer, uuid, uuid[]) to fleetflow_fn;
-- <<< sql/functions/next_free.sql

-- >>> sql/functions/next_free_rpc.sql
-- What: the next starts at which a trip of so many minutes fits on a car, from now or from `not_before` on: {"nextFree", "nextStarts"}.
-- Who: whoever sees the car; who does not manage its fleet is told starts that its rules allow.
-- Raises: UNAUTHENTICATED, NOT_FOUND (field id), BAD_INPUT (minutes, from).
create or replace function public.next_free_rpc(car_id uuid, minutes integer, actor jsonb, not_before timestamptz default null) returns jsonb
  language plpgsql volatile security definer
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  v_actor uuid := private.enter(next_free_rpc.actor, false);
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

-- >>> sql/functions/next_starts.sql
-- What: the first starts at which a trip of this length fits, one for each stretch of time in which it could begin: `free` is when a trip could
--   be (free_ranges), `open` when it may begin and end.
-- Who: next_free.
create or replace function private.next_starts(free tstzmultirange, open tstzmultirange, length interval, wanted integer) returns timestamptz[]
  language plpgsql immutable parallel safe
  set search_path = pg_catalog, public, pg_temp
as $$
begin
  return array(
    select s.starts
      from unnest(
        (select coalesce(range_agg(tstzrange(lower(f), upper(f) - next_starts.length,
                  case when lower_inc(f) then '[' else '(' end || case when upper_inc(f) then ']' else ')' end)), '{}')
           from unnest(next_starts.free) as f where lower(f) <= upper(f) - next_starts.length)
        * next_starts.open
        * (select coalesce(range_agg(tstzrange(lower(o) - next_starts.length, upper(o) - next_starts.length,
                    case when lower_inc(o) then '[' else '(' end || case when upper_inc(o) then ']' else ')' end)), '{}')
             from unnest(next_starts.open) as o)) as r
     cross join lateral private.minute_after(r) as s (starts)
     where s.starts is not null
     order by s.starts limit next_starts.wanted);
end
$$;

comment on function private.next_starts(tstzmultirange, tstzmultirange, interval, integer) is 'The first starts at which a trip fits.';
revoke all on function private.next_starts(tstzmultirange, tstzmultirange, interval, integer) from public;
grant execute on function private.next_starts(tstzmultirange, tstzmultirange, interval, integer) to fleetflow_fn, fleetflow_sys;
-- <<< sql/functions/next_starts.sql

-- >>> sql/functions/no_show_trip.sql
-- What: says that the renter never came, from 30 minutes after the start, and frees the car. What was booked stays charged.
-- Who: perform, for no_show_trip_rpc. Input: id, version.
-- Raises: NOT_FOUND, FORBIDDEN, VERSION_MISMATCH (version), INVALID_STATE (from, operation, allowed), TOO_SOON (earliest),
--   DRIVER_BUSY (windows).
-- Locks: the car, then the trip.
create or replace function private.no_show_trip(actor uuid, input jsonb) returns jsonb
  language plpgsql volatile
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  v_trip public.trips := private.find_trip((input ->> 'id')::uuid, (input ->> 'version')::integer);
  v_earliest timestamptz := v_trip.trip_start_date + interval '30 minutes';
begin
  if v_trip.fleet_id not in (select private.my_fleets('{owner,manager}')) then
    raise exception using errcode = 'FF403', message = 'FORBIDDEN';
  end if;
  if v_trip.status <> 'confirmed' or v_trip.purpose <> 'rental' then
    perform private.refuse_trip(v_trip, 'no_show');
  end if;
  if now() < v_earliest then
    raise exception using errcode = 'FF101', message = 'TOO_SOON', detail = jsonb_build_object('earliest', private.iso(v_earliest));
  end if;
  update public.trips as t set status = 'no_show', at_risk = false where t.car_id = v_trip.car_id and t.id = v_trip.id returning t.* into v_trip;
  perform private.assign_driver(v_trip);
  return private.trip_json(v_trip);
end
$$;

comment on function private.no_show_trip(uuid, jsonb) is 'Says that a renter never came.';
revoke all on function private.no_show_trip(uuid, jsonb) from public;
grant execute on function private.no_show_trip(uuid, jsonb) to fleetflow_fn;
-- <<< sql/functions/no_show_trip.sql

-- >>> sql/functions/no_show_trip_rpc.sql
-- What: says that the renter never came, from 30 minutes after the start, and frees the car.
-- Who: owners and managers of the trip's fleet.
-- Raises: UNAUTHENTICATED. Answers perform's outcome of private.no_show_trip.
create or replace function public.no_show_trip_rpc(
  trip_id uuid, version integer, actor jsonb, idempotency_key text default null
) returns jsonb
  language plpgsql volatile security definer
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  v_actor uuid := private.enter(no_show_trip_rpc.actor, true);
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

-- >>> sql/functions/note_change.sql
-- What: writes down that a row of trips, cars or reviews has changed, beside the change and in its transaction. What is changed again
--   within the same version and transaction (a total that follows its lines, the aggregates of a car) stays one row.
--   Rows are kept as they are; what the API would show is worked out by the relay, when no writer waits for it.
-- Who: the triggers on trips, cars and reviews; their argument names the entity. Runs as fleetflow_sys: nobody else may write the outbox.
-- Locks: none of its own. The number is drawn under the lock of the changed row, so one car's changes are numbered in their order.
create or replace function private.note_change() returns trigger
  language plpgsql volatile security definer
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  v_car uuid;
  v_version integer := 0;
  v_follows boolean := tg_op = 'UPDATE';
begin
  -- Columns are named only for tables that have them.
  if tg_argv[0] = 'car' then
    v_car := coalesce(new.id, old.id);
  else
    v_car := coalesce(new.car_id, old.car_id);
  end if;
  if tg_argv[0] = 'trip' then
    v_version := coalesce(new.version, old.version);
    v_follows := v_follows and old.version = new.version;
    -- A removal is a change of its own, after a version that this very transaction made; it takes in a total that only followed its lines,
    -- and a row that was made in this transaction too, of which nothing is left to tell.
    if tg_op = 'DELETE' and not exists (
      select from public.outbox as o
       where o.entity_id = old.id and o.xact = pg_current_xact_id() and o.version = old.version and o.car_id = v_car
         and (o.before is null or o.before -> 'version' = o.after -> 'version')) then
      v_version := old.version + 1;
    end if;
  end if;
  if v_follows then
    update public.outbox as o
       set after = to_jsonb(new)
     where o.entity_id = new.id and o.xact = pg_current_xact_id() and o.version = v_version and o.car_id = v_car;
    if found then
      return null;
    end if;
  end if;
  insert into public.outbox as o (car_id, entity, entity_id, version, xact, actor_id, operation, before, after, occurred_at)
  values (v_car, tg_argv[0], coalesce(new.id, old.id), v_version, pg_current_xact_id(), nullif(current_setting('fleetflow.uid', true), '')::uuid,
    nullif(current_setting('fleetflow.operation', true), ''), to_jsonb(old), to_jsonb(new), clock_timestamp())
  on conflict on constraint outbox_pkey do update set after = excluded.after;
  return null;
end
$$;

comment on function private.note_change() is 'Writes down a change of a trip, car or review.';
alter function private.note_change() owner to fleetflow_sys;
revoke all on function private.note_change() from public;
-- <<< sql/functions/note_change.sql

-- >>> sql/functions/offer_details.sql
-- What: what a caller is told whose car or class is taken: when else (conflicts, nextFree, nextStarts) and, for as many as they asked, what else
--   (alternatives: of the car's class near the car; for a class, the fleet's other classes).
-- Who: enrich_refusal, for TRIP_OVERLAP and CLASS_FULL. `detail` is what was raised: carId, or fleetId and carClassId; startDate, endDate.
create or replace function private.offer_details(operation text, actor uuid, input jsonb, code text, detail jsonb) returns jsonb
  language plpgsql volatile
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  c_starts constant integer := 3;
  c_near constant integer := 50000;
  v_start timestamptz := (detail ->> 'startDate')::timestamptz;
  v_end timestamptz := (detail ->> 'endDate')::timestamptz;
  v_renter uuid := coalesce((input ->> 'userId')::uuid, offer_details.actor);
  -- A booking takes the renter's own holds along; anything else finds them in the way.
  v_own uuid := case when offer_details.operation in ('trips.create', 'trips.createInClass', 'trips.createSeries') then v_renter end;
  v_rental boolean := coalesce(input ->> 'purpose', 'rental') = 'rental';
  v_wanted integer := least(5, coalesce((input ->> 'alternatives')::integer, 0));
  v_fleet uuid := (detail ->> 'fleetId')::uuid;
  v_filter jsonb;
  v_bound boolean;
  v_starts timestamptz[];
  v_answer jsonb;
begin
  if offer_details.code = 'TRIP_OVERLAP' then
    select c.fleet_id, jsonb_build_object('fleetId', c.fleet_id, 'classId', c.car_class_id, 'exceptId', c.id,
             'lat', c.lat_microdegrees, 'lng', c.lng_microdegrees, 'radius', c_near)
      into v_fleet, v_filter
      from public.cars as c where c.id = (detail ->> 'carId')::uuid;
  else
    v_filter := jsonb_build_object('fleetId', v_fleet, 'lat', detail -> 'latMicrodegrees', 'lng', detail -> 'lngMicrodegrees', 'radius', c_near);
  end if;
  v_bound := v_rental and (v_fleet is null or v_fleet not in (select private.my_fleets('{owner,manager}')));
  if offer_details.code = 'TRIP_OVERLAP' then
    v_answer := private.overlap_details(offer_details.detail, v_bound, v_own);
  else
    v_starts := private.class_starts(v_filter || jsonb_build_object('classId', detail -> 'carClassId'), v_start, v_end, v_bound, v_own, c_starts);
    v_answer := jsonb_build_object('nextFree', private.iso(v_starts[1]),
      'nextStarts', (select coalesce(jsonb_agg(private.iso(s) order by s), '[]') from unnest(v_starts) as s));
    v_filter := v_filter || jsonb_build_object('exceptClassId', detail -> 'carClassId');
  end if;
  return v_answer || jsonb_build_object('alternatives', case when v_wanted > 0 and v_filter is not null then
    private.alternatives(v_filter, v_start, v_end, coalesce(nullif(input -> 'extras', 'null'), '[]'), v_rental, v_own, v_wanted) else '[]' end);
end
$$;

comment on function private.offer_details(text, uuid, jsonb, text, jsonb) is 'What else can be had when a car or class is taken.';
revoke all on function private.offer_details(text, uuid, jsonb, text, jsonb) from public;
grant execute on function private.offer_details(text, uuid, jsonb, text, jsonb) to fleetflow_fn;
-- <<< sql/functions/offer_details.sql

-- >>> sql/functions/open_cars.sql
-- What: a cursor over the unretired cars that a search is about, nearest first by one of the indexes by place, or without a place by id.
-- Who: near_cars, as fleetflow_sys, which closes it; it reads no further than it has to.
create or replace function private.open_cars(filter jsonb) returns refcursor
  language plpgsql volatile
  set search_path = pg_catalog, public, pg_temp
  set enable_seqscan = off
  set enable_sort = off
as $$
declare
  v_here public.cube := private.place_point((filter ->> 'lat')::integer, (filter ->> 'lng')::integer);
  v_fleet uuid := (filter ->> 'fleetId')::uuid;
  v_class uuid := (filter ->> 'classId')::uuid;
  v_seats integer := coalesce((filter ->> 'seats')::integer, 0);
  v_rating integer := coalesce((filter ->> 'rating')::integer, 0);
  v_except uuid := (filter ->> 'exceptId')::uuid;
  v_except_class uuid := (filter ->> 'exceptClassId')::uuid;
  v_slug text := filter ->> 'carClass';
  v_cars refcursor;
begin
  if v_here is not null and v_class is not null then
    open v_cars no scroll for
      select c.* from public.cars as c
       where c.car_class_id = v_class and c.retired_at is null and c.lat_microdegrees is not null and coalesce(c.seats, 0) >= v_seats
         and c.rating_sum * 100 >= v_rating * c.total_reviews and (v_rating = 0 or c.total_reviews > 0) and c.id is distinct from v_except
       order by private.place_point(c.lat_microdegrees, c.lng_microdegrees) <-> v_here;
  elsif v_here is not null and v_fleet is not null then
    open v_cars no scroll for
      select c.* from public.cars as c
       where c.fleet_id = v_fleet and c.retired_at is null and c.lat_microdegrees is not null and coalesce(c.seats, 0) >= v_seats
         and c.rating_sum * 100 >= v_rating * c.total_reviews and (v_rating = 0 or c.total_reviews > 0) and c.car_class_id is distinct from v_except_class
       order by private.place_point(c.lat_microdegrees, c.lng_microdegrees) <-> v_here;
  elsif v_here is not null then
    open v_cars no scroll for
      select c.* from public.cars as c
       where c.retired_at is null and c.lat_microdegrees is not null and coalesce(c.seats, 0) >= v_seats
         and c.rating_sum * 100 >= v_rating * c.total_reviews and (v_rating = 0 or c.total_reviews > 0)
         and (v_slug is null or exists (select from public.car_classes as cc where cc.id = c.car_class_id and cc.slug = v_slug))
       order by private.place_point(c.lat_microdegrees, c.lng_microdegrees) <-> v_here;
  elsif v_class is not null then
    open v_cars no scroll for
      select c.* from public.cars as c
       where c.fleet_id = v_fleet and c.car_class_id = v_class and c.retired_at is null and coalesce(c.seats, 0) >= v_seats
         and c.rating_sum * 100 >= v_rating * c.total_reviews and (v_rating = 0 or c.total_reviews > 0) and c.id is distinct from v_except
       order by c.id;
  elsif v_fleet is not null then
    open v_cars no scroll for
      select c.* from public.cars as c
       where c.fleet_id = v_fleet and c.retired_at is null and coalesce(c.seats, 0) >= v_seats
         and c.rating_sum * 100 >= v_rating * c.total_reviews and (v_rating = 0 or c.total_reviews > 0) and c.car_class_id is distinct from v_except_class
       order by c.id;
  else
    open v_cars no scroll for
      select c.* from public.cars as c
       where c.retired_at is null and coalesce(c.seats, 0) >= v_seats
         and c.rating_sum * 100 >= v_rating * c.total_reviews and (v_rating = 0 or c.total_reviews > 0)
         and (v_slug is null or exists (select from public.car_classes as cc where cc.id = c.car_class_id and cc.slug = v_slug))
       order by c.id;
  end if;
  return v_cars;
end
$$;

comment on function private.open_cars(jsonb) is 'A cursor over the cars that a search is about.';
revoke all on function private.open_cars(jsonb) from public;
grant execute on function private.open_cars(jsonb) to fleetflow_sys;
-- <<< sql/functions/open_cars.sql

-- >>> sql/functions/open_instants.sql
-- What: the instants of a finite period at which the clocks of a zone show an opening time: an hour that comes twice is open twice, one that
--   is skipped never comes. Opening and closing time are both open. NULL for a period without finite bounds.
-- Who: open_ranges. One turn for every stretch between two clock changes, in which walls and instants differ by a constant.
create or replace function private.open_instants(hours jsonb, closed_days date[], time_zone text, during tstzrange) returns tstzmultirange
  language plpgsql immutable parallel safe
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  v_from timestamptz := lower(during);
  v_until timestamptz := upper(during);
  v_change timestamptz;
  v_walls tsmultirange;
  v_open tstzmultirange := '{}';
begin
  if v_from is null or v_until is null or not isfinite(v_from) or not isfinite(v_until) then
    return null;
  end if;
  v_walls := private.open_walls(open_instants.hours, open_instants.closed_days,
    (v_from at time zone open_instants.time_zone)::date - 1, (v_until at time zone open_instants.time_zone)::date + 1);
  loop
    v_change := private.clock_change(open_instants.time_zone, v_from, v_until);
    v_open := v_open + coalesce((
      select range_agg(tstzrange((lower(w.wall) - s.shift) at time zone 'UTC', (upper(w.wall) - s.shift) at time zone 'UTC',
                                 case when lower_inc(w.wall) then '[' else '(' end || case when upper_inc(w.wall) then ']' else ')' end)
                       * tstzrange(v_from, coalesce(v_change, v_until), case when v_change is null then '[]' else '[)' end))
        from (select v_from at time zone open_instants.time_zone - v_from at time zone 'UTC' as shift) as s
       cross join unnest(v_walls) as w (wall)), '{}');
    exit when v_change is null;
    v_from := v_change;
  end loop;
  return v_open * tstzmultirange(during);
end
$$;

comment on function private.open_instants(jsonb, date[], text, tstzrange) is 'The instants at which the clocks of a zone show an opening time.';
revoke all on function private.open_instants(jsonb, date[], text, tstzrange) from public;
grant execute on function private.open_instants(jsonb, date[], text, tstzrange) to fleetflow_fn, fleetflow_sys;
-- <<< sql/functions/open_instants.sql

-- >>> sql/functions/open_ranges.sql
-- What: when trips of a fleet's cars in a zone may begin and end, within a finite period: opening hours by the clock of that zone, less closed days.
--   A fleet without either is open for the whole period; NULL for a period without finite bounds.
-- Who: rules, windows and searches; once for each fleet and zone, not for each car.
create or replace function private.open_ranges(fleet_id uuid, time_zone text, during tstzrange) returns tstzmultirange
  language sql stable parallel safe
  set search_path = pg_catalog, public, pg_temp
as $$
  select case when f.opening_hours is null and cardinality(f.closed_days) = 0 then tstzmultirange(open_ranges.during)
              else private.open_instants(f.opening_hours, f.closed_days, open_ranges.time_zone, open_ranges.during) end
    from public.fleets as f
   where f.id = open_ranges.fleet_id
$$;

comment on function private.open_ranges(uuid, text, tstzrange) is 'When trips of a fleet''s cars may begin and end.';
revoke all on function private.open_ranges(uuid, text, tstzrange) from public;
grant execute on function private.open_ranges(uuid, text, tstzrange) to fleetflow_fn, fleetflow_sys;
-- <<< sql/functions/open_ranges.sql

-- >>> sql/functions/open_walls.sql
-- What: when a fleet is open by the clock on its wall, from the first to the last day given: opening hours (NULL: all day, every day) less closed days.
--   Hours that run past midnight belong to the day on which they begin; a closed day has no hours, and nothing runs into it.
-- Who: open_instants.
create or replace function private.open_walls(hours jsonb, closed_days date[], first_day date, last_day date) returns tsmultirange
  language sql immutable parallel safe
  set search_path = pg_catalog, public, pg_temp
as $$
  select coalesce(range_agg(tsrange(d.day + o.opens, d.day + o.closes + case when o.closes <= o.opens then interval '24 hours' else interval '0' end, '[]')),
                  '{}'::tsmultirange)
         - coalesce((select range_agg(tsrange(c.day, c.day + 1, '()')) from unnest(open_walls.closed_days) as c (day)
                      where c.day between open_walls.first_day and open_walls.last_day), '{}'::tsmultirange)
    from (select open_walls.first_day - 1 + n as day from generate_series(0, open_walls.last_day - open_walls.first_day + 1) as n) as d
   cross join lateral (
     select time '00:00' as opens, time '24:00' as closes where open_walls.hours is null
     union all
     select (h.pair ->> 0)::time, (h.pair ->> 1)::time
       from jsonb_array_elements(open_walls.hours -> (array['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'])[extract(isodow from d.day)::integer]) as h (pair)
   ) as o
   where d.day <> all (open_walls.closed_days)
$$;

comment on function private.open_walls(jsonb, date[], date, date) is 'When a fleet is open, by the clock on its wall.';
revoke all on function private.open_walls(jsonb, date[], date, date) from public;
grant execute on function private.open_walls(jsonb, date[], date, date) to fleetflow_fn, fleetflow_sys;
-- <<< sql/functions/open_walls.sql

-- >>> sql/functions/overlap_details.sql
-- What: what a refused booking is told of its car: the blocked windows in the way (never whose) and the next starts at which the car is free for
--   as long. `detail` is refuse_overlap's; `bound` says whether the fleet's rules bind the caller. A trip that is being moved is not in its own way.
-- Who: enrich_refusal. Runs as fleetflow_sys: the caller may no longer see the car of their trip.
create or replace function private.overlap_details(detail jsonb, bound boolean, renter uuid) returns jsonb
  language plpgsql stable security definer
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  c_windows constant integer := 20;
  c_starts constant integer := 3;
  v_start timestamptz := (detail ->> 'startDate')::timestamptz;
  v_end timestamptz := (detail ->> 'endDate')::timestamptz;
  v_except uuid[] := array(select jsonb_array_elements_text(detail -> 'exceptTripIds')::uuid where jsonb_typeof(detail -> 'exceptTripIds') = 'array')
    || coalesce((detail ->> 'exceptTripId')::uuid, '00000000-0000-0000-0000-000000000000');
  v_car public.cars;
  v_starts timestamptz[];
begin
  select c.* into v_car from public.cars as c where c.id = (detail ->> 'carId')::uuid;
  v_car.prep_minutes := coalesce((detail ->> 'prepMinutes')::integer, v_car.prep_minutes);
  v_car.turnaround_minutes := coalesce((detail ->> 'turnaroundMinutes')::integer, v_car.turnaround_minutes);
  v_car.back_to_back := coalesce((detail ->> 'backToBack')::boolean, v_car.back_to_back);
  v_starts := private.next_free(v_car, v_end - v_start, v_start, overlap_details.bound, c_starts, overlap_details.renter, v_except);
  return jsonb_build_object(
    'conflicts', (
      select coalesce(jsonb_agg(jsonb_build_object('startDate', private.iso(lower(w.b)), 'endDate', private.iso(upper(w.b))) order by w.b), '[]')
        from (select b from private.busy_ranges(v_car.id, private.blocked_range(v_start, v_end, v_car.prep_minutes, v_car.turnaround_minutes,
                v_car.back_to_back), overlap_details.renter, v_except) as b order by b limit c_windows) as w),
    'nextFree', private.iso(v_starts[1]),
    'nextStarts', (select coalesce(jsonb_agg(private.iso(s) order by s), '[]') from unnest(v_starts) as s));
end
$$;

comment on function private.overlap_details(jsonb, boolean, uuid) is 'The windows in the way of a booking and the next free starts.';
alter function private.overlap_details(jsonb, boolean, uuid) owner to fleetflow_sys;
revoke all on function private.overlap_details(jsonb, boolean, uuid) from public;
grant execute on function private.overlap_details(jsonb, boolean, uuid) to fleetflow_fn;
-- <<< sql/functions/overlap_details.sql

-- >>> sql/functions/own_holds.sql
-- What: the live holds of a renter that stand in the way of their own booking, the earliest first: they are not in its way.
-- Who: create_trip, under the car's lock (dead holds are gone by then) and the caller's policies.
create or replace function private.own_holds(car public.cars, renter uuid, starts timestamptz, ends timestamptz) returns public.trips[]
  language sql stable
  set search_path = pg_catalog, public, pg_temp
as $$
  select coalesce(array_agg(t order by t.trip_start_date, t.id), '{}')
    from public.trips as t
   where t.car_id = (own_holds.car).id and t.status = 'held' and t.booked_by_id = own_holds.renter
     and t.blocked && private.blocked_range(own_holds.starts, own_holds.ends,
       (own_holds.car).prep_minutes, (own_holds.car).turnaround_minutes, (own_holds.car).back_to_back)
$$;

comment on function private.own_holds(public.cars, uuid, timestamptz, timestamptz) is 'The live holds of a renter in the way of their own booking.';
revoke all on function private.own_holds(public.cars, uuid, timestamptz, timestamptz) from public;
grant execute on function private.own_holds(public.cars, uuid, timestamptz, timestamptz) to fleetflow_fn;
-- <<< sql/functions/own_holds.sql

-- >>> sql/functions/perform.sql
-- What: runs a mutation once. Claims its idempotency key, runs the inner function in a subtransaction, and answers
--   {"answer": ...} or {"refusal": {"code", "detail"}}, with "replayed": true where the key had its outcome already.
--   A refusal undoes what the inner function wrote and gives its locks back, but not the transaction: it is stored under the key,
--   and what else can be had is looked up when nobody has to wait for it. A rehearsal (dry run) is undone as well and stores nothing.
-- Who: every entry function that changes something, with an actor that private.enter has recognised.
-- Raises: what PostgreSQL itself raises (deadlocks, lock timeouts, defects), and nothing of that is ever stored; nor is what the caller
--   is told about the key or about not being known.
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
      when 'fleets.setRules' then private.set_fleet_rules(perform.actor, perform.input)
      when 'ratePlans.assign' then private.assign_rate_plan(perform.actor, perform.input)
      when 'ratePlans.create' then private.create_rate_plan(perform.actor, perform.input)
      when 'ratePlans.preview' then private.preview_rate_plan(perform.actor, perform.input)
      when 'reviews.create' then private.create_review(perform.actor, perform.input)
      when 'trips.block' then private.block_car(perform.actor, perform.input)
      when 'trips.approve' then private.answer_request(perform.actor, perform.input, 'approve')
      when 'trips.cancel' then private.cancel_trip(perform.actor, perform.input)
      when 'trips.complete' then private.complete_trip(perform.actor, perform.input)
      when 'trips.create' then private.create_trip(perform.actor, perform.input)
      when 'trips.createInClass' then private.create_trip_in_class(perform.actor, perform.input)
      when 'trips.createSeries' then private.create_trip_series(perform.actor, perform.input)
      when 'trips.decline' then private.answer_request(perform.actor, perform.input, 'decline')
      when 'trips.hold' then private.hold_trip(perform.actor, perform.input)
      when 'trips.modify' then private.modify_trip(perform.actor, perform.input)
      when 'trips.noShow' then private.no_show_trip(perform.actor, perform.input)
      when 'trips.quote' then private.quote_trip(perform.actor, perform.input)
      when 'trips.swap' then private.swap_trips(perform.actor, perform.input)
      when 'trips.start' then private.start_trip(perform.actor, perform.input)
    end;
    v_outcome := jsonb_build_object('answer', v_answer);
    if perform.dry_run then
      raise exception using errcode = 'FF000', message = 'DRY_RUN';
    end if;
  exception when others then
    get stacked diagnostics v_state = returned_sqlstate, v_code = message_text, v_detail = pg_exception_detail;
    if v_state not like 'FF%' or v_state in ('FF012', 'FF401') then
      raise;
    end if;
    if v_state <> 'FF000' then
      v_outcome := jsonb_build_object('refusal', jsonb_build_object('code', v_code, 'detail',
        private.enrich_refusal(perform.operation, perform.actor, perform.input || jsonb_build_object('preview', perform.dry_run), v_code, coalesce(nullif(v_detail, ''), '{}')::jsonb)));
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

-- >>> sql/functions/place_point.sql
-- What: a place as a point on the surface of a ball of the Earth's mean radius, in whole millimetres. Straight lines between such points
--   order places as great circles do, everywhere.
-- Who: the indexes of `cars` by place, and near_cars.
create or replace function private.place_point(lat_microdegrees integer, lng_microdegrees integer) returns public.cube
  language sql immutable strict parallel safe
  set search_path = pg_catalog, public, pg_temp
as $$
  select public.cube(array[
      round(6371008771 * cosd(place_point.lat_microdegrees / 1e6::float8) * cosd(place_point.lng_microdegrees / 1e6::float8)),
      round(6371008771 * cosd(place_point.lat_microdegrees / 1e6::float8) * sind(place_point.lng_microdegrees / 1e6::float8)),
      round(6371008771 * sind(place_point.lat_microdegrees / 1e6::float8))])
$$;

comment on function private.place_point(integer, integer) is 'A place as a point on the surface of a ball.';
revoke all on function private.place_point(integer, integer) from public;
grant execute on function private.place_point(integer, integer) to fleetflow_owner, fleetflow_fn, fleetflow_sys;
-- <<< sql/functions/place_point.sql

-- >>> sql/functions/plan_block.sql
-- What: the trips in the way of a block, each with the free car of the same class that fits it best, or none. The targets fit together:
--   two trips that would meet on one target, because it needs longer between trips, get different ones. Trips that have begun, other blocks
--   and trips of another fleet stay where they are.
-- Who: block_car, for a fleet that the caller manages. Runs as fleetflow_sys. Reads without locks: applying the plan checks again.
create or replace function private.plan_block(car public.cars, starts timestamptz, ends timestamptz) returns jsonb
  language plpgsql stable security definer
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  v_trip public.trips;
  v_car public.cars;
  v_range tstzrange;
  v_targets jsonb := '{}';
  v_cars uuid[] := '{}';
  v_ranges tstzrange[] := '{}';
begin
  for v_trip in
    select t.* from private.trips_in_the_way(plan_block.car, plan_block.starts, plan_block.ends) as t
     where t.status in ('held', 'requested', 'confirmed') and t.purpose = 'rental' and t.fleet_id = (plan_block.car).fleet_id
  loop
    for v_car in select c.* from private.best_cars(plan_block.car, v_trip.trip_start_date, v_trip.trip_end_date) as c loop
      v_range := private.blocked_range(v_trip.trip_start_date, v_trip.trip_end_date, v_car.prep_minutes, v_car.turnaround_minutes, v_car.back_to_back);
      continue when exists (select from unnest(v_cars, v_ranges) as p (car_id, blocked) where p.car_id = v_car.id and p.blocked && v_range);
      v_targets := v_targets || jsonb_build_object(v_trip.id, v_car.id);
      v_cars := v_cars || v_car.id;
      v_ranges := v_ranges || v_range;
      exit;
    end loop;
  end loop;
  return private.list_in_the_way(plan_block.car, plan_block.starts, plan_block.ends, v_targets);
end
$$;

comment on function private.plan_block(public.cars, timestamptz, timestamptz) is 'Where the trips in the way of a block could go.';
alter function private.plan_block(public.cars, timestamptz, timestamptz) owner to fleetflow_sys;
revoke all on function private.plan_block(public.cars, timestamptz, timestamptz) from public;
grant execute on function private.plan_block(public.cars, timestamptz, timestamptz) to fleetflow_fn;
-- <<< sql/functions/plan_block.sql

-- >>> sql/functions/plan_changes.sql
-- What: what differs from a plan's moves now: [{"tripId", "change"}], where change is NEW (in the way, not in the plan), GONE (in the plan, no longer
--   in the way), CHANGED (another version; begun; not to be moved) or TARGET_TAKEN (its target is not free, has another class or fleet or is
--   retired). Empty when the plan still fits.
-- Who: block_car, under the locks of all the cars. Runs as fleetflow_sys, for a fleet that the caller manages.
create or replace function private.plan_changes(car public.cars, starts timestamptz, ends timestamptz, moves jsonb) returns jsonb
  language sql stable security definer
  set search_path = pg_catalog, public, pg_temp
as $$
  with moves as (
    select (m.move ->> 'tripId')::uuid as trip_id, (m.move ->> 'version')::integer as version, (m.move ->> 'carId')::uuid as car_id
      from jsonb_array_elements(plan_changes.moves) as m (move)
  ), present as (
    select t.* from private.trips_in_the_way(plan_changes.car, plan_changes.starts, plan_changes.ends) as t
  ), found as (
    select m.trip_id, t.trip_start_date as starts_at, c.id as target_id, case
             when t.id is null then 'GONE'
             when t.version <> m.version or t.status not in ('held', 'requested', 'confirmed') or t.purpose <> 'rental'
               or t.fleet_id <> (plan_changes.car).fleet_id then 'CHANGED'
             when c.id is null or not private.is_free(c, t.trip_start_date, t.trip_end_date) then 'TARGET_TAKEN' end as change,
           private.blocked_range(t.trip_start_date, t.trip_end_date, c.prep_minutes, c.turnaround_minutes, c.back_to_back) as wanted
      from moves as m
      left join present as t on t.id = m.trip_id
      left join public.cars as c on c.id = m.car_id and c.id <> (plan_changes.car).id and c.retired_at is null
       and c.fleet_id = (plan_changes.car).fleet_id and c.car_class_id = (plan_changes.car).car_class_id
  ), changes as (
    select f.trip_id, f.change, f.starts_at from found as f where f.change is not null
    union all
    select f.trip_id, 'TARGET_TAKEN', f.starts_at from found as f
     where f.change is null and exists (
       select from found as o where o.change is null and o.trip_id <> f.trip_id and o.target_id = f.target_id and o.wanted && f.wanted)
    union all
    select t.id, 'NEW', t.trip_start_date from present as t where t.id not in (select m.trip_id from moves as m)
  )
  select coalesce(jsonb_agg(jsonb_build_object('tripId', h.trip_id, 'change', h.change) order by h.starts_at, h.trip_id), '[]') from changes as h
$$;

comment on function private.plan_changes(public.cars, timestamptz, timestamptz, jsonb) is 'What differs from a plan now.';
alter function private.plan_changes(public.cars, timestamptz, timestamptz, jsonb) owner to fleetflow_sys;
revoke all on function private.plan_changes(public.cars, timestamptz, timestamptz, jsonb) from public;
grant execute on function private.plan_changes(public.cars, timestamptz, timestamptz, jsonb) to fleetflow_fn;
-- <<< sql/functions/plan_changes.sql

-- >>> sql/functions/plan_moves.sql
-- What: how a class could take one more rental if at most 3 trips changed cars: {"carId", "cars": all to be locked,
--   "moves": [{"tripId", "carId"}]} with the fewest moves, NULL when there is no such plan. No moves means a car that only looks taken: by a
--   hold that is over, or until a moment ago.
--   Tries every car for the rental, then every other car for each trip that this puts out of the way, and so on; only trips that may
--   be moved are put out of the way. At most 20,000 such steps.
--   A trip that was booked near a place stays near it.
-- Who: functions that book a class, without any lock: whoever acts on a plan checks it again. Runs as fleetflow_sys: trips are other people's.
create or replace function private.plan_moves(car_class public.car_classes, manages boolean, input jsonb, offers jsonb)
  returns jsonb
  language plpgsql stable security definer
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  c_moves constant integer := 3;
  c_steps constant integer := 20000;
  c_wish constant uuid := '00000000-0000-0000-0000-000000000000';
  v_start timestamptz := (input ->> 'startDate')::timestamptz;
  v_end timestamptz := (input ->> 'endDate')::timestamptz;
  v_cars uuid[];
  v_open uuid[];
  v_reach interval;
  v_hull tstzrange;
  v_plan jsonb;
begin
  select array_agg((k.car).id), make_interval(mins => max((k.car).prep_minutes + (k.car).turnaround_minutes))
    into v_cars, v_reach
    from private.class_cars(plan_moves.car_class, plan_moves.manages, '{}') as k where k.instant;
  v_open := array(select (k.car).id from private.class_cars(plan_moves.car_class, plan_moves.manages, plan_moves.input) as k
                   where k.instant and plan_moves.offers ? k.tariff);
  if v_open = '{}' or private.is_crowded(v_cars, v_start, v_end) then
    return null;
  end if;
  v_hull := tstzrange(v_start - v_reach, v_end + v_reach, '[]');
  for v_move in 1 .. c_moves loop
    select tstzrange(least(lower(v_hull), min(lower(t.blocked)) - v_reach), greatest(upper(v_hull), max(upper(t.blocked)) + v_reach), '[]')
      into v_hull
      from private.class_schedule(v_cars, v_hull) as t
     where t.movable;
  end loop;

  with recursive pool as materialized (
    select c.id, c.prep_minutes, c.turnaround_minutes, c.back_to_back, c.lat_microdegrees as lat, c.lng_microdegrees as lng
      from public.cars as c where c.id = any (v_cars)
  ), busy as materialized (
    select b.car_id, b.trip_id, b.blocked, b.movable, b.starts, b.ends, b.near_lat, b.near_lng, b.near_metres
      from private.class_schedule(v_cars, v_hull) as b
  ), item as materialized (
    select c_wish as id, null::uuid as car_id, v_start as starts, v_end as ends, null::integer as near_lat, null::integer as near_lng, 0 as near_metres
     union all select b.trip_id, b.car_id, b.starts, b.ends, b.near_lat, b.near_lng, b.near_metres from busy as b where b.movable
  ), place as materialized (
    -- Where an item could go, and which trips that may be moved are in its way there.
    select i.id as item, c.id as car_id, w.wanted, array_remove(array_agg(b.trip_id), null) as in_way
      from item as i
      join pool as c on c.id is distinct from i.car_id and (i.id <> c_wish or c.id = any (v_open))
       and (i.near_lat is null or private.metres_between(c.lat, c.lng, i.near_lat, i.near_lng) <= i.near_metres)
     cross join lateral private.blocked_range(i.starts, i.ends, c.prep_minutes, c.turnaround_minutes, c.back_to_back) as w (wanted)
      left join busy as b on b.car_id = c.id and b.blocked && w.wanted
     group by i.id, c.id, w.wanted
    having coalesce(bool_and(b.movable), true) and count(b.trip_id) <= c_moves
  ), path as (
    -- `items` are to be placed, the first ones have been: on `cars`, where they take `taken`.
    select array[c_wish] as items, '{}'::uuid[] as cars, '{}'::tstzrange[] as taken
     union all
    select p.items || o.fresh, p.cars || l.car_id, p.taken || l.wanted
      from path as p
      join place as l on l.item = p.items[cardinality(p.cars) + 1]
     cross join lateral (select array(select x from unnest(l.in_way) as x where x <> all (p.items)) as fresh) as o
     where cardinality(p.items) + cardinality(o.fresh) <= 1 + c_moves
       and not exists (select from unnest(p.cars, p.taken) as k (car_id, taken) where k.car_id = l.car_id and k.taken && l.wanted)
  )
  select jsonb_build_object('carId', s.cars[1], 'cars', s.cars,
           'moves', (select coalesce(jsonb_agg(jsonb_build_object('tripId', s.items[i], 'carId', s.cars[i])), '[]')
                       from generate_series(2, cardinality(s.items)) as i))
    into v_plan
    from (select p.items, p.cars from path as p limit c_steps) as s
   where cardinality(s.items) = cardinality(s.cars)
   limit 1;
  return v_plan;
end
$$;

comment on function private.plan_moves(public.car_classes, boolean, jsonb, jsonb) is
  'How a class could take one more rental if few trips changed cars.';
alter function private.plan_moves(public.car_classes, boolean, jsonb, jsonb) owner to fleetflow_sys;
revoke all on function private.plan_moves(public.car_classes, boolean, jsonb, jsonb) from public;
grant execute on function private.plan_moves(public.car_classes, boolean, jsonb, jsonb) to fleetflow_fn;
-- <<< sql/functions/plan_moves.sql

-- >>> sql/functions/plan_of.sql
-- What: the plan that moves every listed trip to its target: {"moves": [{"tripId", "version", "carId"}]}; NULL when one has none.
-- Who: block_car, with what plan_block listed.
create or replace function private.plan_of(listed jsonb) returns jsonb
  language sql immutable parallel safe
  set search_path = pg_catalog, public, pg_temp
as $$
  select case when bool_and(l.trip ->> 'targetCarId' is not null) then jsonb_build_object('moves', jsonb_agg(
           jsonb_build_object('tripId', l.trip -> 'tripId', 'version', l.trip -> 'version', 'carId', l.trip -> 'targetCarId') order by l.place)) end
    from jsonb_array_elements(plan_of.listed) with ordinality as l (trip, place)
$$;

comment on function private.plan_of(jsonb) is 'The plan that moves every listed trip to its target.';
revoke all on function private.plan_of(jsonb) from public;
grant execute on function private.plan_of(jsonb) to fleetflow_fn;
-- <<< sql/functions/plan_of.sql

-- >>> sql/functions/policy_fault.sql
-- What: what is wrong with a cancellation policy: the path of the first fault (`tiers.0.refundPpm`, empty for the whole), NULL for none.
--   One of the names flexible, moderate, strict and non_refundable, or {"tiers": [{"beforeMinutes": 2880, "refundPpm": 1000000}, ...]}: 1 to 10
--   tiers, from the earliest to the latest; the later somebody cancels, the less comes back.
-- Who: set_fleet_rules and the check on fleets.
create or replace function private.policy_fault(policy jsonb) returns text
  language plpgsql immutable parallel safe
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  v_tier jsonb;
  v_place integer;
  v_minutes integer := 527041;
  v_refund integer := 1000000;
begin
  if policy is null or policy in ('"flexible"', '"moderate"', '"strict"', '"non_refundable"') then
    return null;
  elsif jsonb_typeof(policy) <> 'object' or policy - 'tiers' <> '{}' then
    return '';
  elsif jsonb_typeof(policy -> 'tiers') is distinct from 'array' or jsonb_array_length(policy -> 'tiers') not between 1 and 10 then
    return 'tiers';
  end if;
  for v_tier, v_place in select t.tier, t.place - 1 from jsonb_array_elements(policy -> 'tiers') with ordinality as t (tier, place) loop
    if jsonb_typeof(v_tier) <> 'object' or v_tier - '{beforeMinutes,refundPpm}'::text[] <> '{}' then
      return 'tiers.' || v_place;
    elsif coalesce(v_tier ->> 'beforeMinutes', '') !~ '^(0|[1-9][0-9]{0,5})$' or jsonb_typeof(v_tier -> 'beforeMinutes') <> 'number'
       or (v_tier ->> 'beforeMinutes')::integer >= v_minutes then
      return 'tiers.' || v_place || '.beforeMinutes';
    elsif coalesce(v_tier ->> 'refundPpm', '') !~ '^(0|[1-9][0-9]{0,6})$' or jsonb_typeof(v_tier -> 'refundPpm') <> 'number'
       or (v_tier ->> 'refundPpm')::integer > v_refund then
      return 'tiers.' || v_place || '.refundPpm';
    end if;
    v_minutes := (v_tier ->> 'beforeMinutes')::integer;
    v_refund := (v_tier ->> 'refundPpm')::integer;
  end loop;
  return null;
end
$$;

comment on function private.policy_fault(jsonb) is 'What is wrong with a cancellation policy, NULL when nothing is.';
revoke all on function private.policy_fault(jsonb) from public;
grant execute on function private.policy_fault(jsonb) to fleetflow_fn, fleetflow_sys;
-- <<< sql/functions/policy_fault.sql

-- >>> sql/functions/policy_of.sql
-- What: the cancellation policy that a fleet has now, as a rental that is booked now will remember it.
-- Who: functions that book. Runs as fleetflow_sys: a renter may have a trip in a fleet that shows itself to its members only.
create or replace function private.policy_of(fleet_id uuid) returns jsonb
  language sql stable security definer
  set search_path = pg_catalog, public, pg_temp
as $$
  select private.cancellation_policy(f.cancellation_policy) from public.fleets as f where f.id = policy_of.fleet_id
$$;

comment on function private.policy_of(uuid) is 'The cancellation policy of a fleet.';
alter function private.policy_of(uuid) owner to fleetflow_sys;
revoke all on function private.policy_of(uuid) from public;
grant execute on function private.policy_of(uuid) to fleetflow_fn;
-- <<< sql/functions/policy_of.sql

-- >>> sql/functions/preview_rate_plan.sql
-- What: what a rental in the fleet's time zone would cost by a tariff that is not stored: {"totalCost", "currency", "lines"}.
-- Who: perform, for preview_rate_plan_rpc. Input: fleet, tariff, startDate, endDate, extras.
-- Raises: NOT_FOUND (fleet), FORBIDDEN, BAD_INPUT (the path in the tariff, extras, dates), TOO_LONG (maxDays, limit, nearest).
create or replace function private.preview_rate_plan(actor uuid, input jsonb) returns jsonb
  language plpgsql stable
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  v_fleet public.fleets;
  v_start timestamptz := (input ->> 'startDate')::timestamptz;
  v_end timestamptz := (input ->> 'endDate')::timestamptz;
  v_tariff jsonb := input -> 'tariff';
  v_price jsonb;
begin
  select f.* into v_fleet from public.fleets as f where f.id = private.managed_fleet(input ->> 'fleet', true);
  perform private.check_period(v_start, v_end);
  perform private.check_tariff(v_tariff);
  v_price := private.price_rental(v_tariff, v_fleet.time_zone, v_start, v_end, private.chosen_extras(v_tariff, input -> 'extras'), now());
  return jsonb_build_object('totalCost', v_price -> 'total', 'currency', v_fleet.currency, 'lines', v_price -> 'lines');
end
$$;

comment on function private.preview_rate_plan(uuid, jsonb) is 'What a rental would cost by a tariff that is not stored.';
revoke all on function private.preview_rate_plan(uuid, jsonb) from public;
grant execute on function private.preview_rate_plan(uuid, jsonb) to fleetflow_fn;
-- <<< sql/functions/preview_rate_plan.sql

-- >>> sql/functions/preview_rate_plan_rpc.sql
-- What: Says what a rental would cost by a tariff that is not stored. One statement.
-- Who: owners and managers of the fleet.
-- Raises: UNAUTHENTICATED. Answers perform's outcome of private.preview_rate_plan.
create or replace function public.preview_rate_plan_rpc(
  fleet text, tariff jsonb, start_date timestamptz, end_date timestamptz, actor jsonb, extras jsonb default null,
  idempotency_key text default null
) returns jsonb
  language plpgsql volatile security definer
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  v_actor uuid := private.enter(preview_rate_plan_rpc.actor, true);
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

-- >>> sql/functions/price_delta.sql
-- What: a price with what it changes for a trip that has been charged already: "delta", and "lines" are only the ones to add.
-- Who: reprice_lines, reprice_booked, and take_hold for a hold that is priced anew. Runs as fleetflow_sys.
create or replace function private.price_delta(trip public.trips, price jsonb) returns jsonb
  language plpgsql stable security definer
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  v_so_far jsonb;
  v_sum bigint;
begin
  -- What older versions of the product added as one difference is part of the price too.
  select coalesce(jsonb_agg(private.line(l.kind, l.description, l.quantity, l.unit_amount)), '[]'), coalesce(sum(l.amount), 0)
    into v_so_far, v_sum
    from public.trip_lines as l
   where l.car_id = (price_delta.trip).car_id and l.trip_id = (price_delta.trip).id
     and (l.kind in ('day', 'hour', 'best_price', 'minimum', 'extra', 'fee', 'discount', 'tax')
       or l.kind = 'adjustment' and l.description = 'Change of times');
  return price_delta.price || jsonb_build_object('delta', (price_delta.price ->> 'total')::bigint - v_sum,
    'lines', private.delta_lines(v_so_far, price_delta.price -> 'lines'));
end
$$;

comment on function private.price_delta(public.trips, jsonb) is 'A price with what it changes for a trip.';
alter function private.price_delta(public.trips, jsonb) owner to fleetflow_sys;
revoke all on function private.price_delta(public.trips, jsonb) from public;
grant execute on function private.price_delta(public.trips, jsonb) to fleetflow_sys, fleetflow_fn;
-- <<< sql/functions/price_delta.sql

-- >>> sql/functions/price_offers.sql
-- What: what a rental of each of several cars would cost, {"total", "currency"}: price_trip, once for each rate plan or class and zone. NULL for a car
--   that has no price, or one beyond all numbers, or whose plan does not know the extras.
-- Who: searches and refusals, under the caller's policies. Catches: BAD_INPUT, NOT_PRICED, and what is out of a bigint's range: one fleet's tariff is nobody else's
--   concern.
create or replace function private.price_offers(car_ids uuid[], starts timestamptz, ends timestamptz, extras jsonb, as_of timestamptz)
  returns table (car_id uuid, price jsonb)
  language plpgsql stable
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  v_car public.cars;
  v_key text;
  v_prices jsonb := '{}';
  v_price jsonb;
begin
  for v_car in select c.* from public.cars as c where c.id = any (price_offers.car_ids) loop
    v_key := coalesce(v_car.rate_plan_id, v_car.car_class_id) || v_car.time_zone;
    if not v_prices ? v_key then
      begin
        v_price := private.price_trip(v_car, price_offers.starts, price_offers.ends, price_offers.extras, price_offers.as_of);
      exception when sqlstate 'FF400' or sqlstate 'FF103' or numeric_value_out_of_range then
        v_price := null;
      end;
      v_prices := v_prices || jsonb_build_object(v_key,
        case when v_price is not null then jsonb_build_object('total', v_price -> 'total', 'currency', v_price -> 'currency') end);
    end if;
    price_offers.car_id := v_car.id;
    price_offers.price := nullif(v_prices -> v_key, 'null');
    return next;
  end loop;
end
$$;

comment on function private.price_offers(uuid[], timestamptz, timestamptz, jsonb, timestamptz) is 'What a rental of each of several cars would cost.';
revoke all on function private.price_offers(uuid[], timestamptz, timestamptz, jsonb, timestamptz) from public;
grant execute on function private.price_offers(uuid[], timestamptz, timestamptz, jsonb, timestamptz) to fleetflow_fn;
-- <<< sql/functions/price_offers.sql

-- >>> sql/functions/price_plan.sql
-- What: a price by a version of a rate plan, as it is quoted, charged and remembered: {"ratePlanId", "planVersion", "currency", "total",
--   "lines", "extras", "pricing", "asOf"}.
-- Who: price_trip, reprice_lines. Raises: BAD_INPUT (field extras; or endDate, reason AMOUNT_TOO_LARGE: more than JSON can say exactly).
create or replace function private.price_plan(
  plan public.rate_plans, time_zone text, starts timestamptz, ends timestamptz, extras jsonb, as_of timestamptz, kept jsonb default null
) returns jsonb
  language plpgsql stable
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  v_tariff jsonb := private.tariff_of(price_plan.plan);
  v_extras jsonb := private.chosen_extras(v_tariff, price_plan.extras);
  v_price jsonb := private.price_rental(v_tariff, price_plan.time_zone, price_plan.starts, price_plan.ends, v_extras, price_plan.as_of, price_plan.kept);
begin
  if (v_price ->> 'total')::bigint > 9007199254740991 then
    raise exception using errcode = 'FF400', message = 'BAD_INPUT', detail = jsonb_build_object('field', 'endDate', 'reason', 'AMOUNT_TOO_LARGE');
  end if;
  return v_price || jsonb_build_object('ratePlanId', (price_plan.plan).id, 'planVersion', (price_plan.plan).version,
    'currency', (price_plan.plan).currency, 'extras', v_extras, 'asOf', private.iso(price_plan.as_of));
end
$$;

comment on function private.price_plan(public.rate_plans, text, timestamptz, timestamptz, jsonb, timestamptz, jsonb) is
  'A price by a version of a rate plan.';
revoke all on function private.price_plan(public.rate_plans, text, timestamptz, timestamptz, jsonb, timestamptz, jsonb) from public;
grant execute on function private.price_plan(public.rate_plans, text, timestamptz, timestamptz, jsonb, timestamptz, jsonb) to fleetflow_fn, fleetflow_sys;
-- <<< sql/functions/price_plan.sql

-- >>> sql/functions/price_rental.sql
-- What: the price of a rental: {"total", "lines", "pricing"}. The one function that prices, for quotes, bookings, changes, searches and late
--   returns: pure, so the same arguments always give the same price. `tariff` is what private.tariff_of answers, `extras` is a list of
--   {"code", "quantity"}, `as_of` when it was booked, `kept` the `pricing` of the trip that is changed.
--   In order: time, extras, fees, discounts, taxes; a share is of everything above it and rounded once, half up. What is inclusive is
--   shown with quantity 0: its unit is the tax that the price contains. Every step grows with the one before, so no rental costs more
--   than a longer one. `pricing` is what a trip remembers, so that a later change keeps what was agreed.
-- Who: price_trip, reprice_lines, and whoever prices many cars of one plan.
create or replace function private.price_rental(
  tariff jsonb, time_zone text, starts timestamptz, ends timestamptz, extras jsonb, as_of timestamptz, kept jsonb default null
) returns jsonb
  language plpgsql immutable parallel safe
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  v_time jsonb := private.time_lines(price_rental.tariff, price_rental.time_zone, price_rental.starts, price_rental.ends, price_rental.kept -> 'days');
  v_lines jsonb := v_time -> 'lines';
  v_total bigint := (v_time ->> 'amount')::bigint;
  v_rule jsonb;
  v_quantity bigint;
  v_amount bigint;
begin
  if jsonb_array_length(price_rental.extras) > 0 then
    for v_rule, v_quantity in
      select e, (x ->> 'quantity')::bigint * case e ->> 'per' when 'day' then (v_time ->> 'days')::bigint else 1 end
        from jsonb_array_elements(price_rental.tariff -> 'extras') with ordinality as r (e, n)
        join jsonb_array_elements(price_rental.extras) as x on x ->> 'code' = e ->> 'code'
       order by n
    loop
      v_amount := (v_rule ->> 'amount')::bigint;
      v_lines := v_lines || private.line('extra', v_rule ->> 'name', v_quantity, v_amount);
      v_total := v_total + v_quantity * v_amount;
    end loop;
  end if;
  for i in 0 .. coalesce(jsonb_array_length(price_rental.tariff -> 'fees'), 0) - 1 loop
    v_rule := price_rental.tariff -> 'fees' -> i;
    v_amount := coalesce((v_rule ->> 'amount')::bigint, private.share(v_total, (v_rule ->> 'ppm')::bigint));
    v_lines := v_lines || private.line('fee', v_rule ->> 'name', 1, v_amount);
    v_total := v_total + v_amount;
  end loop;
  for i in 0 .. coalesce(jsonb_array_length(price_rental.tariff -> 'discounts'), 0) - 1 loop
    v_rule := price_rental.tariff -> 'discounts' -> i;
    continue when price_rental.starts - price_rental.as_of < make_interval(hours => 24 * coalesce((v_rule ->> 'leadDays')::integer, 0));
    v_amount := -private.share(v_total, (v_rule ->> 'ppm')::bigint);
    v_lines := v_lines || private.line('discount', v_rule ->> 'name', 1, v_amount);
    v_total := v_total + v_amount;
  end loop;
  if jsonb_array_length(price_rental.tariff -> 'taxes') > 0 then
    v_rule := private.tax_lines(price_rental.tariff, v_total);
    v_lines := v_lines || v_rule;
    for i in 0 .. jsonb_array_length(v_rule) - 1 loop
      v_total := v_total + (v_rule -> i ->> 'amount')::bigint;
    end loop;
  end if;
  return jsonb_build_object('total', v_total, 'lines', v_lines, 'pricing', jsonb_build_object(
    'timeZone', price_rental.time_zone, 'asOf', private.iso(price_rental.as_of), 'days', v_time -> 'granted', 'begunDays', v_time -> 'days'));
end
$$;

comment on function private.price_rental(jsonb, text, timestamptz, timestamptz, jsonb, timestamptz, jsonb) is 'The price of a rental, line by line.';
revoke all on function private.price_rental(jsonb, text, timestamptz, timestamptz, jsonb, timestamptz, jsonb) from public;
grant execute on function private.price_rental(jsonb, text, timestamptz, timestamptz, jsonb, timestamptz, jsonb) to fleetflow_fn, fleetflow_sys;
-- <<< sql/functions/price_rental.sql

-- >>> sql/functions/price_trip.sql
-- What: the price of a rental of a car by the plan that prices it now: {"ratePlanId", "planVersion", "currency", "total", "lines", "extras",
--   "pricing", "asOf"}. `extras` is a list of {"code", "quantity"}; `pricing` is what the trip remembers.
-- Who: everything that quotes or books a rental, under the caller's policies. Raises: NOT_PRICED, BAD_INPUT (field extras, endDate).
create or replace function private.price_trip(
  car public.cars, starts timestamptz, ends timestamptz, extras jsonb default '[]', as_of timestamptz default now()
) returns jsonb
  language plpgsql stable
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  v_plan public.rate_plans := private.rate_plan_of(price_trip.car);
begin
  if v_plan.id is null then
    raise exception using errcode = 'FF103', message = 'NOT_PRICED';
  end if;
  return private.price_plan(v_plan, (price_trip.car).time_zone, price_trip.starts, price_trip.ends, price_trip.extras, price_trip.as_of);
end
$$;

comment on function private.price_trip(public.cars, timestamptz, timestamptz, jsonb, timestamptz) is 'The price of a rental of a car.';
revoke all on function private.price_trip(public.cars, timestamptz, timestamptz, jsonb, timestamptz) from public;
grant execute on function private.price_trip(public.cars, timestamptz, timestamptz, jsonb, timestamptz) to fleetflow_fn, fleetflow_sys;
-- <<< sql/functions/price_trip.sql

-- >>> sql/functions/put_rate_plan.sql
-- What: writes which plan prices a car, a class (by id) or, with neither, whatever else a fleet has. NULL takes the plan away.
-- Who: assign_rate_plan, for an owner or manager of the fleet. Runs as fleetflow_sys, which alone may write cars, classes and fleets.
-- Locks: the car, the class or the fleet.
create or replace function private.put_rate_plan(fleet_id uuid, rate_plan_id uuid, car_id uuid, car_class_id uuid) returns void
  language plpgsql volatile security definer
  set search_path = pg_catalog, public, pg_temp
as $$
begin
  if put_rate_plan.car_id is not null then
    perform private.lock_cars(array[put_rate_plan.car_id]);
    update public.cars as c set rate_plan_id = put_rate_plan.rate_plan_id
     where c.id = put_rate_plan.car_id and c.fleet_id = put_rate_plan.fleet_id;
  elsif put_rate_plan.car_class_id is not null then
    update public.car_classes as cc set rate_plan_id = put_rate_plan.rate_plan_id
     where cc.id = put_rate_plan.car_class_id and cc.fleet_id = put_rate_plan.fleet_id;
  else
    update public.fleets as f set rate_plan_id = put_rate_plan.rate_plan_id where f.id = put_rate_plan.fleet_id;
  end if;
end
$$;

comment on function private.put_rate_plan(uuid, uuid, uuid, uuid) is 'Writes which plan prices a car, a class or a fleet.';
alter function private.put_rate_plan(uuid, uuid, uuid, uuid) owner to fleetflow_sys;
revoke all on function private.put_rate_plan(uuid, uuid, uuid, uuid) from public;
grant execute on function private.put_rate_plan(uuid, uuid, uuid, uuid) to fleetflow_fn;
-- <<< sql/functions/put_rate_plan.sql

-- >>> sql/functions/quote_json.sql
-- What: a quote as the API shows it; id and expiresAt are null where it was not stored. Who: quote_trip.
create or replace function private.quote_json(quote public.quotes) returns jsonb
  language sql stable
  set search_path = pg_catalog, public, pg_temp
as $$
  select jsonb_build_object(
    'id', (quote_json.quote).id,
    'carId', (quote_json.quote).car_id,
    'userId', (quote_json.quote).user_id,
    'startDate', private.iso((quote_json.quote).start_date),
    'endDate', private.iso((quote_json.quote).end_date),
    'extras', (quote_json.quote).extras,
    'totalCost', (quote_json.quote).total_cost,
    'currency', (quote_json.quote).priced -> 'currency',
    'lines', (quote_json.quote).priced -> 'lines',
    'ratePlanId', (quote_json.quote).rate_plan_id,
    'ratePlanVersion', (quote_json.quote).priced -> 'planVersion',
    'offeredExtras', (select coalesce(p.rules -> 'extras', '[]') from public.rate_plans as p where p.id = (quote_json.quote).rate_plan_id),
    'expiresAt', private.iso((quote_json.quote).expires_at),
    'createdAt', private.iso((quote_json.quote).created_at))
$$;

comment on function private.quote_json(public.quotes) is 'A quote as the API shows it.';
revoke all on function private.quote_json(public.quotes) from public;
grant execute on function private.quote_json(public.quotes) to fleetflow_fn;
-- <<< sql/functions/quote_json.sql

-- >>> sql/functions/quote_trip.sql
-- What: promises a price for 15 minutes, for one renter, car, period and choice of extras; with `preview` it only says what it would be.
--   A quote takes no car: whether it is free is decided when it is booked.
-- Who: perform, for quote_trip_rpc; fresh_quote. Input: carId, userId, startDate, endDate, extras, preview.
-- Raises: NOT_FOUND (carId, userId), FORBIDDEN, BAD_INPUT, TOO_SOON (earliest), TOO_FAR (latest), TOO_SHORT and TOO_LONG (limit, nearest),
--   OUTSIDE_HOURS (nearest), NOT_PRICED. Locks: nothing.
create or replace function private.quote_trip(actor uuid, input jsonb) returns jsonb
  language plpgsql volatile
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  v_car public.cars := private.bookable_car(quote_trip.actor, input - '{purpose,driverId}'::text[]);
  v_renter uuid := coalesce((input ->> 'userId')::uuid, quote_trip.actor);
  v_start timestamptz := (input ->> 'startDate')::timestamptz;
  v_end timestamptz := (input ->> 'endDate')::timestamptz;
  v_fleet public.fleets;
  v_priced jsonb;
  v_quote public.quotes;
begin
  select f.* into v_fleet from public.fleets as f where f.id = v_car.fleet_id;
  if v_fleet.id not in (select private.my_fleets('{owner,manager}')) then
    perform private.refuse_period(coalesce(private.start_fault(v_fleet, v_car.time_zone, v_start, null),
                                           private.end_fault(v_fleet, v_car.time_zone, v_start, v_end, null)));
  end if;
  v_priced := private.price_trip(v_car, v_start, v_end, input -> 'extras');
  v_quote := row (v_car.id, private.uuid_v7(), v_car.fleet_id, v_renter, v_start, v_end, v_priced -> 'extras', v_priced ->> 'ratePlanId',
    v_priced ->> 'total', v_priced, now() + interval '15 minutes', null, null, now());
  if (input ->> 'preview')::boolean then
    v_quote.id := null;
    v_quote.expires_at := null;
  else
    insert into public.quotes select v_quote.*;
  end if;
  return private.quote_json(v_quote);
end
$$;

comment on function private.quote_trip(uuid, jsonb) is 'Promises a price for 15 minutes.';
revoke all on function private.quote_trip(uuid, jsonb) from public;
grant execute on function private.quote_trip(uuid, jsonb) to fleetflow_fn;
-- <<< sql/functions/quote_trip.sql

-- >>> sql/functions/quote_trip_rpc.sql
-- What: promises the price of a rental for 15 minutes. One statement.
-- Who: any signed-in user for themselves; owners and managers of the car's fleet for any renter.
-- Raises: UNAUTHENTICATED. Answers perform's outcome of private.quote_trip.
create or replace function public.quote_trip_rpc(
  car_id uuid, start_date timestamptz, end_date timestamptz, actor jsonb, extras jsonb default '[]', user_id uuid default null,
  preview boolean default false, idempotency_key text default null
) returns jsonb
  language plpgsql volatile security definer
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  v_actor uuid := private.enter(quote_trip_rpc.actor, true);
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

-- >>> sql/functions/rate_plan_json.sql
-- What: a version of a rate plan as the API shows it, with what it prices. Who: functions about rate plans, for whoever may set prices.
create or replace function private.rate_plan_json(plan public.rate_plans) returns jsonb
  language sql stable
  set search_path = pg_catalog, public, pg_temp
as $$
  select jsonb_build_object(
    'id', (rate_plan_json.plan).id,
    'fleetId', (rate_plan_json.plan).fleet_id,
    'name', (rate_plan_json.plan).name,
    'version', (rate_plan_json.plan).version,
    'newest', not exists (
      select from public.rate_plans as o
       where o.fleet_id = (rate_plan_json.plan).fleet_id and o.name = (rate_plan_json.plan).name and o.version > (rate_plan_json.plan).version),
    'currency', (rate_plan_json.plan).currency,
    'tariff', private.tariff_of(rate_plan_json.plan) - 'currency',
    'assignedTo', jsonb_build_object(
      'fleet', exists (select from public.fleets as f where f.id = (rate_plan_json.plan).fleet_id and f.rate_plan_id = (rate_plan_json.plan).id),
      'carClasses', (select coalesce(jsonb_agg(cc.slug order by cc.slug), '[]') from public.car_classes as cc
                      where cc.fleet_id = (rate_plan_json.plan).fleet_id and cc.rate_plan_id = (rate_plan_json.plan).id),
      'cars', (select count(*) from public.cars as c
                where c.fleet_id = (rate_plan_json.plan).fleet_id and c.rate_plan_id = (rate_plan_json.plan).id)),
    'createdAt', private.iso((rate_plan_json.plan).created_at))
$$;

comment on function private.rate_plan_json(public.rate_plans) is 'A version of a rate plan as the API shows it.';
revoke all on function private.rate_plan_json(public.rate_plans) from public;
grant execute on function private.rate_plan_json(public.rate_plans) to fleetflow_fn;
-- <<< sql/functions/rate_plan_json.sql

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
grant execute on function private.rate_plan_of(public.cars) to fleetflow_fn, fleetflow_sys;
-- <<< sql/functions/rate_plan_of.sql

-- >>> sql/functions/reason_of.sql
-- What: the reason of an operation without the space around it; NULL where there is none.
-- Who: functions that cancel or decline. Raises: BAD_INPUT (field reason), above 1,000 characters.
create or replace function private.reason_of(input jsonb) returns text
  language plpgsql immutable parallel safe
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  v_reason text := nullif(btrim(input ->> 'reason', E' \t\n\r'), '');
begin
  if length(v_reason) > 1000 then
    raise exception using errcode = 'FF400', message = 'BAD_INPUT', detail = jsonb_build_object('field', 'reason');
  end if;
  return v_reason;
end
$$;

comment on function private.reason_of(jsonb) is 'The reason of an operation.';
revoke all on function private.reason_of(jsonb) from public;
grant execute on function private.reason_of(jsonb) to fleetflow_fn;
-- <<< sql/functions/reason_of.sql

-- >>> sql/functions/record_odometer.sql
-- What: makes a reading the car's last one; no reading changes nothing. An odometer does not run backwards: not below the car's last reading,
--   nor below `at_least`, the one at which the trip began.
-- Who: functions that start or complete a trip, under the car's lock. Runs as fleetflow_sys: a renter may not change a car.
-- Raises: ODOMETER_LOW (odometer, the last reading).
create or replace function private.record_odometer(car_id uuid, reading integer, at_least integer default null) returns void
  language plpgsql volatile security definer
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  v_last integer;
begin
  if record_odometer.reading is null then
    return;
  end if;
  select greatest(c.odometer, record_odometer.at_least) into v_last from public.cars as c where c.id = record_odometer.car_id;
  if record_odometer.reading < v_last then
    raise exception using errcode = 'FF011', message = 'ODOMETER_LOW', detail = jsonb_build_object('field', 'odometer', 'odometer', v_last);
  end if;
  update public.cars as c set odometer = record_odometer.reading
   where c.id = record_odometer.car_id and c.odometer is distinct from record_odometer.reading;
end
$$;

comment on function private.record_odometer(uuid, integer, integer) is 'Makes a reading the car''s last one.';
alter function private.record_odometer(uuid, integer, integer) owner to fleetflow_sys;
revoke all on function private.record_odometer(uuid, integer, integer) from public;
grant execute on function private.record_odometer(uuid, integer, integer) to fleetflow_fn;
-- <<< sql/functions/record_odometer.sql

-- >>> sql/functions/refresh_risk.sql
-- What: marks the trips of a car that begin where the trip before them was cut short of its turnaround, and unmarks all others.
-- Who: functions after which a trip of the car is late, back, moved or gone, under the car's lock. Runs as fleetflow_sys and in nobody's
--   name: the trip at risk is somebody else's.
create or replace function private.refresh_risk(car_id uuid) returns void
  language plpgsql volatile security definer
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  v_uid text := current_setting('fleetflow.uid', true);
begin
  perform set_config('fleetflow.uid', '', true);
  update public.trips as t
     set at_risk = r.risk
    from (select n.id, n.status in ('held', 'requested', 'confirmed') and exists (
                   select from public.trips as late
                    where late.car_id = n.car_id and late.blocked -|- n.blocked and upper(late.blocked) = lower(n.blocked)
                      and late.cut and late.status in ('active', 'completed')) as risk
            from public.trips as n
           where n.car_id = refresh_risk.car_id and (n.at_risk or n.status in ('held', 'requested', 'confirmed'))) as r
   where t.car_id = refresh_risk.car_id and t.id = r.id and t.at_risk <> r.risk;
  perform set_config('fleetflow.uid', coalesce(v_uid, ''), true);
end
$$;

comment on function private.refresh_risk(uuid) is 'Marks the trips that begin where the one before them is late.';
alter function private.refresh_risk(uuid) owner to fleetflow_sys;
revoke all on function private.refresh_risk(uuid) from public;
grant execute on function private.refresh_risk(uuid) to fleetflow_fn, fleetflow_sys;
-- <<< sql/functions/refresh_risk.sql

-- >>> sql/functions/refuse_occurrences.sql
-- What: refuses a series by its first occurrence that cannot be booked, and lists all of them with their codes.
--   `faults` is [{"startDate", "endDate", "code", "detail"}].
-- Who: create_trip_series.
-- Raises: TRIP_OVERLAP (conflicts, nextFree), OUTSIDE_HOURS (field, nearest), TOO_SHORT and TOO_LONG (limit in minutes, nearest), TOO_SOON (earliest),
--   TOO_FAR (latest), QUOTA_EXCEEDED (limit), each with occurrences.
create or replace function private.refuse_occurrences(faults jsonb) returns void
  language plpgsql immutable
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  v_detail jsonb := (faults -> 0 -> 'detail')
    || jsonb_build_object('occurrences', (select jsonb_agg(f.fault - 'detail' order by f.place)
                                            from jsonb_array_elements(faults) with ordinality as f (fault, place)));
begin
  if faults -> 0 ->> 'code' = 'TRIP_OVERLAP' then
    raise exception using errcode = 'FF001', message = 'TRIP_OVERLAP', detail = v_detail;
  end if;
  perform private.refuse_rule(jsonb_build_object('code', faults -> 0 -> 'code', 'detail', v_detail));
end
$$;

comment on function private.refuse_occurrences(jsonb) is 'Refuses a series by its first occurrence that cannot be booked.';
revoke all on function private.refuse_occurrences(jsonb) from public;
grant execute on function private.refuse_occurrences(jsonb) to fleetflow_fn;
-- <<< sql/functions/refuse_occurrences.sql

-- >>> sql/functions/refuse_overlap.sql
-- What: refuses a period that another trip has. What is in the way and what else can be had is added by enrich_refusal,
--   after the car's lock is gone.
-- Who: every function that books or moves a trip. Raises: TRIP_OVERLAP (conflicts, nextFree).
create or replace function private.refuse_overlap(
  car_id uuid, starts timestamptz, ends timestamptz, prep_minutes integer, turnaround_minutes integer,
  back_to_back boolean, except_trip_id uuid default null, except_trip_ids uuid[] default '{}'
) returns void
  language plpgsql immutable
  set search_path = pg_catalog, public, pg_temp
as $$
begin
  raise exception using errcode = 'FF001', message = 'TRIP_OVERLAP', detail = jsonb_build_object(
    'carId', refuse_overlap.car_id, 'startDate', refuse_overlap.starts, 'endDate', refuse_overlap.ends,
    'prepMinutes', refuse_overlap.prep_minutes, 'turnaroundMinutes', refuse_overlap.turnaround_minutes,
    'backToBack', refuse_overlap.back_to_back, 'exceptTripId', refuse_overlap.except_trip_id,
    'exceptTripIds', refuse_overlap.except_trip_ids);
end
$$;

comment on function private.refuse_overlap(uuid, timestamptz, timestamptz, integer, integer, boolean, uuid, uuid[]) is
  'Refuses a period that another trip has.';
revoke all on function private.refuse_overlap(uuid, timestamptz, timestamptz, integer, integer, boolean, uuid, uuid[]) from public;
grant execute on function private.refuse_overlap(uuid, timestamptz, timestamptz, integer, integer, boolean, uuid, uuid[]) to fleetflow_fn, fleetflow_sys;
-- <<< sql/functions/refuse_overlap.sql

-- >>> sql/functions/refuse_period.sql
-- What: refuses what a rule about periods forbids, given as rule_fault answers it; does nothing for NULL.
-- Who: refuse_rule, check_change.
-- Raises: OUTSIDE_HOURS (field, nearest), TOO_SHORT and TOO_LONG (limit in minutes, nearest), TOO_SOON (earliest), TOO_FAR (latest).
create or replace function private.refuse_period(fault jsonb) returns void
  language plpgsql immutable
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  v_code text := fault ->> 'code';
  v_detail text := fault -> 'detail';
begin
  if v_code = 'OUTSIDE_HOURS' then
    raise exception using errcode = 'FF105', message = 'OUTSIDE_HOURS', detail = v_detail;
  elsif v_code = 'TOO_SHORT' then
    raise exception using errcode = 'FF107', message = 'TOO_SHORT', detail = v_detail;
  elsif v_code = 'TOO_LONG' then
    raise exception using errcode = 'FF102', message = 'TOO_LONG', detail = v_detail;
  elsif v_code = 'TOO_SOON' then
    raise exception using errcode = 'FF101', message = 'TOO_SOON', detail = v_detail;
  elsif v_code = 'TOO_FAR' then
    raise exception using errcode = 'FF106', message = 'TOO_FAR', detail = v_detail;
  end if;
end
$$;

comment on function private.refuse_period(jsonb) is 'Refuses what a rule about periods forbids.';
revoke all on function private.refuse_period(jsonb) from public;
grant execute on function private.refuse_period(jsonb) to fleetflow_fn, fleetflow_sys;
-- <<< sql/functions/refuse_period.sql

-- >>> sql/functions/refuse_plan.sql
-- What: refuses a plan that no longer fits, with what differs: [{"tripId", "change"}].
-- Who: block_car. Raises: PLAN_STALE (changes).
create or replace function private.refuse_plan(changes jsonb) returns void
  language plpgsql immutable
  set search_path = pg_catalog, public, pg_temp
as $$
begin
  raise exception using errcode = 'FF010', message = 'PLAN_STALE', detail = jsonb_build_object('field', 'plan', 'changes', refuse_plan.changes);
end
$$;

comment on function private.refuse_plan(jsonb) is 'Refuses a plan that no longer fits.';
revoke all on function private.refuse_plan(jsonb) from public;
grant execute on function private.refuse_plan(jsonb) to fleetflow_fn;
-- <<< sql/functions/refuse_plan.sql

-- >>> sql/functions/refuse_rule.sql
-- What: refuses what a rule of the fleet forbids, given as rule_fault answers it; does nothing for NULL.
-- Who: check_rules, create_trip_series.
-- Raises: OUTSIDE_HOURS (field, nearest), TOO_SHORT and TOO_LONG (limit in minutes, nearest), TOO_SOON (earliest), TOO_FAR (latest),
--   QUOTA_EXCEEDED (limit).
create or replace function private.refuse_rule(fault jsonb) returns void
  language plpgsql immutable
  set search_path = pg_catalog, public, pg_temp
as $$
begin
  if fault ->> 'code' = 'QUOTA_EXCEEDED' then
    raise exception using errcode = 'FF108', message = 'QUOTA_EXCEEDED', detail = fault -> 'detail';
  end if;
  perform private.refuse_period(refuse_rule.fault);
end
$$;

comment on function private.refuse_rule(jsonb) is 'Refuses what a rule of the fleet forbids.';
revoke all on function private.refuse_rule(jsonb) from public;
grant execute on function private.refuse_rule(jsonb) to fleetflow_fn, fleetflow_sys;
-- <<< sql/functions/refuse_rule.sql

-- >>> sql/functions/refuse_trip.sql
-- What: refuses an operation that a trip's state does not allow, and says what the caller can do from here instead.
-- Who: functions that change a trip. Raises: INVALID_STATE (from, operation, allowed).
create or replace function private.refuse_trip(trip public.trips, operation text) returns void
  language plpgsql stable
  set search_path = pg_catalog, public, pg_temp
as $$
begin
  raise exception using errcode = 'FF002', message = 'INVALID_STATE', detail = jsonb_build_object(
    'from', (private.settled(refuse_trip.trip)).status, 'operation', refuse_trip.operation,
    'allowed', array_remove(private.allowed_operations(refuse_trip.trip), refuse_trip.operation));
end
$$;

comment on function private.refuse_trip(public.trips, text) is 'Refuses an operation that a trip''s state does not allow.';
revoke all on function private.refuse_trip(public.trips, text) from public;
grant execute on function private.refuse_trip(public.trips, text) to fleetflow_fn;
-- <<< sql/functions/refuse_trip.sql

-- >>> sql/functions/relay.sql
-- What: moves up to `batch` changes from the outbox to the end of the event log, in order and without a gap, and rings one bell.
--   Answers how many it took; NULL at once when another relay is at work. Whatever interrupts it, a change is in one of the two tables.
--   One car's changes are numbered under its lock, so whoever sees a change sees all earlier ones of that car: taking committed rows by
--   number keeps their order. Across cars the log's order is the order in which changes were found.
-- Who: relay_events. Runs as fleetflow_sys. Locks: the relay's row, so that one works at a time.
create or replace function private.relay(batch integer) returns integer
  language plpgsql volatile security definer
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  v_pos bigint;
  v_changes public.outbox[];
  v_logged integer;
begin
  -- Nothing to do costs nothing: no lock, no transaction number.
  if not exists (select from public.outbox) then
    return 0;
  end if;
  select r.last_pos into v_pos from public.event_relay as r for update skip locked;
  if not found then
    return null;
  end if;
  -- What a moved trip leaves behind tells nothing: it waits for the row that tells of the move and goes with it.
  v_changes := array(
    select o from public.outbox as o
     where not (o.after is null and exists (
       select from public.outbox as i
        where i.entity_id = o.entity_id and i.xact = o.xact and i.before is null and i.after is not null))
     order by o.seq limit relay.batch);
  if cardinality(v_changes) = 0 then
    return 0;
  end if;
  v_changes := v_changes || array(
    select o
      from unnest(v_changes) as c
      join public.outbox as o on o.entity_id = c.entity_id and o.xact = c.xact and o.after is null
     where c.before is null and c.after is not null and c.version > 1);

  insert into public.event_log (pos, id, entity, entity_id, car_id, fleet_id, type, actor_id, actor_role, operation, version, after, was, occurred_at)
  select v_pos + row_number() over (order by c.seq), e.id, e.entity, e.entity_id, e.car_id, e.fleet_id, e.type, e.actor_id, e.actor_role,
         e.operation, e.version, e.after, e.was, e.occurred_at
    from unnest(v_changes) as c
   cross join lateral private.event_of(c) as e
   where e.id is not null;
  get diagnostics v_logged = row_count;
  delete from public.outbox as o where o.seq = any (select c.seq from unnest(v_changes) as c);
  update public.event_relay as r set last_pos = v_pos + v_logged, moved_at = clock_timestamp() where r.single;
  perform pg_notify('fleetflow_events', (v_pos + v_logged)::text);
  return cardinality(v_changes);
end
$$;

comment on function private.relay(integer) is 'Moves changes from the outbox to the event log.';
alter function private.relay(integer) owner to fleetflow_sys;
revoke all on function private.relay(integer) from public;
grant execute on function private.relay(integer) to fleetflow_fn;
-- <<< sql/functions/relay.sql

-- >>> sql/functions/relay_events.sql
-- What: lets the server's relay move what has happened into the event log; see private.relay. `batch` is 1 to 10,000.
-- Who: the server's own loop: nobody acts here, and nothing is shown.
-- Locks: the relay's row.
create or replace function public.relay_events(batch integer) returns integer
  language sql volatile security definer
  set search_path = pg_catalog, public, pg_temp
as $$
  select private.relay(greatest(1, least(10000, relay_events.batch)))
$$;

comment on function public.relay_events(integer) is 'Moves changes from the outbox to the event log.';
alter function public.relay_events(integer) owner to fleetflow_fn;
revoke all on function public.relay_events(integer) from public;
grant execute on function public.relay_events(integer) to fleetflow_api;
-- <<< sql/functions/relay_events.sql

-- >>> sql/functions/rental_units.sql
-- What: {days, hours}: the whole local days of a rental by the wall clock of the car's zone (Saturday 10:00 to Sunday 10:00 is one day on
--   23, 24 and 25 hour days), and the started hours of the rest in real time. The rest is free up to 59 minutes after a whole day.
-- Who: time_lines.
create or replace function private.rental_units(time_zone text, starts timestamptz, ends timestamptz) returns integer[]
  language plpgsql immutable parallel safe
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  c_grace_minutes constant integer := 59;
  v_local timestamp := rental_units.starts at time zone rental_units.time_zone;
  v_from timestamptz := rental_units.starts;
  v_days integer := floor(extract(epoch from rental_units.ends - rental_units.starts) / 86400) + 2;
  v_rest numeric;
begin
  while v_days > 0 loop
    v_from := private.instant_of(v_local + make_interval(days => v_days), rental_units.time_zone);
    exit when v_from <= rental_units.ends;
    v_days := v_days - 1;
    v_from := rental_units.starts;
  end loop;
  v_rest := extract(epoch from rental_units.ends - v_from);
  if v_days > 0 and v_rest <= c_grace_minutes * 60 then
    return array[v_days, 0];
  end if;
  return array[v_days, ceil(v_rest / 3600)::integer];
end
$$;

comment on function private.rental_units(text, timestamptz, timestamptz) is 'The whole local days of a rental and the started hours of the rest.';
revoke all on function private.rental_units(text, timestamptz, timestamptz) from public;
grant execute on function private.rental_units(text, timestamptz, timestamptz) to fleetflow_fn, fleetflow_sys;
-- <<< sql/functions/rental_units.sql

-- >>> sql/functions/reprice_booked.sql
-- What: what a trip costs with other times or other extras by the rates of its booking, in the shape of private.reprice_lines.
--   A day that stays keeps its rate and its length factor; a new one gets the tier of the new length. Discounts count from the booking.
-- Who: reprice_lines, adjustment_lines, as fleetflow_sys. Raises: BAD_INPUT (field extras, endDate).
create or replace function private.reprice_booked(
  trip public.trips, starts timestamptz, ends timestamptz, extras jsonb default null, time_zone text default null
) returns jsonb
  language plpgsql stable
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  v_plan public.rate_plans;
  v_kept jsonb := (reprice_booked.trip).pricing;
  v_as_of timestamptz := coalesce((v_kept ->> 'asOf')::timestamptz, (reprice_booked.trip).created_at);
  v_extras jsonb := coalesce(nullif(reprice_booked.extras, 'null'), (reprice_booked.trip).extras);
  v_zone text;
begin
  select p.* into v_plan from public.rate_plans as p
   where p.id = (reprice_booked.trip).rate_plan_id and (reprice_booked.trip).purpose = 'rental';
  if not found then
    return jsonb_build_object('ratePlanId', (reprice_booked.trip).rate_plan_id, 'currency', (reprice_booked.trip).currency, 'total', 0, 'delta', 0,
      'lines', '[]'::jsonb, 'extras', v_extras, 'pricing', v_kept);
  end if;
  v_zone := coalesce(reprice_booked.time_zone, v_kept ->> 'timeZone',
    (select c.time_zone from public.cars as c where c.id = (reprice_booked.trip).car_id));
  if v_kept is null then
    v_kept := private.price_plan(v_plan, v_zone, (reprice_booked.trip).trip_start_date, (reprice_booked.trip).trip_end_date, '[]', v_as_of) -> 'pricing';
  end if;
  return private.price_delta(reprice_booked.trip,
    private.price_plan(v_plan, v_zone, reprice_booked.starts, reprice_booked.ends, v_extras, v_as_of, v_kept));
end
$$;

comment on function private.reprice_booked(public.trips, timestamptz, timestamptz, jsonb, text) is 'What a changed trip costs by the rates of its booking.';
revoke all on function private.reprice_booked(public.trips, timestamptz, timestamptz, jsonb, text) from public;
grant execute on function private.reprice_booked(public.trips, timestamptz, timestamptz, jsonb, text) to fleetflow_sys;
-- <<< sql/functions/reprice_booked.sql

-- >>> sql/functions/reprice_lines.sql
-- What: what a trip costs with other times, another car or other extras: {"ratePlanId", "planVersion", "currency", "total", "delta",
--   "lines", "extras", "pricing", "asOf"}, where `lines` are the ones to add and `pricing` is what the trip remembers from then on.
--   Without another car by the rates of the booking. A car that is priced by a plan of the same name is, too; one that is priced by
--   another plan is another offer: everything is priced by that plan as of now.
--   `car` may be NULL (the trip's own), `extras` too (as they are). What is no rental, or was imported, changes by nothing.
-- Who: functions that change a trip, for one that the caller may change. Runs as fleetflow_sys: the renter may no longer see the car.
-- Raises: NOT_PRICED (the other car), BAD_INPUT (field extras, endDate).
create or replace function private.reprice_lines(
  trip public.trips, car public.cars, starts timestamptz, ends timestamptz, extras jsonb default null
) returns jsonb
  language plpgsql stable security definer
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  v_plan public.rate_plans;
  v_same boolean;
begin
  if (reprice_lines.trip).purpose <> 'rental' or (reprice_lines.trip).rate_plan_id is null
     or coalesce((reprice_lines.car).id, (reprice_lines.trip).car_id) = (reprice_lines.trip).car_id then
    return private.reprice_booked(reprice_lines.trip, reprice_lines.starts, reprice_lines.ends, reprice_lines.extras);
  end if;
  v_plan := private.rate_plan_of(reprice_lines.car);
  if v_plan.id is null then
    raise exception using errcode = 'FF103', message = 'NOT_PRICED';
  end if;
  select (p.fleet_id, p.name) = (v_plan.fleet_id, v_plan.name) into v_same
    from public.rate_plans as p where p.id = (reprice_lines.trip).rate_plan_id;
  if v_same then
    return private.reprice_booked(reprice_lines.trip, reprice_lines.starts, reprice_lines.ends, reprice_lines.extras, (reprice_lines.car).time_zone);
  end if;
  return private.price_delta(reprice_lines.trip, private.price_plan(v_plan, (reprice_lines.car).time_zone, reprice_lines.starts, reprice_lines.ends,
    coalesce(nullif(reprice_lines.extras, 'null'), (reprice_lines.trip).extras), now()));
end
$$;

comment on function private.reprice_lines(public.trips, public.cars, timestamptz, timestamptz, jsonb) is 'What a trip costs when it is changed.';
alter function private.reprice_lines(public.trips, public.cars, timestamptz, timestamptz, jsonb) owner to fleetflow_sys;
revoke all on function private.reprice_lines(public.trips, public.cars, timestamptz, timestamptz, jsonb) from public;
grant execute on function private.reprice_lines(public.trips, public.cars, timestamptz, timestamptz, jsonb) to fleetflow_fn;
-- <<< sql/functions/reprice_lines.sql

-- >>> sql/functions/respond_by.sql
-- What: until when a fleet answers a request for a trip that begins at `starts`: 8 hours from now, and at the latest 2 hours before the start.
-- Who: functions that hold or book a car that needs its fleet's approval.
-- Raises: TOO_SOON (earliest), where that would leave the fleet less than 30 minutes.
create or replace function private.respond_by(starts timestamptz) returns timestamptz
  language plpgsql stable
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  v_limit timestamptz := least(now() + interval '8 hours', respond_by.starts - interval '2 hours');
begin
  if v_limit < now() + interval '30 minutes' then
    raise exception using errcode = 'FF101', message = 'TOO_SOON', detail = jsonb_build_object(
      'field', 'startDate', 'earliest', private.iso(date_trunc('minute', now()) + interval '2 hours 31 minutes'));
  end if;
  return v_limit;
end
$$;

comment on function private.respond_by(timestamptz) is 'Until when a fleet answers a request.';
revoke all on function private.respond_by(timestamptz) from public;
grant execute on function private.respond_by(timestamptz) to fleetflow_fn;
-- <<< sql/functions/respond_by.sql

-- >>> sql/functions/rule_fault.sql
-- What: which rule of the car's fleet a rental would break, as {"code", "detail"}; NULL for none. A fleet's own use (purpose) breaks none, and its
--   owners and managers may overrule all but the quota of somebody else. A trip that is changed (`was`: its period so far) is judged by what
--   changes, and its quota never; `except_ids` are trips that the booking takes the place of.
-- Who: check_rules, and whoever tries several periods. After the car's lock. Locks: the renter, where the fleet has a quota.
-- Runs as fleetflow_sys: a renter may have a trip in a fleet that shows itself to its members only.
create or replace function private.rule_fault(
  car public.cars, renter uuid, purpose text, starts timestamptz, ends timestamptz, manages boolean,
  was tstzrange default null, except_ids uuid[] default '{}'
) returns jsonb
  language plpgsql volatile security definer
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  v_fleet public.fleets;
  v_fault jsonb;
  v_open integer;
begin
  if rule_fault.purpose <> 'rental' then
    return null;
  end if;
  select f.* into v_fleet from public.fleets as f where f.id = (rule_fault.car).fleet_id;
  if not rule_fault.manages then
    v_fault := coalesce(private.start_fault(v_fleet, (rule_fault.car).time_zone, rule_fault.starts, rule_fault.was),
                        private.end_fault(v_fleet, (rule_fault.car).time_zone, rule_fault.starts, rule_fault.ends, rule_fault.was));
    if v_fault is not null then
      return v_fault;
    end if;
  end if;
  if v_fleet.max_open_trips is null or rule_fault.was is not null or (rule_fault.manages and rule_fault.renter = private.uid()) then
    return null;
  end if;
  perform private.lock_users(array[rule_fault.renter]);
  -- Two years back is longer than any rental: an index range instead of everything that somebody ever rented.
  select count(*) into v_open
    from public.trips as t
   where t.booked_by_id = rule_fault.renter and t.trip_start_date > now() - interval '2 years'
     and t.fleet_id = v_fleet.id and t.purpose = 'rental' and t.id <> all (rule_fault.except_ids)
     and (t.status = 'active' or (t.status = 'confirmed' and t.trip_end_date > now())
       or (t.status = 'held' and t.hold_expires_at > now()) or (t.status = 'requested' and t.respond_by > now()));
  if v_open >= v_fleet.max_open_trips then
    return jsonb_build_object('code', 'QUOTA_EXCEEDED', 'detail', jsonb_build_object('limit', v_fleet.max_open_trips));
  end if;
  return null;
end
$$;

comment on function private.rule_fault(public.cars, uuid, text, timestamptz, timestamptz, boolean, tstzrange, uuid[]) is
  'Which rule of its fleet a rental would break.';
alter function private.rule_fault(public.cars, uuid, text, timestamptz, timestamptz, boolean, tstzrange, uuid[]) owner to fleetflow_sys;
revoke all on function private.rule_fault(public.cars, uuid, text, timestamptz, timestamptz, boolean, tstzrange, uuid[]) from public;
grant execute on function private.rule_fault(public.cars, uuid, text, timestamptz, timestamptz, boolean, tstzrange, uuid[]) to fleetflow_fn;
-- <<< sql/functions/rule_fault.sql

-- >>> sql/functions/rules_fault.sql
-- What: where the rules of a rate plan are not what a tariff is made of, as a path like `rules.tiers.1.ppm`; NULL where they are.
--   Factors and shares are in parts per million, amounts in minor units. Length tiers grow in days and never in price: so no rental costs
--   more than a longer one, also one that was extended.
-- Who: the constraint on rate_plans; check_tariff, which answers the path.
create or replace function private.rules_fault(rules jsonb, path text default 'rules') returns text
  language plpgsql immutable parallel safe
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  c_shape constant jsonb := '{
    "weekdays?": {"least": 7, "most": 7, "each": [0, 10000000]},
    "tiers?": {"least": 0, "most": 20, "each": {"days": [2, 366], "ppm": [0, 1000000]}},
    "extras?": {"least": 0, "most": 50, "each": {"code": "^[a-z0-9][a-z0-9_-]{0,39}$", "name": "^.{1,80}$", "per": "^(trip|day)$",
      "amount": [0, 1000000000000]}},
    "fees?": {"least": 0, "most": 20, "each": {"name": "^.{1,80}$", "amount?": [0, 1000000000000], "ppm?": [0, 1000000]}},
    "discounts?": {"least": 0, "most": 20, "each": {"name": "^.{1,80}$", "ppm": [0, 1000000], "leadDays?": [0, 366]}},
    "taxes?": {"least": 0, "most": 10, "each": {"name": "^.{1,80}$", "ppm": [0, 1000000], "inclusive": true}},
    "distance?": {"unit": "^(km|mi)$", "includedPerDay": [0, 100000], "perUnit": [0, 1000000000]},
    "fuel?": {"perPercent": [0, 1000000000]}}';
  v_fault text := private.shape_fault(rules_fault.rules, c_shape, rules_fault.path);
begin
  if v_fault is not null then
    return v_fault;
  end if;
  select rules_fault.path || '.tiers.' || t.place into v_fault
    from (select n - 1 as place, (x ->> 'days')::integer <= lag((x ->> 'days')::integer) over w
                 or (x ->> 'ppm')::integer > lag((x ->> 'ppm')::integer) over w as bad
            from jsonb_array_elements(rules_fault.rules -> 'tiers') with ordinality as t (x, n) window w as (order by n)) as t
   where t.bad order by t.place limit 1;
  if found then
    return v_fault;
  end if;
  select rules_fault.path || '.extras.' || n - 1 || '.code' into v_fault
    from jsonb_array_elements(rules_fault.rules -> 'extras') with ordinality as e (x, n)
   where exists (select from jsonb_array_elements(rules_fault.rules -> 'extras') with ordinality as o (y, m)
                  where m < n and y ->> 'code' = x ->> 'code') order by n limit 1;
  if found then
    return v_fault;
  end if;
  select rules_fault.path || '.fees.' || n - 1 into v_fault
    from jsonb_array_elements(rules_fault.rules -> 'fees') with ordinality as f (x, n)
   where (x ? 'amount') = (x ? 'ppm') order by n limit 1;
  return v_fault;
end
$$;

comment on function private.rules_fault(jsonb, text) is 'Where the rules of a rate plan are not what a tariff is made of.';
revoke all on function private.rules_fault(jsonb, text) from public;
grant execute on function private.rules_fault(jsonb, text) to fleetflow_fn, fleetflow_sys;
-- <<< sql/functions/rules_fault.sql

-- >>> sql/functions/rules_json.sql
-- What: the rules of a fleet as the API shows them. A rule that is null binds nobody.
-- Who: entry functions, with a row they have read under the caller's policies.
create or replace function private.rules_json(fleet public.fleets) returns jsonb
  language sql immutable parallel safe
  set search_path = pg_catalog, public, pg_temp
as $$
  select jsonb_build_object(
    'fleetId', (rules_json.fleet).id,
    'fleet', (rules_json.fleet).slug,
    'openingHours', (rules_json.fleet).opening_hours,
    'closedDays', (select coalesce(jsonb_agg(to_char(d.day, 'YYYY-MM-DD') order by d.day), '[]') from unnest((rules_json.fleet).closed_days) as d (day)),
    'minMinutes', (rules_json.fleet).min_minutes,
    'maxMinutes', (rules_json.fleet).max_minutes,
    'noticeMinutes', (rules_json.fleet).notice_minutes,
    'horizonDays', (rules_json.fleet).horizon_days,
    'maxOpenTrips', (rules_json.fleet).max_open_trips,
    'cancellationPolicy', (rules_json.fleet).cancellation_policy,
    'version', (rules_json.fleet).rules_version)
$$;

comment on function private.rules_json(public.fleets) is 'The rules of a fleet as the API shows them.';
revoke all on function private.rules_json(public.fleets) from public;
grant execute on function private.rules_json(public.fleets) to fleetflow_fn;
-- <<< sql/functions/rules_json.sql

-- >>> sql/functions/runs_out_at.sql
-- What: when time alone ends a trip's present state: the limit of a hold or a request, the end of what is no rental; NULL for all else.
--   The same expression is that of the indexes trips_runs_out_idx and trips_car_id_runs_out_idx, and is written out where they are used.
-- Who: functions that judge a trip's state.
create or replace function private.runs_out_at(trip public.trips) returns timestamptz
  language sql immutable parallel safe
  set search_path = pg_catalog, public, pg_temp
as $$
  select case when (runs_out_at.trip).status = 'held' then (runs_out_at.trip).hold_expires_at
              when (runs_out_at.trip).status = 'requested' then (runs_out_at.trip).respond_by
              when (runs_out_at.trip).purpose <> 'rental' and (runs_out_at.trip).status in ('confirmed', 'active')
                then (runs_out_at.trip).trip_end_date end
$$;

comment on function private.runs_out_at(public.trips) is 'When time alone ends a trip''s present state.';
revoke all on function private.runs_out_at(public.trips) from public;
grant execute on function private.runs_out_at(public.trips) to fleetflow_fn, fleetflow_sys;
-- <<< sql/functions/runs_out_at.sql

-- >>> sql/functions/same_extras.sql
-- What: whether a choice of extras is the one that was quoted, in any order; a quantity that is not given is 1. NULL is any choice.
-- Who: use_quote.
create or replace function private.same_extras(chosen jsonb, quoted jsonb) returns boolean
  language sql immutable parallel safe
  set search_path = pg_catalog, public, pg_temp
as $$
  select same_extras.chosen is null or same_extras.chosen = 'null' or not exists (
    select from jsonb_array_elements(same_extras.chosen) as c (x)
      full join jsonb_array_elements(same_extras.quoted) as q (y) on x ->> 'code' = y ->> 'code'
     where coalesce(x ->> 'quantity', case when x is not null then '1' end) is distinct from y ->> 'quantity')
$$;

comment on function private.same_extras(jsonb, jsonb) is 'Whether a choice of extras is the one that was quoted.';
revoke all on function private.same_extras(jsonb, jsonb) from public;
grant execute on function private.same_extras(jsonb, jsonb) to fleetflow_fn;
-- <<< sql/functions/same_extras.sql

-- >>> sql/functions/search_cars_rpc.sql
-- What: a page of cars that are free for a whole period, with their price for it: near a place, or without a place of a fleet or of all.
--   `rating_min` is in hundredths; `busy_too` lists cars that are taken as well, with their next free start.
-- Who: any signed-in user, cars that they may see and whose fleet's rules allow the period.
-- Raises: UNAUTHENTICATED, NOT_FOUND (fleet), BAD_INPUT (lat, lng, radiusKm, sort, limit, cursor, period),
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
  v_actor uuid := private.enter(search_cars_rpc.actor, false);
  v_limit integer := private.page_limit(search_cars_rpc.page_limit);
  v_sort text := coalesce(search_cars_rpc.sort, case when search_cars_rpc.lat is null then 'price' else 'distance' end);
  v_start jsonb := private.decode_search_cursor(search_cars_rpc.page_cursor, v_sort);
  v_radius integer := coalesce(search_cars_rpc.radius, 20000);
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
  if search_cars_rpc.fleet is not null then
    v_fleet := private.find_fleet(search_cars_rpc.fleet);
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

-- >>> sql/functions/search_page.sql
-- What: a page of cars for a period: {"items", "nextCursor", "asOf", "truncated"}. Sorted by distance, price (currency by currency) or rating, then id.
--   At most the 500 nearest candidates are priced. `position` is where the page begins: asOf, currency, key, id.
-- Who: search_cars_rpc, under the caller's policies.
create or replace function private.search_page(filter jsonb, starts timestamptz, ends timestamptz, actor uuid, sort text, page_start jsonb, page_limit integer)
  returns jsonb
  language plpgsql volatile
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  c_priced constant integer := 500;
  c_last constant uuid := 'ffffffff-ffff-ffff-ffff-ffffffffffff';
  v_as_of timestamptz := (page_start ->> 'asOf')::timestamptz;
  v_max bigint := (filter ->> 'maxPrice')::bigint;
  v_managed uuid[] := array(select private.my_fleets('{owner,manager}'));
  v_filter jsonb := filter || case when search_page.sort = 'distance' and page_start ? 'id'
    then jsonb_build_object('afterMetres', page_start -> 'key', 'afterId', page_start -> 'id') else '{}' end;
  v_wanted integer := case when search_page.sort = 'distance' and v_max is null and filter ->> 'currency' is null then search_page.page_limit + 1 else c_priced + 1 end;
  v_near uuid[];
  v_metres integer[];
  v_free boolean[];
  v_edge integer;
  v_items jsonb;
  v_last jsonb;
begin
  select array_agg(n.car_id order by n.metres, n.car_id) filter (where n.car_id is not null),
         array_agg(n.metres order by n.metres, n.car_id) filter (where n.car_id is not null),
         array_agg(n.free order by n.metres, n.car_id) filter (where n.car_id is not null), max(n.metres) filter (where n.car_id is null)
    into v_near, v_metres, v_free, v_edge
    from private.near_cars(v_filter, search_page.starts, search_page.ends, search_page.actor, v_wanted) as n;
  if cardinality(v_near) > c_priced then
    v_edge := null;
    v_last := jsonb_build_object('key', v_metres[c_priced], 'id', v_near[c_priced]);
  elsif v_edge is not null then
    v_last := jsonb_build_object('key', v_edge, 'id', c_last);
  end if;

  with ranked as (
    select c, n.place, o.price, s.currency, s.key
      from unnest(v_near[1:c_priced]) with ordinality as n (car_id, place)
      join public.cars as c on c.id = n.car_id
      join private.price_offers(v_near[1:c_priced], search_page.starts, search_page.ends, '[]', v_as_of) as o on o.car_id = c.id
     cross join lateral (
       select case when search_page.sort = 'price' then o.price ->> 'currency' else '' end as currency,
              case search_page.sort when 'distance' then v_metres[n.place] when 'price' then (o.price ->> 'total')::bigint
                else -coalesce(c.rating_sum::bigint * 1000000 / nullif(c.total_reviews, 0), 0) end as key) as s
     where o.price is not null and ((o.price ->> 'total')::bigint <= v_max or v_max is null)
       and (o.price ->> 'currency' = filter ->> 'currency' or filter ->> 'currency' is null)
       and (not page_start ? 'id' or (s.currency collate "C", s.key, c.id)
            > (page_start ->> 'currency', (page_start ->> 'key')::bigint, (page_start ->> 'id')::uuid))
     order by s.currency collate "C", s.key, (c).id limit search_page.page_limit + 1
  ), numbered as (
    select r.*, row_number() over (order by r.currency collate "C", r.key, (r.c).id) as n, count(*) over () as found from ranked as r
  )
  select coalesce(jsonb_agg(jsonb_build_object('car', private.car_json(r.c), 'distance', v_metres[r.place], 'price', r.price, 'free', v_free[r.place],
           'nextFree', private.iso(case when v_free[r.place] then search_page.starts else (private.next_free(r.c, search_page.ends - search_page.starts,
             search_page.starts, (r.c).fleet_id <> all (v_managed), 1, search_page.actor))[1] end)) order by r.n), '[]'),
         coalesce((jsonb_agg(jsonb_build_object('currency', r.currency, 'key', r.key, 'id', (r.c).id))
           filter (where r.n = search_page.page_limit and r.found > search_page.page_limit)) -> 0,
           case when search_page.sort = 'distance' then v_last || '{"currency": ""}' end)
    into v_items, v_last
    from numbered as r where r.n <= search_page.page_limit;
  return jsonb_build_object('items', v_items, 'asOf', private.iso(v_as_of),
    'truncated', search_page.sort <> 'distance' and (v_edge is not null or cardinality(v_near) > c_priced),
    'nextCursor', search_page.sort || '.' || (v_last ->> 'currency') || '.' || (v_last ->> 'key') || '.'
      || private.encode_cursor(v_as_of, (v_last ->> 'id')::uuid));
end
$$;

comment on function private.search_page(jsonb, timestamptz, timestamptz, uuid, text, jsonb, integer) is 'A page of cars for a period.';
revoke all on function private.search_page(jsonb, timestamptz, timestamptz, uuid, text, jsonb, integer) from public;
grant execute on function private.search_page(jsonb, timestamptz, timestamptz, uuid, text, jsonb, integer) to fleetflow_fn;
-- <<< sql/functions/search_page.sql

-- >>> sql/functions/series_periods.sql
-- What: the occurrences of a series as instants: local times by the clock of the car's zone, also where clocks are changed in between. Times
--   that come twice are the first, times that are skipped are read as if the clocks had not been moved yet.
-- Who: create_trip_series, with the car as it is under its lock.
-- Raises: BAD_INPUT (field rrule, reason OCCURRENCES_OVERLAP), where an occurrence would be in the way of the next, buffers included.
create or replace function private.series_periods(car public.cars, local_starts timestamp[], minutes integer)
  returns table (starts timestamptz, ends timestamptz)
  language plpgsql stable
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  v_wall timestamp;
  v_before tstzrange;
  v_blocked tstzrange;
begin
  foreach v_wall in array series_periods.local_starts loop
    starts := private.instant_of(v_wall, (series_periods.car).time_zone);
    ends := private.instant_of(v_wall + make_interval(mins => series_periods.minutes), (series_periods.car).time_zone);
    v_blocked := private.blocked_range(starts, greatest(starts, ends),
      (series_periods.car).prep_minutes, (series_periods.car).turnaround_minutes, (series_periods.car).back_to_back);
    if v_blocked && v_before then
      raise exception using errcode = 'FF400', message = 'BAD_INPUT',
        detail = jsonb_build_object('field', 'rrule', 'reason', 'OCCURRENCES_OVERLAP');
    end if;
    v_before := v_blocked;
    return next;
  end loop;
end
$$;

comment on function private.series_periods(public.cars, timestamp[], integer) is 'The occurrences of a series as instants.';
revoke all on function private.series_periods(public.cars, timestamp[], integer) from public;
grant execute on function private.series_periods(public.cars, timestamp[], integer) to fleetflow_fn, fleetflow_sys;
-- <<< sql/functions/series_periods.sql

-- >>> sql/functions/set_fleet_rules.sql
-- What: sets the rules of a fleet. What is booked already keeps what it was booked under.
-- Who: perform, for set_fleet_rules_rpc. Input: fleet, rules, version.
-- Raises: NOT_FOUND (fleet), FORBIDDEN, BAD_INPUT (field), VERSION_MISMATCH (version). Locks: the fleet.
create or replace function private.set_fleet_rules(actor uuid, input jsonb) returns jsonb
  language plpgsql volatile
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  v_id uuid := private.find_fleet(input ->> 'fleet');
  v_rules jsonb := input -> 'rules';
  v_fault text := private.fleet_rules_fault(v_rules);
  v_fleet public.fleets;
begin
  if v_id not in (select private.my_fleets('{owner,manager}')) then
    raise exception using errcode = 'FF403', message = 'FORBIDDEN';
  end if;
  if v_fault is not null then
    raise exception using errcode = 'FF400', message = 'BAD_INPUT', detail = jsonb_build_object('field', v_fault);
  end if;
  select f.* into v_fleet from public.fleets as f where f.id = v_id for no key update;
  if v_fleet.rules_version <> (input ->> 'version')::integer then
    raise exception using errcode = 'FF412', message = 'VERSION_MISMATCH', detail = jsonb_build_object('version', v_fleet.rules_version);
  end if;
  v_rules := private.rules_json(v_fleet) || v_rules;
  if (v_rules ->> 'minMinutes')::integer > (v_rules ->> 'maxMinutes')::integer then
    raise exception using errcode = 'FF400', message = 'BAD_INPUT', detail = jsonb_build_object('field', 'maxMinutes', 'reason', 'BELOW_MINIMUM');
  end if;
  update public.fleets as f
     set opening_hours = nullif(v_rules -> 'openingHours', 'null'),
         closed_days = array(select distinct (d.day)::date from jsonb_array_elements_text(nullif(v_rules -> 'closedDays', 'null')) as d (day) order by 1),
         min_minutes = (v_rules ->> 'minMinutes')::integer,
         max_minutes = (v_rules ->> 'maxMinutes')::integer,
         notice_minutes = coalesce((v_rules ->> 'noticeMinutes')::integer, 0),
         horizon_days = (v_rules ->> 'horizonDays')::integer,
         max_open_trips = (v_rules ->> 'maxOpenTrips')::integer,
         cancellation_policy = nullif(v_rules -> 'cancellationPolicy', 'null'),
         rules_version = f.rules_version + 1
   where f.id = v_id
  returning f.* into v_fleet;
  return private.rules_json(v_fleet);
end
$$;

comment on function private.set_fleet_rules(uuid, jsonb) is 'Sets the rules of a fleet.';
revoke all on function private.set_fleet_rules(uuid, jsonb) from public;
grant execute on function private.set_fleet_rules(uuid, jsonb) to fleetflow_fn;
-- <<< sql/functions/set_fleet_rules.sql

-- >>> sql/functions/set_fleet_rules_rpc.sql
-- What: sets the rules of a fleet for bookings to come. One statement. Rules that are absent stay, null takes one away.
-- Who: owners and managers of the fleet.
-- Raises: UNAUTHENTICATED. Answers perform's outcome of private.set_fleet_rules.
create or replace function public.set_fleet_rules_rpc(
  fleet text, rules jsonb, actor jsonb, version integer default null, idempotency_key text default null
) returns jsonb
  language plpgsql volatile security definer
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  v_actor uuid := private.enter(set_fleet_rules_rpc.actor, true);
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

-- >>> sql/functions/settled.sql
-- What: a trip as time has left it. A hold and a request past their limit have expired, what is no rental is completed at its end,
--   whether or not anybody has written that down yet; the row that is written later is this one.
-- Who: everything that shows a trip or judges its state.
create or replace function private.settled(trip public.trips) returns public.trips
  language plpgsql stable parallel safe
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  v_trip public.trips := settled.trip;
  v_limit timestamptz := private.runs_out_at(v_trip);
begin
  if v_limit <= now() then
    if v_trip.status in ('held', 'requested') then
      v_trip.status := 'expired';
    else
      v_trip.status := 'completed';
      v_trip.returned_at := v_trip.trip_end_date;
    end if;
    v_trip.version := v_trip.version + 1;
    v_trip.updated_at := v_limit;
  end if;
  return v_trip;
end
$$;

comment on function private.settled(public.trips) is 'A trip as time has left it.';
revoke all on function private.settled(public.trips) from public;
grant execute on function private.settled(public.trips) to fleetflow_fn, fleetflow_sys;
-- <<< sql/functions/settled.sql

-- >>> sql/functions/shape_fault.sql
-- What: the path of the first place where a JSON value is not of a shape; NULL where it is. A shape is [least, most] for a whole number,
--   a pattern for text, true for a boolean, {"each": shape, "least": n, "most": n} for a list, else an object's keys, optional with `?`.
-- Who: rules_fault.
create or replace function private.shape_fault(value jsonb, shape jsonb, path text) returns text
  language plpgsql immutable parallel safe
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  v_key text;
  v_shape jsonb;
  v_fault text;
  v_kind text := coalesce(jsonb_typeof(shape_fault.value), 'absent');
begin
  case jsonb_typeof(shape_fault.shape)
    when 'array' then
      return case when v_kind = 'number' and shape_fault.value::text ~ '^\d{1,15}$'
        and shape_fault.value::bigint between (shape_fault.shape ->> 0)::bigint and (shape_fault.shape ->> 1)::bigint then null else shape_fault.path end;
    when 'string' then
      return case when v_kind = 'string' and shape_fault.value #>> '{}' ~ (shape_fault.shape #>> '{}') then null else shape_fault.path end;
    when 'boolean' then
      return case when v_kind = 'boolean' then null else shape_fault.path end;
    else null;
  end case;
  if shape_fault.shape ? 'each' then
    if v_kind <> 'array' or jsonb_array_length(shape_fault.value) not between (shape ->> 'least')::integer and (shape ->> 'most')::integer then
      return shape_fault.path;
    end if;
    for i in 0 .. jsonb_array_length(shape_fault.value) - 1 loop
      v_fault := private.shape_fault(shape_fault.value -> i, shape_fault.shape -> 'each', concat_ws('.', shape_fault.path, i));
      exit when v_fault is not null;
    end loop;
    return v_fault;
  end if;
  if v_kind <> 'object' then
    return shape_fault.path;
  end if;
  for v_key, v_shape in select s.key, s.value from jsonb_each(shape_fault.shape) as s loop
    continue when v_key like '%?' and not shape_fault.value ? rtrim(v_key, '?');
    v_key := rtrim(v_key, '?');
    v_fault := private.shape_fault(shape_fault.value -> v_key, v_shape, concat_ws('.', shape_fault.path, v_key));
    if v_fault is not null then
      return v_fault;
    end if;
  end loop;
  for v_key in select jsonb_object_keys(shape_fault.value) loop
    if not shape_fault.shape ?| array[v_key, v_key || '?'] then
      return concat_ws('.', shape_fault.path, v_key);
    end if;
  end loop;
  return null;
end
$$;

comment on function private.shape_fault(jsonb, jsonb, text) is 'Where a JSON value is not of a shape.';
revoke all on function private.shape_fault(jsonb, jsonb, text) from public;
grant execute on function private.shape_fault(jsonb, jsonb, text) to fleetflow_fn, fleetflow_sys;
-- <<< sql/functions/shape_fault.sql

-- >>> sql/functions/share.sql
-- What: a share of an amount in parts per million of `whole`, rounded once, half up. Exact: no float, and no overflow on the way.
-- Who: everything that prices.
create or replace function private.share(amount bigint, ppm bigint, whole bigint default 1000000) returns bigint
  language plpgsql immutable parallel safe
  set search_path = pg_catalog, public, pg_temp
as $$
begin
  return div(share.amount::numeric * share.ppm * 2 + share.whole, share.whole::numeric * 2)::bigint;
end
$$;

comment on function private.share(bigint, bigint, bigint) is 'A share of an amount, rounded half up.';
revoke all on function private.share(bigint, bigint, bigint) from public;
grant execute on function private.share(bigint, bigint, bigint) to fleetflow_fn, fleetflow_sys;
-- <<< sql/functions/share.sql

-- >>> sql/functions/start_fault.sql
-- What: which rule of a fleet the start of a rental would break, as {"code", "detail"}, with the nearest start that would not; NULL for none.
--   A start that stays what it was is not judged again.
-- Who: rule_fault.
create or replace function private.start_fault(fleet public.fleets, time_zone text, starts timestamptz, was tstzrange) returns jsonb
  language plpgsql stable
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  v_soonest timestamptz := now() + make_interval(mins => (start_fault.fleet).notice_minutes);
  v_earliest timestamptz := date_trunc('minute', v_soonest) + interval '1 minute';
  v_latest timestamptz;
begin
  if start_fault.starts = lower(start_fault.was) then
    return null;
  end if;
  if start_fault.starts < v_soonest then
    return jsonb_build_object('code', 'TOO_SOON', 'detail', jsonb_build_object('field', 'startDate', 'earliest', private.iso(coalesce(
      private.nearest_open((start_fault.fleet).id, start_fault.time_zone, v_earliest, v_earliest, 'infinity'), v_earliest))));
  end if;
  v_latest := private.instant_of(
    now() at time zone start_fault.time_zone + make_interval(days => (start_fault.fleet).horizon_days), start_fault.time_zone);
  if start_fault.starts > v_latest then
    v_latest := date_trunc('minute', v_latest);
    return jsonb_build_object('code', 'TOO_FAR', 'detail', jsonb_build_object('field', 'startDate', 'latest', private.iso(coalesce(
      private.nearest_open((start_fault.fleet).id, start_fault.time_zone, v_latest, v_earliest, v_latest), v_latest))));
  end if;
  if not tstzrange(start_fault.starts, start_fault.starts, '[]')
         <@ private.open_ranges((start_fault.fleet).id, start_fault.time_zone, tstzrange(start_fault.starts, start_fault.starts, '[]')) then
    return jsonb_build_object('code', 'OUTSIDE_HOURS', 'detail', jsonb_build_object('field', 'startDate', 'nearest', private.iso(
      private.nearest_open((start_fault.fleet).id, start_fault.time_zone, start_fault.starts, v_earliest, coalesce(v_latest, 'infinity')))));
  end if;
  return null;
end
$$;

comment on function private.start_fault(public.fleets, text, timestamptz, tstzrange) is 'Which rule of a fleet the start of a rental would break.';
revoke all on function private.start_fault(public.fleets, text, timestamptz, tstzrange) from public;
grant execute on function private.start_fault(public.fleets, text, timestamptz, tstzrange) to fleetflow_fn, fleetflow_sys;
-- <<< sql/functions/start_fault.sql

-- >>> sql/functions/start_trip.sql
-- What: hands the car over, from 30 minutes before the start. An early start takes the car from now on, or is refused; a car that another trip
--   has not brought back cannot be handed over.
-- Who: perform, for start_trip_rpc. Input: id, version, odometer, fuel.
-- Raises: NOT_FOUND, FORBIDDEN, VERSION_MISMATCH (version), INVALID_STATE (from, operation, allowed), TOO_SOON (earliest), BAD_INPUT,
--   ODOMETER_LOW (odometer), TRIP_OVERLAP (conflicts, nextFree), DRIVER_BUSY (windows). Locks: the car, the trip, then the driver.
create or replace function private.start_trip(actor uuid, input jsonb) returns jsonb
  language plpgsql volatile
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  v_trip public.trips := private.find_trip((input ->> 'id')::uuid, (input ->> 'version')::integer);
  v_earliest timestamptz := v_trip.trip_start_date - interval '30 minutes';
begin
  if v_trip.status <> 'confirmed' then
    perform private.refuse_trip(v_trip, 'start');
  end if;
  if now() < v_earliest then
    raise exception using errcode = 'FF101', message = 'TOO_SOON', detail = jsonb_build_object('earliest', private.iso(v_earliest));
  end if;
  perform private.lock_users(array[v_trip.driver_id]);
  perform private.check_readings(input);
  perform private.record_odometer(v_trip.car_id, (input ->> 'odometer')::integer);
  perform private.extend_overdue(v_trip.car_id);
  begin
    update public.trips as t
       set status = 'active', started_at = now(), at_risk = false,
           odometer_start = (input ->> 'odometer')::integer, fuel_start = (input ->> 'fuel')::integer,
           blocked = tstzrange(least(lower(t.blocked), now()), upper(t.blocked), case when upper_inc(t.blocked) then '[]' else '[)' end)
     where t.car_id = v_trip.car_id and t.id = v_trip.id;
  exception when exclusion_violation or unique_violation then
    perform private.refuse_overlap(v_trip.car_id, least(now(), v_trip.trip_start_date), v_trip.trip_end_date,
      0, v_trip.turnaround_minutes, v_trip.back_to_back, v_trip.id);
  end;
  select t.* into v_trip from public.trips as t where t.car_id = v_trip.car_id and t.id = v_trip.id;
  perform private.assign_driver(v_trip);
  return private.trip_json(v_trip);
end
$$;

comment on function private.start_trip(uuid, jsonb) is 'Hands the car of a trip over.';
revoke all on function private.start_trip(uuid, jsonb) from public;
grant execute on function private.start_trip(uuid, jsonb) to fleetflow_fn;
-- <<< sql/functions/start_trip.sql

-- >>> sql/functions/start_trip_rpc.sql
-- What: hands the car of a trip over, from 30 minutes before its start.
-- Who: the trip's renter, and every member of its fleet.
-- Raises: UNAUTHENTICATED. Answers perform's outcome of private.start_trip.
create or replace function public.start_trip_rpc(
  trip_id uuid, odometer integer, fuel integer, version integer, actor jsonb, idempotency_key text default null
) returns jsonb
  language plpgsql volatile security definer
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  v_actor uuid := private.enter(start_trip_rpc.actor, true);
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

-- >>> sql/functions/swap_trips.sql
-- What: lets two trips of a fleet change cars, in one transaction and with no moment at which either car looks free. Prices stay.
-- Who: perform, for swap_trips_rpc. Input: id, otherId, version, otherVersion.
-- Raises: NOT_FOUND (field id or otherId), FORBIDDEN, VERSION_MISMATCH (version; field id or otherId), INVALID_STATE (from, operation, allowed),
--   BAD_INPUT (field otherId; reason SAME_TRIP, SAME_CAR, OTHER_FLEET, CAR_RETIRED), TRIP_OVERLAP (conflicts, nextFree), DRIVER_BUSY.
-- Locks: both cars ascending, then the drivers, then the trips.
create or replace function private.swap_trips(actor uuid, input jsonb) returns jsonb
  language plpgsql volatile
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  v_ids constant uuid[] := array[(input ->> 'id')::uuid, (input ->> 'otherId')::uuid];
  v_versions constant integer[] := array[(input ->> 'version')::integer, (input ->> 'otherVersion')::integer];
  v_fields constant text[] := array['id', 'otherId'];
  v_cars uuid[] := '{}';
  v_trips public.trips[] := '{}';
  v_trip public.trips;
  v_fault text;
begin
  if v_ids[1] = v_ids[2] then
    raise exception using errcode = 'FF400', message = 'BAD_INPUT', detail = jsonb_build_object('field', 'otherId', 'reason', 'SAME_TRIP');
  end if;
  for i in 1 .. 2 loop
    select t.* into v_trip from public.trips as t where t.id = v_ids[i];
    if not found then
      raise exception using errcode = 'FF404', message = 'NOT_FOUND', detail = jsonb_build_object('field', v_fields[i]);
    end if;
    v_cars := v_cars || v_trip.car_id;
    v_trips := v_trips || v_trip;
  end loop;
  if exists (select from unnest(v_trips) as t where t.fleet_id not in (select private.my_fleets('{owner,manager}'))) then
    raise exception using errcode = 'FF403', message = 'FORBIDDEN';
  end if;

  perform private.lock_cars(v_cars);
  for i in 1 .. 2 loop
    select t.* into v_trip from public.trips as t where t.car_id = v_cars[i] and t.id = v_ids[i];
    if not found then
      perform private.try_again();
    end if;
    if v_trip.version <> v_versions[i] then
      raise exception using errcode = 'FF412', message = 'VERSION_MISMATCH',
        detail = jsonb_build_object('field', v_fields[i], 'version', v_trip.version);
    end if;
    if v_trip.status <> 'confirmed' then
      perform private.refuse_trip(v_trip, 'swap');
    end if;
    v_trips[i] := v_trip;
  end loop;
  v_fault := case when v_cars[1] = v_cars[2] then 'SAME_CAR' when v_trips[1].fleet_id <> v_trips[2].fleet_id then 'OTHER_FLEET'
    when exists (select from public.cars as c where c.id = any (v_cars) and c.retired_at is not null) then 'CAR_RETIRED'
    when exists (select from public.cars as c where c.id = any (v_cars) and c.fleet_id <> v_trips[1].fleet_id) then 'OTHER_FLEET' end;
  if v_fault is not null then
    raise exception using errcode = 'FF400', message = 'BAD_INPUT', detail = jsonb_build_object('field', 'otherId', 'reason', v_fault);
  end if;

  perform private.move_trips(jsonb_build_array(
    jsonb_build_object('tripId', v_ids[1], 'carId', v_cars[2]), jsonb_build_object('tripId', v_ids[2], 'carId', v_cars[1])));
  return (select jsonb_build_object('trips', jsonb_agg(private.trip_json(t) order by array_position(v_ids, t.id)))
            from public.trips as t where t.id = any (v_ids) and t.car_id = any (v_cars));
end
$$;

comment on function private.swap_trips(uuid, jsonb) is 'Lets two trips change cars.';
revoke all on function private.swap_trips(uuid, jsonb) from public;
grant execute on function private.swap_trips(uuid, jsonb) to fleetflow_fn;
-- <<< sql/functions/swap_trips.sql

-- >>> sql/functions/swap_trips_rpc.sql
-- What: lets two confirmed trips of a fleet change cars. NULL versions are not checked.
-- Who: owners and managers of the fleet.
-- Raises: UNAUTHENTICATED. Answers perform's outcome of private.swap_trips.
create or replace function public.swap_trips_rpc(
  trip_id uuid, other_trip_id uuid, version integer, other_version integer, actor jsonb, idempotency_key text default null,
  dry_run boolean default false
) returns jsonb
  language plpgsql volatile security definer
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  v_actor uuid := private.enter(swap_trips_rpc.actor, true);
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

-- >>> sql/functions/sweep.sql
-- What: tidies up after time: writes down which holds and requests have expired and which trips that are no rentals have ended, frees
--   their drivers, and forgets quotes a week after they ran out. Nothing depends on it: everything that reads or books knows the same without it.
--   At most `batch` of each, the oldest first, and never in anybody's way: what is locked is left for the next time. Answers how many.
-- Who: sweep_trips.
-- Locks: assignments of drivers that no longer count, then cars ascending, waiting for neither.
create or replace function private.sweep(batch integer) returns integer
  language plpgsql volatile security definer
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  v_cars uuid[];
  v_swept integer;
  v_forgotten integer;
begin
  perform set_config('fleetflow.operation', 'time', true);
  delete from public.driver_assignments as a
   using (select e.driver_id, e.trip_id from public.driver_assignments as e
           where e.expires_at <= now() order by e.expires_at limit sweep.batch for update skip locked) as e
   where a.driver_id = e.driver_id and a.trip_id = e.trip_id and a.expires_at <= now();
  v_cars := array(
    select c.id
      from public.cars as c
     where c.id in (
       select r.car_id
         from (select t.car_id
                 from public.trips as t
                where (case when t.status = 'held' then t.hold_expires_at when t.status = 'requested' then t.respond_by
                            when t.purpose <> 'rental' and t.status in ('confirmed', 'active') then t.trip_end_date end) <= now()
                order by (case when t.status = 'held' then t.hold_expires_at when t.status = 'requested' then t.respond_by
                               when t.purpose <> 'rental' and t.status in ('confirmed', 'active') then t.trip_end_date end)
                limit sweep.batch) as r)
     order by c.id
       for no key update skip locked);
  with over as (
    select t.car_id, t.id
      from public.trips as t
     where t.car_id = any (v_cars)
       and (case when t.status = 'held' then t.hold_expires_at when t.status = 'requested' then t.respond_by
                 when t.purpose <> 'rental' and t.status in ('confirmed', 'active') then t.trip_end_date end) <= now()
     order by t.car_id, t.id
     limit sweep.batch
       for no key update skip locked)
  update public.trips as t
     set status = (private.settled(t)).status, returned_at = (private.settled(t)).returned_at
    from over as o
   where t.car_id = o.car_id and t.id = o.id;
  get diagnostics v_swept = row_count;

  delete from public.quotes as q
   using (select o.car_id, o.id from public.quotes as o
           where o.expires_at < now() - interval '7 days' order by o.expires_at limit sweep.batch) as o
   where q.car_id = o.car_id and q.id = o.id;
  get diagnostics v_forgotten = row_count;
  return v_swept + v_forgotten;
end
$$;

comment on function private.sweep(integer) is 'Tidies up after time.';
alter function private.sweep(integer) owner to fleetflow_sys;
revoke all on function private.sweep(integer) from public;
grant execute on function private.sweep(integer) to fleetflow_fn;
-- <<< sql/functions/sweep.sql

-- >>> sql/functions/sweep_trips.sql
-- What: lets the server's own loop tidy up after time; see private.sweep. `batch` is 1 to 1,000.
-- Who: the server's own loop: nobody acts here, and nothing is shown.
-- Locks: cars, without waiting for any.
create or replace function public.sweep_trips(batch integer) returns integer
  language sql volatile security definer
  set search_path = pg_catalog, public, pg_temp
as $$
  select private.sweep(greatest(1, least(1000, sweep_trips.batch)))
$$;

comment on function public.sweep_trips(integer) is 'Tidies up after time.';
alter function public.sweep_trips(integer) owner to fleetflow_fn;
revoke all on function public.sweep_trips(integer) from public;
grant execute on function public.sweep_trips(integer) to fleetflow_api;
-- <<< sql/functions/sweep_trips.sql

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

-- >>> sql/functions/take_hold.sql
-- What: makes the first of a renter's holds their booking: same id, the new times, the new price where there is one (`priced` is NULL when the
--   hold's price counts). The other holds are cancelled. `terms` as in book_trip: respondBy, driverId, seriesId, extras, policy.
-- Who: create_trip, under the car's lock. Raises: TRIP_OVERLAP (conflicts, nextFree), DRIVER_BUSY (windows).
create or replace function private.take_hold(holds public.trips[], status text, starts timestamptz, ends timestamptz, priced jsonb, terms jsonb) returns public.trips
  language plpgsql volatile
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  v_hold public.trips := take_hold.holds[1];
  v_other public.trips;
begin
  foreach v_other in array take_hold.holds[2:] loop
    update public.trips as t set status = 'cancelled', at_risk = false where t.car_id = v_other.car_id and t.id = v_other.id returning t.* into v_other;
    perform private.give_back(v_other, v_other.total_cost, 'Hold given up');
    perform private.assign_driver(v_other);
  end loop;
  begin
    update public.trips as t
       set status = take_hold.status, trip_start_date = take_hold.starts, trip_end_date = take_hold.ends, hold_expires_at = null,
           blocked = private.blocked_range(take_hold.starts, take_hold.ends, t.prep_minutes, t.turnaround_minutes, t.back_to_back),
           respond_by = (terms ->> 'respondBy')::timestamptz, policy = terms -> 'policy',
           series_id = (terms ->> 'seriesId')::uuid,
           driver_id = coalesce((terms ->> 'driverId')::uuid, t.driver_id),
           currency = coalesce(priced ->> 'currency', t.currency), rate_plan_id = coalesce((priced ->> 'ratePlanId')::uuid, t.rate_plan_id),
           pricing = coalesce(priced -> 'pricing', t.pricing), extras = coalesce(priced -> 'extras', t.extras)
     where t.car_id = v_hold.car_id and t.id = v_hold.id;
  exception when exclusion_violation then
    perform private.refuse_overlap(v_hold.car_id, take_hold.starts, take_hold.ends,
      v_hold.prep_minutes, v_hold.turnaround_minutes, v_hold.back_to_back, v_hold.id);
  end;
  if take_hold.priced is not null then
    perform private.add_lines(v_hold.car_id, v_hold.id, private.price_delta(v_hold, take_hold.priced) -> 'lines');
  end if;
  select t.* into v_hold from public.trips as t where t.car_id = v_hold.car_id and t.id = v_hold.id;
  perform private.assign_driver(v_hold);
  return v_hold;
end
$$;

comment on function private.take_hold(public.trips[], text, timestamptz, timestamptz, jsonb, jsonb) is 'Makes a renter''s hold their booking.';
revoke all on function private.take_hold(public.trips[], text, timestamptz, timestamptz, jsonb, jsonb) from public;
grant execute on function private.take_hold(public.trips[], text, timestamptz, timestamptz, jsonb, jsonb) to fleetflow_fn;
-- <<< sql/functions/take_hold.sql

-- >>> sql/functions/tariff_of.sql
-- What: a version of a rate plan with its seasons, as the one document that private.price_rental reads.
-- Who: price_trip, reprice_lines; for many cars of one plan once.
create or replace function private.tariff_of(plan public.rate_plans) returns jsonb
  language sql stable parallel safe
  set search_path = pg_catalog, public, pg_temp
as $$
  select (tariff_of.plan).rules || jsonb_build_object('currency', (tariff_of.plan).currency, 'dayRate', (tariff_of.plan).day_rate,
    'hourRate', (tariff_of.plan).hour_rate, 'minimumCharge', (tariff_of.plan).minimum_charge,
    'seasons', coalesce((
      select jsonb_agg(jsonb_strip_nulls(jsonb_build_object('name', s.name, 'from', lower(s.days), 'to', upper(s.days) - 1,
               'dayRate', s.day_rate, 'ppm', s.ppm)) order by s.days)
        from public.rate_plan_seasons as s where s.rate_plan_id = (tariff_of.plan).id), '[]'))
$$;

comment on function private.tariff_of(public.rate_plans) is 'A version of a rate plan as one document.';
revoke all on function private.tariff_of(public.rate_plans) from public;
grant execute on function private.tariff_of(public.rate_plans) to fleetflow_fn, fleetflow_sys;
-- <<< sql/functions/tariff_of.sql

-- >>> sql/functions/tax_lines.sql
-- What: the taxes on an amount, each rounded once, half up: on top of it, or contained in it and then shown with quantity 0.
-- Who: price_rental, adjustment_lines.
create or replace function private.tax_lines(tariff jsonb, amount bigint) returns jsonb
  language plpgsql immutable parallel safe
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  v_taxes jsonb := tax_lines.tariff -> 'taxes';
  v_contained bigint := 0;
  v_ppm bigint;
  v_lines jsonb := '[]';
begin
  for i in 0 .. coalesce(jsonb_array_length(v_taxes), 0) - 1 loop
    if (v_taxes -> i ->> 'inclusive')::boolean then
      v_contained := v_contained + (v_taxes -> i ->> 'ppm')::bigint;
    end if;
  end loop;
  for i in 0 .. coalesce(jsonb_array_length(v_taxes), 0) - 1 loop
    v_ppm := (v_taxes -> i ->> 'ppm')::bigint;
    if (v_taxes -> i ->> 'inclusive')::boolean then
      v_lines := v_lines || private.line('tax', v_taxes -> i ->> 'name', 0, private.share(tax_lines.amount, v_ppm, 1000000 + v_contained));
    else
      v_lines := v_lines || private.line('tax', v_taxes -> i ->> 'name', 1, private.share(tax_lines.amount, v_ppm));
    end if;
  end loop;
  return v_lines;
end
$$;

comment on function private.tax_lines(jsonb, bigint) is 'The taxes on an amount.';
revoke all on function private.tax_lines(jsonb, bigint) from public;
grant execute on function private.tax_lines(jsonb, bigint) to fleetflow_fn, fleetflow_sys;
-- <<< sql/functions/tax_lines.sql

-- >>> sql/functions/time_lines.sql
-- What: what the time of a rental costs: {"amount", "lines", "granted", "days"}. Whole days, then for the rest the cheaper of started
--   hours and one more day, at least the minimum charge. `days` counts begun days, for what is charged by the day.
-- Who: price_rental.
create or replace function private.time_lines(tariff jsonb, time_zone text, starts timestamptz, ends timestamptz, kept jsonb) returns jsonb
  language plpgsql immutable parallel safe
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  v_units integer[] := private.rental_units(time_lines.time_zone, time_lines.starts, time_lines.ends);
  v_first date := (time_lines.starts at time zone time_lines.time_zone)::date;
  v_begun integer := v_units[1] + case when v_units[2] > 0 then 1 else 0 end;
  v_hour bigint := (time_lines.tariff ->> 'hourRate')::bigint;
  v_minimum bigint := (time_lines.tariff ->> 'minimumCharge')::bigint;
  v_days jsonb := private.days_price(time_lines.tariff, v_first, v_begun, time_lines.kept);
  v_amount bigint := (v_days ->> 'amount')::bigint;
  v_lines jsonb;
  v_whole jsonb;
begin
  if v_units[2] > 0 then
    v_whole := case when v_units[1] = 0 then '{"amount": 0, "lines": [], "granted": []}'
      else private.days_price(time_lines.tariff, v_first, v_units[1], time_lines.kept) end;
    if (v_whole ->> 'amount')::bigint + v_units[2] * v_hour < v_amount then
      v_amount := (v_whole ->> 'amount')::bigint + v_units[2] * v_hour;
      v_days := jsonb_set(v_whole, '{lines}', v_whole -> 'lines' || private.line('hour', 'Hours', v_units[2], v_hour));
    end if;
  end if;
  v_lines := v_days -> 'lines';
  if v_amount < v_minimum then
    v_lines := v_lines || private.line('minimum', 'Minimum charge', 1, v_minimum - v_amount);
    v_amount := v_minimum;
  end if;
  return jsonb_build_object('amount', v_amount, 'lines', v_lines, 'granted', v_days -> 'granted', 'days', v_begun);
end
$$;

comment on function private.time_lines(jsonb, text, timestamptz, timestamptz, jsonb) is 'What the time of a rental costs.';
revoke all on function private.time_lines(jsonb, text, timestamptz, timestamptz, jsonb) from public;
grant execute on function private.time_lines(jsonb, text, timestamptz, timestamptz, jsonb) to fleetflow_fn, fleetflow_sys;
-- <<< sql/functions/time_lines.sql

-- >>> sql/functions/trip_history.sql
-- What: a page of a trip's events, oldest first, after the event that `cursor` names; NULL where the trip has no such event.
--   One statement reads the log and the outbox, so an event that is just being moved is seen once. A trip's events have the same order in
--   both. `inside` tells whether the reader belongs to the fleet: they see the names of people, a renter sees the name of the fleet.
-- Who: list_trip_history_rpc, for a trip that the caller may see. Runs as fleetflow_sys: nobody else may read events.
create or replace function private.trip_history(trip_id uuid, page_limit integer, cursor uuid, inside boolean) returns jsonb
  language sql stable security definer
  set search_path = pg_catalog, public, pg_temp
as $$
  with events as (
    select false as coming, l.pos as place, l.id, l.type, l.operation, l.version, l.actor_id, l.actor_role, l.fleet_id, l.after, l.was, l.occurred_at
      from public.event_log as l
     where l.entity_id = trip_history.trip_id
    union all
    select true, o.seq, e.id, e.type, e.operation, e.version, e.actor_id, e.actor_role, e.fleet_id, e.after, e.was, e.occurred_at
      from public.outbox as o cross join lateral private.event_of(o) as e
     where o.entity_id = trip_history.trip_id and e.id is not null
  ), page as (
    select e.*, row_number() over (order by e.coming, e.place) as n
      from events as e
     where trip_history.cursor is null
        or (e.coming, e.place) > (select c.coming, c.place from events as c where c.id = trip_history.cursor)
     order by e.coming, e.place limit trip_history.page_limit + 1
  )
  select jsonb_build_object(
      'items', coalesce(jsonb_agg(jsonb_build_object(
        'id', p.id, 'type', p.type, 'operation', p.operation, 'version', p.version, 'occurredAt', private.iso(p.occurred_at),
        'actor', jsonb_build_object('role', p.actor_role, 'name', case
          when p.actor_role = 'system' then null
          when p.actor_role = 'fleet' and not trip_history.inside then (select f.name from public.fleets as f where f.id = p.fleet_id)
          else (select u.name from public.users as u where u.id = p.actor_id) end),
        'changes', private.changes_of(p.was, p.after)) order by p.n) filter (where p.n <= trip_history.page_limit), '[]'),
      'nextCursor', case when count(*) > trip_history.page_limit then max(p.id::text) filter (where p.n = trip_history.page_limit) end)
    from page as p
  having trip_history.cursor is null or exists (select from events as c where c.id = trip_history.cursor)
$$;

comment on function private.trip_history(uuid, integer, uuid, boolean) is 'A page of a trip''s events.';
alter function private.trip_history(uuid, integer, uuid, boolean) owner to fleetflow_sys;
revoke all on function private.trip_history(uuid, integer, uuid, boolean) from public;
grant execute on function private.trip_history(uuid, integer, uuid, boolean) to fleetflow_fn;
-- <<< sql/functions/trip_history.sql

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
grant execute on function private.trip_json(public.trips) to fleetflow_fn, fleetflow_sys;
-- <<< sql/functions/trip_json.sql

-- >>> sql/functions/trips_in_the_way.sql
-- What: the trips that keep a car from taking a period, in order: those whose blocked range meets the one that it would block.
--   Holds and requests whose time is over are left out; a trip that should have ended counts until the car could be turned around.
-- Who: functions that plan, for a fleet that the caller manages. Runs as fleetflow_sys.
create or replace function private.trips_in_the_way(car public.cars, starts timestamptz, ends timestamptz) returns setof public.trips
  language sql stable security definer
  set search_path = pg_catalog, public, pg_temp
as $$
  select t.*
    from public.trips as t
   cross join private.blocked_range(trips_in_the_way.starts, trips_in_the_way.ends, (trips_in_the_way.car).prep_minutes,
           (trips_in_the_way.car).turnaround_minutes, (trips_in_the_way.car).back_to_back) as wanted
   where t.car_id = (trips_in_the_way.car).id
     and t.status in ('held', 'requested', 'confirmed', 'active', 'completed')
     and not (t.status = 'held' and t.hold_expires_at <= now()) and not (t.status = 'requested' and t.respond_by <= now())
     and (t.blocked && wanted or (t.status = 'active' and t.trip_end_date < now()
       and tstzrange(lower(t.blocked), greatest(upper(t.blocked), now() + make_interval(mins => t.turnaround_minutes)), '[]') && wanted))
   order by t.trip_start_date
$$;

comment on function private.trips_in_the_way(public.cars, timestamptz, timestamptz) is 'The trips that keep a car from taking a period.';
alter function private.trips_in_the_way(public.cars, timestamptz, timestamptz) owner to fleetflow_sys;
revoke all on function private.trips_in_the_way(public.cars, timestamptz, timestamptz) from public;
-- <<< sql/functions/trips_in_the_way.sql

-- >>> sql/functions/trips_page.sql
-- What: the next trips before a place in the order of their starts: of a fleet, or where there is none of a renter; optionally of one car.
-- Who: list_trips_rpc, under the caller's policies.
-- The predicate is explicit beside the policy: an OR in a policy alone would not use the keyset index.
-- Pages are read in the order of an index, also while statistics are old: a sort would read everything for each page.
create or replace function private.trips_page(
  fleet_id uuid, booked_by_id uuid, car_id uuid, from_start timestamptz, from_id uuid, wanted integer
) returns public.trips[]
  language plpgsql stable
  set search_path = pg_catalog, public, pg_temp
  set enable_sort = off
as $$
begin
  if trips_page.car_id is not null then
    return array(
      select t from public.trips as t
       where t.car_id = trips_page.car_id and (t.trip_start_date, t.id) < (trips_page.from_start, trips_page.from_id)
         and case when trips_page.fleet_id is null then t.booked_by_id = trips_page.booked_by_id else t.fleet_id = trips_page.fleet_id end
       order by t.trip_start_date desc, t.id desc limit trips_page.wanted);
  elsif trips_page.fleet_id is not null then
    return array(
      select t from public.trips as t
       where t.fleet_id = trips_page.fleet_id and (t.trip_start_date, t.id) < (trips_page.from_start, trips_page.from_id)
       order by t.trip_start_date desc, t.id desc limit trips_page.wanted);
  end if;
  return array(
    select t from public.trips as t
     where t.booked_by_id = trips_page.booked_by_id and (t.trip_start_date, t.id) < (trips_page.from_start, trips_page.from_id)
     order by t.trip_start_date desc, t.id desc limit trips_page.wanted);
end
$$;

comment on function private.trips_page(uuid, uuid, uuid, timestamptz, uuid, integer) is 'A page of trips in the order of their starts.';
revoke all on function private.trips_page(uuid, uuid, uuid, timestamptz, uuid, integer) from public;
grant execute on function private.trips_page(uuid, uuid, uuid, timestamptz, uuid, integer) to fleetflow_fn;
-- <<< sql/functions/trips_page.sql

-- >>> sql/functions/trips_page_by_state.sql
-- What: as trips_page, of one state. A state is what time has made of the trip: a dead hold counts as expired and not as held, whether or not
--   anybody has written that down.
-- Who: list_trips_rpc, under the caller's policies. Each stored status is read in the order of an index; the keyset names the status too,
--   so that no plan, however general, prefers an index without it and reads all that is in other states.
create or replace function private.trips_page_by_state(
  fleet_id uuid, booked_by_id uuid, car_id uuid, state text, from_start timestamptz, from_id uuid, wanted integer
) returns public.trips[]
  language plpgsql stable
  set search_path = pg_catalog, public, pg_temp
  set enable_sort = off
as $$
declare
  v_stored text;
  v_rows public.trips[] := '{}';
begin
  -- What may be stored for a trip that is in this state by now.
  foreach v_stored in array array[trips_page_by_state.state] || case trips_page_by_state.state
    when 'expired' then array['held', 'requested'] when 'completed' then array['active'] else '{}' end
  loop
    v_rows := v_rows || case
      when trips_page_by_state.car_id is not null then array(
        select t from public.trips as t
         where t.car_id = trips_page_by_state.car_id and t.status = v_stored
           and (t.status, t.trip_start_date, t.id) < (v_stored, trips_page_by_state.from_start, trips_page_by_state.from_id)
           and case when trips_page_by_state.fleet_id is null then t.booked_by_id = trips_page_by_state.booked_by_id else t.fleet_id = trips_page_by_state.fleet_id end
           and (private.settled(t)).status = trips_page_by_state.state
         order by t.trip_start_date desc, t.id desc limit trips_page_by_state.wanted)
      when trips_page_by_state.fleet_id is not null then array(
        select t from public.trips as t
         where t.fleet_id = trips_page_by_state.fleet_id and t.status = v_stored
           and (t.status, t.trip_start_date, t.id) < (v_stored, trips_page_by_state.from_start, trips_page_by_state.from_id)
           and (private.settled(t)).status = trips_page_by_state.state
         order by t.trip_start_date desc, t.id desc limit trips_page_by_state.wanted)
      else array(
        select t from public.trips as t
         where t.booked_by_id = trips_page_by_state.booked_by_id and t.status = v_stored
           and (t.status, t.trip_start_date, t.id) < (v_stored, trips_page_by_state.from_start, trips_page_by_state.from_id)
           and (private.settled(t)).status = trips_page_by_state.state
         order by t.trip_start_date desc, t.id desc limit trips_page_by_state.wanted) end;
  end loop;
  if trips_page_by_state.state = 'completed' then
    -- What is no rental is confirmed until somebody writes down that its end has passed; few are, and a partial index has them.
    v_rows := v_rows || array(
      select t from public.trips as t
       where t.purpose <> 'rental' and t.status = 'confirmed'
         and (case when t.status = 'held' then t.hold_expires_at when t.status = 'requested' then t.respond_by
                   when t.purpose <> 'rental' and t.status in ('confirmed', 'active') then t.trip_end_date end) <= now()
         and case when trips_page_by_state.fleet_id is null then t.booked_by_id = trips_page_by_state.booked_by_id else t.fleet_id = trips_page_by_state.fleet_id end
         and (trips_page_by_state.car_id is null or t.car_id = trips_page_by_state.car_id)
         and (t.trip_start_date, t.id) < (trips_page_by_state.from_start, trips_page_by_state.from_id)
       order by t.trip_start_date desc, t.id desc limit trips_page_by_state.wanted);
  end if;
  return array(select r from unnest(v_rows) as r order by r.trip_start_date desc, r.id desc limit trips_page_by_state.wanted);
end
$$;

comment on function private.trips_page_by_state(uuid, uuid, uuid, text, timestamptz, uuid, integer) is 'A page of trips in one state.';
revoke all on function private.trips_page_by_state(uuid, uuid, uuid, text, timestamptz, uuid, integer) from public;
grant execute on function private.trips_page_by_state(uuid, uuid, uuid, text, timestamptz, uuid, integer) to fleetflow_fn;
-- <<< sql/functions/trips_page_by_state.sql

-- >>> sql/functions/try_again.sql
-- What: gives up an attempt that met another one, so that the caller tries again from the start (40001, which is never stored under a key).
-- Who: functions that find, under their locks, that a trip has been moved to another car since they looked: locking that car too
--   could break the order of locks.
create or replace function private.try_again() returns void
  language plpgsql immutable
  set search_path = pg_catalog, public, pg_temp
as $$
begin
  raise exception using errcode = 'serialization_failure', message = 'a trip was moved to another car meanwhile';
end
$$;

comment on function private.try_again() is 'Gives up an attempt that met another one.';
revoke all on function private.try_again() from public;
grant execute on function private.try_again() to fleetflow_fn, fleetflow_sys;
-- <<< sql/functions/try_again.sql

-- >>> sql/functions/use_quote.sql
-- What: takes a quote for a booking and answers its price, in the shape of private.price_trip. A quote is good once, for its renter, car,
--   period and extras (NULL: the quote's own), until it expires; the trip that took it may take it again, so that a hold becomes a booking.
-- Who: agree_price, under the caller's policies. Locks: the quote, after cars and users.
-- Raises: NOT_FOUND (field quoteId: absent, another car's or another renter's), BAD_INPUT (field quoteId, reason QUOTE_MISMATCH: another
--   period or other extras), QUOTE_USED, QUOTE_EXPIRED.
create or replace function private.use_quote(
  quote_id uuid, car_id uuid, renter uuid, starts timestamptz, ends timestamptz, extras jsonb, trip_id uuid
) returns jsonb
  language plpgsql volatile
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  v_quote public.quotes;
begin
  select q.* into v_quote from public.quotes as q
   where q.car_id = use_quote.car_id and q.id = use_quote.quote_id and q.user_id = use_quote.renter for no key update;
  if not found then
    raise exception using errcode = 'FF404', message = 'NOT_FOUND', detail = jsonb_build_object('field', 'quoteId');
  end if;
  if (v_quote.start_date, v_quote.end_date) is distinct from (use_quote.starts, use_quote.ends)
     or not private.same_extras(use_quote.extras, v_quote.extras) then
    raise exception using errcode = 'FF400', message = 'BAD_INPUT', detail = jsonb_build_object('field', 'quoteId', 'reason', 'QUOTE_MISMATCH');
  end if;
  if v_quote.trip_id <> use_quote.trip_id then
    raise exception using errcode = 'FF006', message = 'QUOTE_USED';
  end if;
  if v_quote.trip_id is null and v_quote.expires_at <= now() then
    raise exception using errcode = 'FF005', message = 'QUOTE_EXPIRED';
  end if;
  update public.quotes as q set used_at = now(), trip_id = use_quote.trip_id
   where q.car_id = v_quote.car_id and q.id = v_quote.id and q.trip_id is null;
  return v_quote.priced;
end
$$;

comment on function private.use_quote(uuid, uuid, uuid, timestamptz, timestamptz, jsonb, uuid) is 'Takes a quote for a booking.';
revoke all on function private.use_quote(uuid, uuid, uuid, timestamptz, timestamptz, jsonb, uuid) from public;
grant execute on function private.use_quote(uuid, uuid, uuid, timestamptz, timestamptz, jsonb, uuid) to fleetflow_fn;
-- <<< sql/functions/use_quote.sql

-- >>> sql/constraints/cars_place.sql
-- Cars by place: of everybody, of a fleet, of a class. Nearest first is the order of the index, whatever lies between.
-- squawk-ignore require-concurrent-index-deletion
drop index if exists public.cars_place_idx;
-- squawk-ignore require-concurrent-index-deletion
drop index if exists public.cars_fleet_id_place_idx;
-- squawk-ignore require-concurrent-index-deletion
drop index if exists public.cars_car_class_id_place_idx;

-- squawk-ignore require-concurrent-index-creation
create index cars_place_idx on public.cars using gist (private.place_point(lat_microdegrees, lng_microdegrees))
  where retired_at is null and lat_microdegrees is not null;

-- squawk-ignore require-concurrent-index-creation
create index cars_fleet_id_place_idx on public.cars using gist (fleet_id, private.place_point(lat_microdegrees, lng_microdegrees))
  where retired_at is null and lat_microdegrees is not null;

-- squawk-ignore require-concurrent-index-creation
create index cars_car_class_id_place_idx on public.cars using gist (car_class_id, private.place_point(lat_microdegrees, lng_microdegrees))
  where retired_at is null and lat_microdegrees is not null;
-- <<< sql/constraints/cars_place.sql

-- >>> sql/constraints/driver_busy.sql
-- No driver is on two trips at once. Half-open: who ends one trip at ten may begin another at ten.
alter table public.driver_assignments drop constraint if exists driver_busy;

-- squawk-ignore constraint-missing-not-valid
alter table public.driver_assignments add constraint driver_busy
  exclude using gist (driver_id with =, period with &&);

comment on constraint driver_busy on public.driver_assignments is 'No driver is on two trips at once.';
-- <<< sql/constraints/driver_busy.sql

-- >>> sql/constraints/fleets_rules_valid.sql
-- Opening hours and cancellation policies are jsonb; whoever reads them may rely on their shape.
alter table public.fleets drop constraint if exists fleets_rules_valid;

-- squawk-ignore constraint-missing-not-valid
alter table public.fleets add constraint fleets_rules_valid
  check (private.hours_fault(opening_hours) is null and private.policy_fault(cancellation_policy) is null);

comment on constraint fleets_rules_valid on public.fleets is 'Opening hours and cancellation policies have their shape.';
-- <<< sql/constraints/fleets_rules_valid.sql

-- >>> sql/constraints/rate_plan_seasons_apart.sql
-- The seasons of a plan do not overlap: every day has one price.
alter table public.rate_plan_seasons drop constraint if exists rate_plan_seasons_apart;

-- squawk-ignore constraint-missing-not-valid
alter table public.rate_plan_seasons add constraint rate_plan_seasons_apart
  exclude using gist (rate_plan_id with =, days with &&);

comment on constraint rate_plan_seasons_apart on public.rate_plan_seasons is 'The seasons of a plan do not overlap.';
-- <<< sql/constraints/rate_plan_seasons_apart.sql

-- >>> sql/constraints/rate_plans_rules.sql
-- A rate plan holds only rules that can be priced.
alter table public.rate_plans drop constraint if exists rate_plans_rules_valid;

-- squawk-ignore constraint-missing-not-valid
alter table public.rate_plans add constraint rate_plans_rules_valid check (private.rules_fault(rules) is null);

comment on constraint rate_plans_rules_valid on public.rate_plans is 'A rate plan holds only rules that can be priced.';
-- <<< sql/constraints/rate_plans_rules.sql

-- >>> sql/triggers/cars_outbox.sql
-- Every change of a car is an event in the making.
drop trigger if exists _200_outbox_insert on public.cars;
create trigger _200_outbox_insert after insert on public.cars for each row execute function private.note_change('car');

drop trigger if exists _200_outbox_update on public.cars;
create trigger _200_outbox_update after update on public.cars
  for each row when (old.* is distinct from new.*) execute function private.note_change('car');

drop trigger if exists _200_outbox_delete on public.cars;
create trigger _200_outbox_delete after delete on public.cars for each row execute function private.note_change('car');
-- <<< sql/triggers/cars_outbox.sql

-- >>> sql/triggers/event_log_append.sql
-- The event log is only ever added to.
drop trigger if exists _050_append on public.event_log;
create trigger _050_append before update or delete or truncate on public.event_log
  for each statement execute function private.guard_log();
-- <<< sql/triggers/event_log_append.sql

-- >>> sql/triggers/rate_plans_immutable.sql
-- A version of a rate plan is never changed.
drop trigger if exists _050_immutable on public.rate_plans;
create trigger _050_immutable before update or delete on public.rate_plans
  for each row execute function private.guard_rate_plan();

drop trigger if exists _050_immutable on public.rate_plan_seasons;
create trigger _050_immutable before insert or update or delete on public.rate_plan_seasons
  for each row execute function private.guard_rate_plan();
-- <<< sql/triggers/rate_plans_immutable.sql

-- >>> sql/triggers/reviews_outbox.sql
-- Every change of a review is an event in the making.
drop trigger if exists _200_outbox_insert on public.reviews;
create trigger _200_outbox_insert after insert on public.reviews for each row execute function private.note_change('review');

drop trigger if exists _200_outbox_update on public.reviews;
create trigger _200_outbox_update after update on public.reviews
  for each row when (old.* is distinct from new.*) execute function private.note_change('review');

drop trigger if exists _200_outbox_delete on public.reviews;
create trigger _200_outbox_delete after delete on public.reviews for each row execute function private.note_change('review');
-- <<< sql/triggers/reviews_outbox.sql

-- >>> sql/triggers/trips_outbox.sql
-- Every change of a trip is an event in the making.
-- History that is imported happened long ago and elsewhere: it is not news, and no event.
drop trigger if exists _200_outbox_insert on public.trips;
create trigger _200_outbox_insert after insert on public.trips
  for each row when (current_setting('fleetflow.operation', true) is distinct from 'trips.import') execute function private.note_change('trip');

drop trigger if exists _200_outbox_update on public.trips;
create trigger _200_outbox_update after update on public.trips
  for each row when (old.* is distinct from new.* and current_setting('fleetflow.operation', true) is distinct from 'trips.import') execute function private.note_change('trip');

drop trigger if exists _200_outbox_delete on public.trips;
create trigger _200_outbox_delete after delete on public.trips for each row execute function private.note_change('trip');
-- <<< sql/triggers/trips_outbox.sql

-- >>> sql/triggers/trips_version.sql
-- Every change of a trip counts as a version, except its total, which follows its lines.
drop trigger if exists _060_version on public.trips;
create trigger _060_version before update on public.trips
  for each row execute function private.count_version();
-- <<< sql/triggers/trips_version.sql

-- >>> sql/policies/driver_assignments.sql
-- Only private.assign_driver reads and writes who drives when: a driver's trips may belong to several fleets.
alter table public.driver_assignments enable row level security;
alter table public.driver_assignments force row level security;

drop policy if exists driver_assignments_sys on public.driver_assignments;
create policy driver_assignments_sys on public.driver_assignments to fleetflow_sys using (true) with check (true);
-- <<< sql/policies/driver_assignments.sql

-- >>> sql/policies/event_log.sql
-- The event log is read through functions that know who may see what.
alter table public.event_log enable row level security;
alter table public.event_log force row level security;

drop policy if exists event_log_sys on public.event_log;
create policy event_log_sys on public.event_log to fleetflow_sys using (true) with check (true);
-- <<< sql/policies/event_log.sql

-- >>> sql/policies/event_relay.sql
-- Only the relay knows how far it has come.
alter table public.event_relay enable row level security;
alter table public.event_relay force row level security;

drop policy if exists event_relay_sys on public.event_relay;
create policy event_relay_sys on public.event_relay to fleetflow_sys using (true) with check (true);
-- <<< sql/policies/event_relay.sql

-- >>> sql/policies/fleets.sql
-- Public fleets are seen by every signed-in user, the others by their members; owners and managers set their rules.
alter table public.fleets enable row level security;
alter table public.fleets force row level security;

drop policy if exists fleets_sys on public.fleets;
create policy fleets_sys on public.fleets to fleetflow_sys using (true) with check (true);

drop policy if exists fleets_read on public.fleets;
create policy fleets_read on public.fleets for select to fleetflow_fn
  using ((visibility = 'public' and (select private.uid()) is not null)
    or id = any (array(select private.my_fleets()))
    or (select private.is_admin()));

drop policy if exists fleets_change on public.fleets;
create policy fleets_change on public.fleets for update to fleetflow_fn
  using (id = any (array(select private.my_fleets('{owner,manager}'))))
  with check (id = any (array(select private.my_fleets('{owner,manager}'))));
-- <<< sql/policies/fleets.sql

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

-- >>> sql/policies/outbox.sql
-- Changes on their way to the event log: written by triggers, moved by the relay, read by nobody else.
alter table public.outbox enable row level security;
alter table public.outbox force row level security;

drop policy if exists outbox_sys on public.outbox;
create policy outbox_sys on public.outbox to fleetflow_sys using (true) with check (true);
-- <<< sql/policies/outbox.sql

-- >>> sql/policies/quotes.sql
-- A quote is seen and used by the renter it was made for, and by owners and managers of the fleet.
alter table public.quotes enable row level security;
alter table public.quotes force row level security;

drop policy if exists quotes_sys on public.quotes;
create policy quotes_sys on public.quotes to fleetflow_sys using (true) with check (true);

drop policy if exists quotes_own on public.quotes;
create policy quotes_own on public.quotes to fleetflow_fn
  using (user_id = (select private.uid()) or fleet_id = any (array(select private.my_fleets('{owner,manager}'))))
  with check (user_id = (select private.uid()) or fleet_id = any (array(select private.my_fleets('{owner,manager}'))));
-- <<< sql/policies/quotes.sql

-- >>> sql/policies/rate_plan_seasons.sql
-- Who sees a plan sees its seasons.
alter table public.rate_plan_seasons enable row level security;
alter table public.rate_plan_seasons force row level security;

drop policy if exists rate_plan_seasons_sys on public.rate_plan_seasons;
create policy rate_plan_seasons_sys on public.rate_plan_seasons to fleetflow_sys using (true) with check (true);

drop policy if exists rate_plan_seasons_read on public.rate_plan_seasons;
create policy rate_plan_seasons_read on public.rate_plan_seasons for select to fleetflow_fn
  using (exists (select from public.rate_plans as p where p.id = rate_plan_seasons.rate_plan_id));

drop policy if exists rate_plan_seasons_add on public.rate_plan_seasons;
create policy rate_plan_seasons_add on public.rate_plan_seasons for insert to fleetflow_fn
  with check (exists (
    select from public.rate_plans as p
     where p.id = rate_plan_seasons.rate_plan_id and p.fleet_id = any (array(select private.my_fleets('{owner,manager}')))));
-- <<< sql/policies/rate_plan_seasons.sql

-- >>> sql/policies/rate_plans.sql
-- Who sees a fleet sees its prices; its owners and managers add versions.
alter table public.rate_plans enable row level security;
alter table public.rate_plans force row level security;

drop policy if exists rate_plans_sys on public.rate_plans;
create policy rate_plans_sys on public.rate_plans to fleetflow_sys using (true) with check (true);

drop policy if exists rate_plans_read on public.rate_plans;
create policy rate_plans_read on public.rate_plans for select to fleetflow_fn
  using (exists (select from public.fleets as f where f.id = rate_plans.fleet_id));

drop policy if exists rate_plans_add on public.rate_plans;
create policy rate_plans_add on public.rate_plans for insert to fleetflow_fn
  with check (fleet_id = any (array(select private.my_fleets('{owner,manager}'))));
-- <<< sql/policies/rate_plans.sql

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
       and (t.booked_by_id = (select private.uid()) or t.fleet_id = any (array(select private.my_fleets('{owner,manager}')))
         or ((select current_setting('fleetflow.operation', true)) = 'trips.complete' and t.fleet_id = any (array(select private.my_fleets()))))));
-- <<< sql/policies/trip_lines.sql

-- >>> sql/policies/trips.sql
-- A trip is seen by its renter and its fleet's members; written by its renter and by owners and managers, and by drivers where they hand the
-- car over or take it back.
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
    or fleet_id = any (array(select private.my_fleets('{owner,manager}')))
    or ((select current_setting('fleetflow.operation', true)) in ('trips.start', 'trips.complete') and fleet_id = any (array(select private.my_fleets()))))
  with check ((booked_by_id = (select private.uid()) and purpose = 'rental')
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
  public.rate_plan_seasons, public.quotes, public.driver_assignments, public.outbox, public.event_log, public.event_relay
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
-- <<< sql/grants/tables.sql

-- >>> sql/data/event_relay.sql
-- The one row of the relay: nothing is in the event log yet.
insert into public.event_relay (single) values (true) on conflict (single) do nothing;
-- <<< sql/data/event_relay.sql

-- >>> sql/data/placement.sql
-- Where each table will live on a distributed PostgreSQL: sharded by its car, copied everywhere, or on one node.
insert into public.placement (name, kind, shard_column, colocated_with) values
  ('public.users', 'reference', null, null),
  ('public.user_identities', 'reference', null, null),
  ('public.fleets', 'reference', null, null),
  ('public.fleet_members', 'reference', null, null),
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

-- >>> sql/data/trip_transitions.sql
-- The allowed steps of a trip's life; a trigger refuses every other one. `none` means the trip does not exist yet. `expire` and `elapse` are
-- time's: a hold or request past its limit, and what is no rental at its end.
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
  ('active', 'completed', 'complete'),
  ('confirmed', 'completed', 'elapse')
on conflict do nothing;
-- <<< sql/data/trip_transitions.sql

