-- >>> sql/functions/price_change.sql is removed
drop function if exists private.price_change(public.trips, timestamptz, timestamptz);

-- >>> sql/functions/price_lines.sql is removed
drop function if exists private.price_lines(public.rate_plans, text, timestamptz, timestamptz);

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
ALTER TABLE "idempotency_keys" ADD CONSTRAINT "idempotency_keys_user_id_fkey" FOREIGN KEY ("user_id") REFERENCES "public"."users"("id") ON DELETE cascade ON UPDATE no action;
ALTER TABLE "quotes" ADD CONSTRAINT "quotes_car_id_fkey" FOREIGN KEY ("car_id") REFERENCES "public"."cars"("id") ON DELETE cascade ON UPDATE no action;
ALTER TABLE "quotes" ADD CONSTRAINT "quotes_fleet_id_fkey" FOREIGN KEY ("fleet_id") REFERENCES "public"."fleets"("id") ON DELETE cascade ON UPDATE no action;
ALTER TABLE "quotes" ADD CONSTRAINT "quotes_user_id_fkey" FOREIGN KEY ("user_id") REFERENCES "public"."users"("id") ON DELETE cascade ON UPDATE no action;
ALTER TABLE "quotes" ADD CONSTRAINT "quotes_rate_plan_id_fkey" FOREIGN KEY ("rate_plan_id") REFERENCES "public"."rate_plans"("id") ON DELETE restrict ON UPDATE no action;
ALTER TABLE "rate_plan_seasons" ADD CONSTRAINT "rate_plan_seasons_rate_plan_id_fkey" FOREIGN KEY ("rate_plan_id") REFERENCES "public"."rate_plans"("id") ON DELETE restrict ON UPDATE no action;
CREATE INDEX "idempotency_keys_created_at_idx" ON "idempotency_keys" USING btree ("created_at");
CREATE INDEX "quotes_id_idx" ON "quotes" USING btree ("id");
CREATE INDEX "quotes_user_id_idx" ON "quotes" USING btree ("user_id");
CREATE INDEX "quotes_fleet_id_idx" ON "quotes" USING btree ("fleet_id");
CREATE INDEX "quotes_expires_at_idx" ON "quotes" USING btree ("expires_at");
ALTER TABLE "trips" ADD CONSTRAINT "trips_driver_id_fkey" FOREIGN KEY ("driver_id") REFERENCES "public"."users"("id") ON DELETE restrict ON UPDATE no action;
CREATE INDEX "trips_driver_id_idx" ON "trips" USING btree ("driver_id") WHERE "trips"."driver_id" is not null;
ALTER TABLE "cars" ADD CONSTRAINT "cars_odometer_positive" CHECK ("cars"."odometer" >= 0);
ALTER TABLE "fleets" ADD CONSTRAINT "fleets_lengths_bounded" CHECK ("fleets"."min_minutes" between 1 and 527040 and "fleets"."max_minutes" between coalesce("fleets"."min_minutes", 1) and 527040);
ALTER TABLE "fleets" ADD CONSTRAINT "fleets_notice_bounded" CHECK ("fleets"."notice_minutes" between 0 and 527040);
ALTER TABLE "fleets" ADD CONSTRAINT "fleets_horizon_bounded" CHECK ("fleets"."horizon_days" between 1 and 3660);
ALTER TABLE "fleets" ADD CONSTRAINT "fleets_quota_bounded" CHECK ("fleets"."max_open_trips" between 1 and 10000);
ALTER TABLE "trip_lines" ADD CONSTRAINT "trip_lines_amount_exact" CHECK ("trip_lines"."amount" = "trip_lines"."quantity" * "trip_lines"."unit_amount");
ALTER TABLE "trip_lines" ADD CONSTRAINT "trip_lines_kind_known" CHECK ("trip_lines"."kind" in ('day', 'hour', 'best_price', 'minimum', 'extra', 'fee', 'discount', 'tax', 'adjustment', 'cancellation', 'refund', 'imported'));
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

-- >>> sql/functions/adjustment_lines.sql
-- What: what a return adds to a trip's price: {"delta", "lines", "pricing"}. A late return is priced like an extension; then come the
--   distance above what the begun days include, the missing fuel, and the taxes on both. NULL readings are not charged.
-- Who: whatever completes a trip. Runs as fleetflow_sys: the renter may no longer see the car. Raises: BAD_INPUT (field endDate).
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

-- >>> sql/functions/book_trip.sql
-- What: stores a trip and the lines of its price; NULL when another trip has the car in that period. The only place that does.
--   `priced` is what private.price_trip answered, NULL for what is no rental.
--   `terms` may hold id, holdExpiresAt, respondBy, pinned, driverId, seriesId, extras, policy and note.
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
  values (car.id, coalesce((terms ->> 'id')::uuid, private.uuid_v7()), car.fleet_id, book_trip.renter, book_trip.purpose, book_trip.status,
    book_trip.starts, book_trip.ends, car.prep_minutes, car.turnaround_minutes, car.back_to_back,
    private.blocked_range(book_trip.starts, book_trip.ends, car.prep_minutes, car.turnaround_minutes, car.back_to_back),
    coalesce(priced ->> 'currency', (select f.currency from public.fleets as f where f.id = car.fleet_id)),
    (priced ->> 'ratePlanId')::uuid, priced -> 'pricing',
    (terms ->> 'holdExpiresAt')::timestamptz, (terms ->> 'respondBy')::timestamptz, coalesce((terms ->> 'pinned')::boolean, true),
    (terms ->> 'driverId')::uuid, (terms ->> 'seriesId')::uuid, coalesce(nullif(terms -> 'extras', 'null'), '[]'), terms -> 'policy', terms ->> 'note')
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

-- >>> sql/functions/cheapest_day.sql
-- What: a price in 10^-12 minor units that no day of the tariff undercuts, before length factors.
-- Who: days_price, to see that a longer rental cannot cost less without adding up its days.
create or replace function private.cheapest_day(tariff jsonb) returns numeric
  language plpgsql immutable parallel safe
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  v_price numeric := private.key_price(cheapest_day.tariff, 0);
begin
  if jsonb_array_length(cheapest_day.tariff -> 'seasons') > 0 then
    v_price := least(v_price, (
      select min(private.key_price(cheapest_day.tariff, 8 * i))
        from generate_series(1, jsonb_array_length(cheapest_day.tariff -> 'seasons')) as i));
  end if;
  if cheapest_day.tariff ? 'weekdays' then
    v_price := div(v_price * (select min(w::numeric) from jsonb_array_elements_text(cheapest_day.tariff -> 'weekdays') as w), 1000000);
  end if;
  return v_price;
end
$$;

comment on function private.cheapest_day(jsonb) is 'A price that no day of the tariff undercuts.';
revoke all on function private.cheapest_day(jsonb) from public;
grant execute on function private.cheapest_day(jsonb) to fleetflow_fn, fleetflow_sys;
-- <<< sql/functions/cheapest_day.sql

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
-- Who: perform, for create_trip_rpc. Input: carId, userId, startDate, endDate, purpose, maxTotal, quoteId, extras.
-- Raises: BAD_INPUT, NOT_FOUND (car, or field userId), FORBIDDEN, TOO_SOON (earliest), TOO_LONG (maxDays), NOT_PRICED,
--   PRICE_CHANGED (totalCost, currency), QUOTE_EXPIRED, QUOTE_USED, TRIP_OVERLAP (conflicts, nextFree). Locks: the car, the quote.
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
  v_id uuid := private.uuid_v7();
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
    v_priced := private.agree_price(v_car, v_renter, v_start, v_end, input, v_id);
  end if;
  v_trip := private.book_trip(v_car, v_renter, v_purpose, 'confirmed', v_start, v_end, v_priced,
    jsonb_build_object('id', v_id, 'extras', v_priced -> 'extras'));
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
  max_total bigint default null, quote_id uuid default null, extras jsonb default null, idempotency_key text default null,
  dry_run boolean default false
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
      'purpose', create_trip_rpc.purpose, 'maxTotal', create_trip_rpc.max_total,
      'quoteId', create_trip_rpc.quote_id, 'extras', create_trip_rpc.extras),
    create_trip_rpc.idempotency_key, create_trip_rpc.dry_run);
end
$$;

comment on function public.create_trip_rpc(uuid, uuid, timestamptz, timestamptz, jsonb, text, bigint, uuid, jsonb, text, boolean) is 'Books a car for a period.';
alter function public.create_trip_rpc(uuid, uuid, timestamptz, timestamptz, jsonb, text, bigint, uuid, jsonb, text, boolean) owner to fleetflow_fn;
revoke all on function public.create_trip_rpc(uuid, uuid, timestamptz, timestamptz, jsonb, text, bigint, uuid, jsonb, text, boolean) from public;
grant execute on function public.create_trip_rpc(uuid, uuid, timestamptz, timestamptz, jsonb, text, bigint, uuid, jsonb, text, boolean) to fleetflow_api;
-- <<< sql/functions/create_trip_rpc.sql

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
  v_factors bigint[];
  v_season jsonb;
  v_place integer := 0;
  v_weekday integer;
begin
  if day_keys.tariff ? 'weekdays' then
    v_factors := array(select w::bigint from jsonb_array_elements_text(day_keys.tariff -> 'weekdays') with ordinality as f (w, n) order by n);
    for i in 1 .. day_keys.count loop
      v_weekday := extract(isodow from day_keys.first + i - 1);
      if v_factors[v_weekday] <> 1000000 then
        v_keys[i] := v_weekday;
      end if;
    end loop;
  end if;
  for v_season in select s from jsonb_array_elements(day_keys.tariff -> 'seasons') with ordinality as t (s, n) order by n loop
    v_place := v_place + 1;
    for i in greatest(1, (v_season ->> 'from')::date - day_keys.first + 1)
          .. least(day_keys.count, (v_season ->> 'to')::date - day_keys.first + 1) loop
      v_keys[i] := v_keys[i] % 8 + 8 * v_place;
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
  v_tier jsonb;
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
  for v_tier in select t from jsonb_array_elements(days_price.tariff -> 'tiers') as t loop
    v_id := (v_tier ->> 'days')::integer;
    v_ppms[v_id + 1] := (v_tier ->> 'ppm')::bigint;
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
grant execute on function private.delta_lines(jsonb, jsonb) to fleetflow_sys;
-- <<< sql/functions/delta_lines.sql

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

-- >>> sql/functions/modify_trip.sql
-- What: moves a trip's start, end or both; a rental is priced again by the rates of its booking, the differences are new lines.
-- Who: perform, for modify_trip_rpc. Input: id, startDate, endDate, version.
-- Raises: NOT_FOUND, FORBIDDEN, VERSION_MISMATCH (version), INVALID_STATE (from, operation, allowed),
--   BAD_INPUT, TOO_SOON (earliest), TOO_LONG (maxDays), NOT_PRICED, TRIP_OVERLAP (conflicts, nextFree).
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
  v_priced jsonb;
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
  v_priced := private.reprice_lines(v_trip, null, v_start, v_end);
  begin
    update public.trips as t
       set trip_start_date = v_start, trip_end_date = v_end, cut = false, pricing = v_priced -> 'pricing',
           blocked = private.blocked_range(v_start, v_end, t.prep_minutes, t.turnaround_minutes, t.back_to_back)
     where t.car_id = v_trip.car_id and t.id = v_trip.id;
  exception when exclusion_violation then
    perform private.refuse_overlap(v_trip.car_id, v_start, v_end,
      v_trip.prep_minutes, v_trip.turnaround_minutes, v_trip.back_to_back, v_trip.id);
  end;

  perform private.add_lines(v_trip.car_id, v_trip.id, v_priced -> 'lines');
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
      when 'ratePlans.assign' then private.assign_rate_plan(perform.actor, perform.input)
      when 'ratePlans.create' then private.create_rate_plan(perform.actor, perform.input)
      when 'ratePlans.preview' then private.preview_rate_plan(perform.actor, perform.input)
      when 'reviews.create' then private.create_review(perform.actor, perform.input)
      when 'trips.cancel' then private.cancel_trip(perform.actor, perform.input)
      when 'trips.create' then private.create_trip(perform.actor, perform.input)
      when 'trips.modify' then private.modify_trip(perform.actor, perform.input)
      when 'trips.quote' then private.quote_trip(perform.actor, perform.input)
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

-- >>> sql/functions/preview_rate_plan.sql
-- What: what a rental in the fleet's time zone would cost by a tariff that is not stored: {"totalCost", "currency", "lines"}.
-- Who: perform, for preview_rate_plan_rpc. Input: fleet, tariff, startDate, endDate, extras.
-- Raises: NOT_FOUND (fleet), FORBIDDEN, BAD_INPUT (the path in the tariff, extras, dates), TOO_LONG (maxDays).
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
-- Who: reprice_lines, reprice_booked, as fleetflow_sys.
create or replace function private.price_delta(trip public.trips, price jsonb) returns jsonb
  language plpgsql stable
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
revoke all on function private.price_delta(public.trips, jsonb) from public;
grant execute on function private.price_delta(public.trips, jsonb) to fleetflow_sys;
-- <<< sql/functions/price_delta.sql

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
  for v_rule in select r from jsonb_array_elements(price_rental.tariff -> 'fees') as r loop
    v_amount := coalesce((v_rule ->> 'amount')::bigint, private.share(v_total, (v_rule ->> 'ppm')::bigint));
    v_lines := v_lines || private.line('fee', v_rule ->> 'name', 1, v_amount);
    v_total := v_total + v_amount;
  end loop;
  for v_rule in select r from jsonb_array_elements(price_rental.tariff -> 'discounts') as r loop
    continue when price_rental.starts - price_rental.as_of < make_interval(hours => 24 * coalesce((v_rule ->> 'leadDays')::integer, 0));
    v_amount := -private.share(v_total, (v_rule ->> 'ppm')::bigint);
    v_lines := v_lines || private.line('discount', v_rule ->> 'name', 1, v_amount);
    v_total := v_total + v_amount;
  end loop;
  if jsonb_array_length(price_rental.tariff -> 'taxes') > 0 then
    v_lines := v_lines || private.tax_lines(price_rental.tariff, v_total);
    v_total := (select sum((l ->> 'amount')::bigint) from jsonb_array_elements(v_lines) as l);
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
-- Raises: NOT_FOUND (carId, userId), FORBIDDEN, BAD_INPUT, TOO_SOON (earliest), TOO_LONG (maxDays), NOT_PRICED. Locks: nothing.
create or replace function private.quote_trip(actor uuid, input jsonb) returns jsonb
  language plpgsql volatile
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  v_renter uuid := coalesce((input ->> 'userId')::uuid, quote_trip.actor);
  v_start timestamptz := (input ->> 'startDate')::timestamptz;
  v_end timestamptz := (input ->> 'endDate')::timestamptz;
  v_manages boolean;
  v_car public.cars;
  v_priced jsonb;
  v_quote public.quotes;
begin
  select c.* into v_car from public.cars as c where c.id = (input ->> 'carId')::uuid and c.retired_at is null;
  if not found then
    raise exception using errcode = 'FF404', message = 'NOT_FOUND', detail = jsonb_build_object('field', 'carId');
  end if;
  v_manages := v_car.fleet_id in (select private.my_fleets('{owner,manager}'));
  if not v_manages and v_renter <> quote_trip.actor then
    raise exception using errcode = 'FF403', message = 'FORBIDDEN';
  end if;
  if v_renter <> quote_trip.actor and not private.user_is_active(v_renter) then
    raise exception using errcode = 'FF404', message = 'NOT_FOUND', detail = jsonb_build_object('field', 'userId');
  end if;
  perform private.check_period(v_start, v_end);
  if not v_manages and v_start < now() then
    raise exception using errcode = 'FF101', message = 'TOO_SOON',
      detail = jsonb_build_object('field', 'startDate', 'earliest', private.iso(date_trunc('minute', now()) + interval '1 minute'));
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
      'extras', quote_trip_rpc.extras, 'preview', quote_trip_rpc.preview),
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
  language sql immutable parallel safe
  set search_path = pg_catalog, public, pg_temp
as $$
  select coalesce(jsonb_agg(case when (t.tax ->> 'inclusive')::boolean
      then private.line('tax', t.tax ->> 'name', 0, private.share(tax_lines.amount, (t.tax ->> 'ppm')::bigint, 1000000 + i.ppm))
      else private.line('tax', t.tax ->> 'name', 1, private.share(tax_lines.amount, (t.tax ->> 'ppm')::bigint)) end order by t.n), '[]')
    from jsonb_array_elements(tax_lines.tariff -> 'taxes') with ordinality as t (tax, n),
         (select coalesce(sum((x ->> 'ppm')::bigint), 0)::bigint as ppm
            from jsonb_array_elements(tax_lines.tariff -> 'taxes') as x where (x ->> 'inclusive')::boolean) as i
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

-- >>> sql/triggers/rate_plans_immutable.sql
-- A version of a rate plan is never changed.
drop trigger if exists _050_immutable on public.rate_plans;
create trigger _050_immutable before update or delete on public.rate_plans
  for each row execute function private.guard_rate_plan();

drop trigger if exists _050_immutable on public.rate_plan_seasons;
create trigger _050_immutable before insert or update or delete on public.rate_plan_seasons
  for each row execute function private.guard_rate_plan();
-- <<< sql/triggers/rate_plans_immutable.sql

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

-- >>> sql/grants/tables.sql
-- What the two function roles may touch. The API role gets no table at all.
-- fleetflow_sys sees across people but may not move a trip to another car; fleetflow_fn is bound by people's policies
-- and may not write `total_cost`, which only the trigger on trip_lines moves.
-- Tables are named: whatever else lives in `public` (views of extensions, other people's tables) is not ours to grant.
revoke all on public.users, public.user_identities, public.fleets, public.fleet_members, public.car_classes, public.rate_plans, public.cars,
  public.trips, public.trip_lines, public.trip_transitions, public.reviews, public.placement, public.idempotency_keys,
  public.rate_plan_seasons, public.quotes from fleetflow_fn, fleetflow_sys, fleetflow_api;

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

grant select, insert on public.rate_plan_seasons to fleetflow_fn, fleetflow_sys;
grant insert (id, fleet_id, name, version, currency, day_rate, hour_rate, minimum_charge, rules) on public.rate_plans to fleetflow_fn;
grant select, insert, delete on public.quotes to fleetflow_sys;
grant select, insert, update (used_at, trip_id) on public.quotes to fleetflow_fn;
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
  ('public.rate_plan_seasons', 'reference', null, null),
  ('public.trip_transitions', 'reference', null, null),
  ('public.cars', 'shard', 'id', null),
  ('public.trips', 'shard', 'car_id', 'public.cars'),
  ('public.quotes', 'shard', 'car_id', 'public.cars'),
  ('public.trip_lines', 'shard', 'car_id', 'public.cars'),
  ('public.reviews', 'shard', 'car_id', 'public.cars'),
  ('public.idempotency_keys', 'local', null, null),
  ('public.placement', 'local', null, null),
  ('private.migrations', 'local', null, null)
on conflict (name) do update
  set kind = excluded.kind, shard_column = excluded.shard_column, colocated_with = excluded.colocated_with;
-- <<< sql/data/placement.sql

