-- Columns, checks and indexes of tables that hold rows: they lock while they look at them. The engine is not served while it migrates.
-- squawk-ignore-file adding-foreign-key-constraint, constraint-missing-not-valid, require-concurrent-index-creation, require-concurrent-index-deletion

drop function if exists private.enter(jsonb, boolean);

-- >>> sql/prelude/issuer.sql
-- The tables of the bundled issuer: the library reads and writes them as fleetflow_auth, which sees nothing else.
create schema if not exists issuer;

comment on schema issuer is 'People, sessions and keys of the bundled issuer; no access for the API role.';
-- <<< sql/prelude/issuer.sql

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

CREATE TABLE "issuer"."accounts" (
	"id" uuid DEFAULT gen_random_uuid() NOT NULL,
	"user_id" uuid NOT NULL,
	"provider_id" text NOT NULL,
	"account_id" text NOT NULL,
	"password" text,
	"access_token" text,
	"refresh_token" text,
	"id_token" text,
	"access_token_expires_at" timestamp with time zone,
	"refresh_token_expires_at" timestamp with time zone,
	"scope" text,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "accounts_pkey" PRIMARY KEY("id")
);

CREATE TABLE "issuer"."jwks" (
	"id" uuid DEFAULT gen_random_uuid() NOT NULL,
	"public_key" text NOT NULL,
	"private_key" text NOT NULL,
	"alg" text,
	"crv" text,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"expires_at" timestamp with time zone,
	CONSTRAINT "jwks_pkey" PRIMARY KEY("id")
);

CREATE TABLE "issuer"."sessions" (
	"id" uuid DEFAULT gen_random_uuid() NOT NULL,
	"user_id" uuid NOT NULL,
	"token" text NOT NULL,
	"expires_at" timestamp with time zone NOT NULL,
	"ip_address" text,
	"user_agent" text,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "sessions_pkey" PRIMARY KEY("id"),
	CONSTRAINT "sessions_user_agent_length" CHECK (length("issuer"."sessions"."user_agent") <= 300)
);

CREATE TABLE "issuer"."users" (
	"id" uuid DEFAULT gen_random_uuid() NOT NULL,
	"email" text NOT NULL,
	"email_verified" boolean DEFAULT false NOT NULL,
	"name" text NOT NULL,
	"image" text,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "users_pkey" PRIMARY KEY("id"),
	CONSTRAINT "users_email_form" CHECK (length("issuer"."users"."email") between 3 and 320 and "issuer"."users"."email" = lower("issuer"."users"."email")),
	CONSTRAINT "users_name_length" CHECK (length("issuer"."users"."name") between 1 and 200)
);

CREATE TABLE "issuer"."verifications" (
	"id" uuid DEFAULT gen_random_uuid() NOT NULL,
	"identifier" text NOT NULL,
	"value" text NOT NULL,
	"expires_at" timestamp with time zone NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "verifications_pkey" PRIMARY KEY("id")
);

CREATE TABLE "invitations" (
	"id" uuid NOT NULL,
	"fleet_id" uuid NOT NULL,
	"role" text NOT NULL,
	"email" text,
	"token_hash" "bytea" NOT NULL,
	"invited_by" uuid NOT NULL,
	"expires_at" timestamp with time zone NOT NULL,
	"accepted_by" uuid,
	"accepted_at" timestamp with time zone,
	"revoked_at" timestamp with time zone,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "invitations_pkey" PRIMARY KEY("id"),
	CONSTRAINT "invitations_token_hash_key" UNIQUE("token_hash"),
	CONSTRAINT "invitations_role_known" CHECK ("invitations"."role" in ('owner', 'manager', 'driver')),
	CONSTRAINT "invitations_email_length" CHECK (length("invitations"."email") <= 320),
	CONSTRAINT "invitations_hash_length" CHECK (length("invitations"."token_hash") = 32),
	CONSTRAINT "invitations_expires_later" CHECK (isfinite("invitations"."expires_at") and "invitations"."expires_at" > "invitations"."created_at"),
	CONSTRAINT "invitations_accepted_whole" CHECK (("invitations"."accepted_by" is null) = ("invitations"."accepted_at" is null)),
	CONSTRAINT "invitations_one_end" CHECK ("invitations"."accepted_at" is null or "invitations"."revoked_at" is null)
);

ALTER TABLE "cars" ADD COLUMN "retire_reason" text;
ALTER TABLE "users" ADD COLUMN "suspended_by_id" uuid;
ALTER TABLE "users" ADD COLUMN "suspend_reason" text;
ALTER TABLE "users" ADD COLUMN "erased_at" timestamp with time zone;
ALTER TABLE "api_keys" ADD CONSTRAINT "api_keys_fleet_id_fkey" FOREIGN KEY ("fleet_id") REFERENCES "public"."fleets"("id") ON DELETE cascade ON UPDATE no action;
ALTER TABLE "api_keys" ADD CONSTRAINT "api_keys_user_id_fkey" FOREIGN KEY ("user_id") REFERENCES "public"."users"("id") ON DELETE cascade ON UPDATE no action;
ALTER TABLE "api_keys" ADD CONSTRAINT "api_keys_created_by_fkey" FOREIGN KEY ("created_by") REFERENCES "public"."users"("id") ON DELETE restrict ON UPDATE no action;
ALTER TABLE "issuer"."accounts" ADD CONSTRAINT "accounts_user_id_fkey" FOREIGN KEY ("user_id") REFERENCES "issuer"."users"("id") ON DELETE cascade ON UPDATE no action;
ALTER TABLE "issuer"."sessions" ADD CONSTRAINT "sessions_user_id_fkey" FOREIGN KEY ("user_id") REFERENCES "issuer"."users"("id") ON DELETE cascade ON UPDATE no action;
ALTER TABLE "invitations" ADD CONSTRAINT "invitations_fleet_id_fkey" FOREIGN KEY ("fleet_id") REFERENCES "public"."fleets"("id") ON DELETE cascade ON UPDATE no action;
ALTER TABLE "invitations" ADD CONSTRAINT "invitations_invited_by_fkey" FOREIGN KEY ("invited_by") REFERENCES "public"."users"("id") ON DELETE restrict ON UPDATE no action;
ALTER TABLE "invitations" ADD CONSTRAINT "invitations_accepted_by_fkey" FOREIGN KEY ("accepted_by") REFERENCES "public"."users"("id") ON DELETE restrict ON UPDATE no action;
CREATE INDEX "api_keys_fleet_id_idx" ON "api_keys" USING btree ("fleet_id");
CREATE INDEX "api_keys_created_by_idx" ON "api_keys" USING btree ("created_by");
CREATE INDEX "accounts_user_id_idx" ON "issuer"."accounts" USING btree ("user_id");
CREATE UNIQUE INDEX "accounts_provider_id_account_id_key" ON "issuer"."accounts" USING btree ("provider_id","account_id");
CREATE INDEX "sessions_user_id_idx" ON "issuer"."sessions" USING btree ("user_id");
CREATE UNIQUE INDEX "sessions_token_key" ON "issuer"."sessions" USING btree ("token");
CREATE UNIQUE INDEX "users_email_key" ON "issuer"."users" USING btree ("email");
CREATE INDEX "verifications_identifier_idx" ON "issuer"."verifications" USING btree ("identifier");
CREATE INDEX "verifications_expires_at_idx" ON "issuer"."verifications" USING btree ("expires_at");
CREATE INDEX "invitations_fleet_id_idx" ON "invitations" USING btree ("fleet_id");
CREATE INDEX "invitations_invited_by_idx" ON "invitations" USING btree ("invited_by");
CREATE INDEX "invitations_accepted_by_idx" ON "invitations" USING btree ("accepted_by");
ALTER TABLE "users" ADD CONSTRAINT "users_suspended_by_id_fkey" FOREIGN KEY ("suspended_by_id") REFERENCES "public"."users"("id") ON DELETE restrict ON UPDATE no action;
CREATE INDEX "event_log_actor_id_pos_idx" ON "event_log" USING btree ("actor_id","pos") WHERE "event_log"."actor_id" is not null;
CREATE INDEX "users_suspended_by_id_idx" ON "users" USING btree ("suspended_by_id");
ALTER TABLE "cars" ADD CONSTRAINT "cars_retire_reason_length" CHECK (length("cars"."retire_reason") between 1 and 1000);
ALTER TABLE "users" ADD CONSTRAINT "users_suspension_whole" CHECK ("users"."suspended_at" is not null or ("users"."suspended_by_id" is null and "users"."suspend_reason" is null));
ALTER TABLE "users" ADD CONSTRAINT "users_suspend_reason_length" CHECK (length("users"."suspend_reason") between 1 and 1000);
ALTER TABLE "users" ADD CONSTRAINT "users_erased_nobody" CHECK ("users"."erased_at" is null or ("users"."email" is null and "users"."name" = 'Erased user' and not "users"."is_admin" and "users"."suspended_at" is null));
-- >>> sql/functions/accept_invitation.sql
-- What: lets the caller into the fleet of an invitation; answers the fleet. A member keeps a role that is higher.
-- Who: perform, for accept_invitation_rpc. Input: tokenHash.
-- Raises: FORBIDDEN (API keys), INVITATION_INVALID (the same for every reason). Locks: the fleet.
create or replace function private.accept_invitation(actor uuid, input jsonb) returns jsonb
  language plpgsql volatile
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  v_fleet uuid;
begin
  perform private.refuse_key();
  v_fleet := private.take_invitation(input ->> 'tokenHash');
  if v_fleet is null then
    raise exception using errcode = 'FF110', message = 'INVITATION_INVALID';
  end if;
  return private.fleet_json(v_fleet);
end
$$;

comment on function private.accept_invitation(uuid, jsonb) is 'Accepts an invitation.';
revoke all on function private.accept_invitation(uuid, jsonb) from public;
grant execute on function private.accept_invitation(uuid, jsonb) to fleetflow_fn;
-- <<< sql/functions/accept_invitation.sql

-- >>> sql/functions/accept_invitation_rpc.sql
-- What: lets the caller into the fleet of an invitation, once.
-- Who: whoever holds the token, known by its hash (SHA-256 in hex).
-- Raises: UNAUTHENTICATED, FORBIDDEN. Answers perform's outcome of private.accept_invitation.
create or replace function public.accept_invitation_rpc(
  token_hash text, actor jsonb, idempotency_key text default null
) returns jsonb
  language plpgsql volatile security definer
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  v_actor uuid := private.enter(accept_invitation_rpc.actor, 'invitations.accept', true);
begin
  return private.perform('invitations.accept', v_actor, jsonb_build_object('tokenHash', accept_invitation_rpc.token_hash),
    accept_invitation_rpc.idempotency_key);
end
$$;

comment on function public.accept_invitation_rpc(text, jsonb, text) is 'Accepts an invitation.';
alter function public.accept_invitation_rpc(text, jsonb, text) owner to fleetflow_fn;
revoke all on function public.accept_invitation_rpc(text, jsonb, text) from public;
grant execute on function public.accept_invitation_rpc(text, jsonb, text) to fleetflow_api;
-- <<< sql/functions/accept_invitation_rpc.sql

-- >>> sql/functions/add_api_key.sql
-- What: stores a key with its service user and that user's membership.
-- Who: create_api_key, for an owner of the fleet and under its lock. Input: name, role, procedures, expiresInDays, secretHash (64 hex digits), secretHint.
--   Runs as fleetflow_sys, which alone may make users, members and keys.
create or replace function private.add_api_key(fleet_id uuid, created_by uuid, input jsonb) returns uuid
  language plpgsql volatile security definer
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  v_id uuid := private.uuid_v7();
  v_user uuid := private.uuid_v7();
begin
  insert into public.users (id, name) values (v_user, input ->> 'name');
  insert into public.api_keys (id, fleet_id, user_id, name, procedures, key_hash, hint, expires_at, created_by)
  values (v_id, add_api_key.fleet_id, v_user, input ->> 'name', array(select distinct p from jsonb_array_elements_text(input -> 'procedures') as p order by p),
          decode(input ->> 'secretHash', 'hex'), input ->> 'secretHint', now() + make_interval(days => (input ->> 'expiresInDays')::integer),
          add_api_key.created_by);
  insert into public.fleet_members (fleet_id, user_id, role) values (add_api_key.fleet_id, v_user, input ->> 'role');
  return v_id;
end
$$;

comment on function private.add_api_key(uuid, uuid, jsonb) is 'Stores a key with its service user and membership.';
alter function private.add_api_key(uuid, uuid, jsonb) owner to fleetflow_sys;
revoke all on function private.add_api_key(uuid, uuid, jsonb) from public;
grant execute on function private.add_api_key(uuid, uuid, jsonb) to fleetflow_fn;
-- <<< sql/functions/add_api_key.sql

-- >>> sql/functions/api_key_fleet.sql
-- What: the fleet of an API key, also for members who do not see the fleet's keys; NULL where there is no such key.
-- Who: revoke_api_key, to tell a member without the role from a stranger. Runs as fleetflow_sys.
create or replace function private.api_key_fleet(key_id uuid) returns uuid
  language sql stable security definer
  set search_path = pg_catalog, public, pg_temp
as $$
  select k.fleet_id from public.api_keys as k where k.id = api_key_fleet.key_id
$$;

comment on function private.api_key_fleet(uuid) is 'The fleet of an API key.';
alter function private.api_key_fleet(uuid) owner to fleetflow_sys;
revoke all on function private.api_key_fleet(uuid) from public;
grant execute on function private.api_key_fleet(uuid) to fleetflow_fn;
-- <<< sql/functions/api_key_fleet.sql

-- >>> sql/functions/api_key_json.sql
-- What: an API key as the API shows it: never the key, of which nothing is stored that could be shown, nor its hash.
--   `role` is NULL once the key has been revoked.
-- Who: entry functions about keys, under the caller's policies.
create or replace function private.api_key_json(key_id uuid) returns jsonb
  language sql stable
  set search_path = pg_catalog, public, pg_temp
as $$
  select jsonb_build_object(
    'id', k.id, 'fleetId', k.fleet_id, 'userId', k.user_id, 'name', k.name, 'role', m.role, 'procedures', to_jsonb(k.procedures), 'hint', k.hint,
    'expiresAt', private.iso(k.expires_at), 'revokedAt', private.iso(k.revoked_at), 'lastUsedAt', private.iso(k.last_used_at),
    'createdBy', k.created_by, 'createdAt', private.iso(k.created_at))
    from public.api_keys as k
    left join public.fleet_members as m on m.fleet_id = k.fleet_id and m.user_id = k.user_id
   where k.id = api_key_json.key_id
$$;

comment on function private.api_key_json(uuid) is 'An API key as the API shows it.';
revoke all on function private.api_key_json(uuid) from public;
grant execute on function private.api_key_json(uuid) to fleetflow_fn;
-- <<< sql/functions/api_key_json.sql

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

-- >>> sql/functions/assign_driver.sql
-- What: makes driver_assignments say what a trip says now: its driver is taken from its start (or an earlier handover) to its end (or an
--   earlier return) while the trip occupies its car, and free otherwise. A hold or request whose time is over makes nobody busy.
-- Who: every function that stores a trip or changes its status, times or driver, with the row as it is afterwards. Nothing else writes
--   driver_assignments, but erase_person removes. Runs as fleetflow_sys: the other trips of a driver may be somebody else's.
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
  return v_trip;
end
$$;

comment on function private.book_with_moves(public.car_classes, uuid, boolean, jsonb, jsonb) is
  'Books a car of a class after other trips have been moved out of its way.';
revoke all on function private.book_with_moves(public.car_classes, uuid, boolean, jsonb, jsonb) from public;
grant execute on function private.book_with_moves(public.car_classes, uuid, boolean, jsonb, jsonb) to fleetflow_fn;
-- <<< sql/functions/book_with_moves.sql

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

-- >>> sql/functions/car_fault.sql
-- What: the first member of a car's description that no car could have; NULL where all are good. Places are whole microdegrees, given
--   and cleared together; members that are NULL are judged as far as they may be cleared.
-- Who: create_car and update_car.
create or replace function private.car_fault(given jsonb) returns text
  language plpgsql stable
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  c_kept constant text[] := '{carClass,name,timeZone,prepMinutes,turnaroundMinutes,backToBack,instantBooking}';
  c_shape constant jsonb := '{
    "carClass?": "^.{1,100}$", "name?": "^.{1,200}$", "seats?": [1, 100], "timeZone?": "^.{1,100}$", "prepMinutes?": [0, 10080],
    "turnaroundMinutes?": [0, 10080], "backToBack?": true, "instantBooking?": true, "odometer?": [0, 10000000], "externalId?": "^.{1,200}$"}';
  c_whole constant text := '^-?[0-9]{1,9}$';
  v_fault text;
begin
  if jsonb_typeof(car_fault.given) is distinct from 'object' then
    return 'car';
  end if;
  select min(g.key) into v_fault from jsonb_each(car_fault.given) as g where g.value = 'null' and g.key = any (c_kept);
  v_fault := coalesce(v_fault, private.shape_fault(jsonb_strip_nulls(car_fault.given) - '{lat,lng}'::text[], c_shape, null));
  return case
    when v_fault is not null then v_fault
    when btrim(given ->> 'name', E' \t\n\r') = '' then 'name'
    when given ? 'lat' <> given ? 'lng' or (given ->> 'lat' is null) <> (given ->> 'lng' is null)
      then case when given ->> 'lat' is null then 'lat' else 'lng' end
    when given ->> 'lat' !~ c_whole or abs((given ->> 'lat')::bigint) > 90000000 then 'lat'
    when given ->> 'lng' !~ c_whole or abs((given ->> 'lng')::bigint) > 180000000 then 'lng'
    when given ? 'timeZone' and not private.is_zone(given ->> 'timeZone') then 'timeZone' end;
end
$$;

comment on function private.car_fault(jsonb) is 'The first member of a car that no car could have.';
revoke all on function private.car_fault(jsonb) from public;
grant execute on function private.car_fault(jsonb) to fleetflow_fn;
-- <<< sql/functions/car_fault.sql

-- >>> sql/functions/car_json.sql
-- What: a car as the API shows it, with the rates that price it. Its odometer, number and why it was retired are shown to members and
--   administrators only.
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
      'dayRate', p.day_rate, 'hourRate', p.hour_rate, 'minimumCharge', p.minimum_charge) end,
    'retiredAt', private.iso((car_json.car).retired_at),
    'retireReason', case when f.inside then (car_json.car).retire_reason end,
    'odometer', case when f.inside then (car_json.car).odometer end,
    'externalId', case when f.inside then (car_json.car).external_id end)
    from (select f.*, f.id in (select private.my_fleets()) or private.is_admin() as inside from public.fleets as f) as f
    join public.car_classes as cc on cc.id = (car_json.car).car_class_id
    left join private.rate_plan_of(car_json.car) as p on true
   where f.id = (car_json.car).fleet_id
$$;

comment on function private.car_json(public.cars) is 'A car as the API shows it.';
revoke all on function private.car_json(public.cars) from public;
grant execute on function private.car_json(public.cars) to fleetflow_fn, fleetflow_sys;
-- <<< sql/functions/car_json.sql

-- >>> sql/functions/check_in_service.sql
-- What: refuses to store a trip to come on a car that was retired while the booking looked at it. Whoever books a named car has asked under
--   its lock; a booking of a class takes no lock, meets the retirement here and begins again (40001) without that car.
-- Who: the trigger on inserts into trips, after the row. Locks: the car's key, as the trip's foreign key does.
create or replace function private.check_in_service() returns trigger
  language plpgsql volatile security definer
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  v_retired timestamptz;
begin
  select c.retired_at into v_retired from public.cars as c where c.id = new.car_id for key share;
  if v_retired is not null then
    perform private.try_again();
  end if;
  return null;
end
$$;

comment on function private.check_in_service() is 'Refuses trips to come on a retired car.';
alter function private.check_in_service() owner to fleetflow_sys;
revoke all on function private.check_in_service() from public;
-- <<< sql/functions/check_in_service.sql

-- >>> sql/functions/check_person.sql
-- What: refuses a row that would say something new of somebody who was erased while its transaction was on its way (40001: it begins again, and
--   nobody is recognised then).
-- Who: the triggers on inserts into tables of what people do; the argument names the column. Runs as fleetflow_sys: people do not see each other.
-- Locks: the person's key, as the row's foreign key does.
create or replace function private.check_person() returns trigger
  language plpgsql volatile security definer
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  v_erased timestamptz;
begin
  select u.erased_at into v_erased from public.users as u where u.id = (to_jsonb(new) ->> tg_argv[0])::uuid for key share;
  if v_erased is not null then
    perform private.try_again();
  end if;
  return null;
end
$$;

comment on function private.check_person() is 'Refuses rows about somebody who was erased meanwhile.';
alter function private.check_person() owner to fleetflow_sys;
revoke all on function private.check_person() from public;
-- <<< sql/functions/check_person.sql

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

-- >>> sql/functions/class_json.sql
-- What: a car class as the API shows it.
-- Who: entry functions, with a row they have read under the caller's policies.
create or replace function private.class_json(car_class public.car_classes) returns jsonb
  language sql stable parallel safe
  set search_path = pg_catalog, public, pg_temp
as $$
  select jsonb_build_object('id', (class_json.car_class).id, 'fleetId', (class_json.car_class).fleet_id, 'slug', (class_json.car_class).slug,
    'name', (class_json.car_class).name, 'createdAt', private.iso((class_json.car_class).created_at))
$$;

comment on function private.class_json(public.car_classes) is 'A car class as the API shows it.';
revoke all on function private.class_json(public.car_classes) from public;
grant execute on function private.class_json(public.car_classes) to fleetflow_fn;
-- <<< sql/functions/class_json.sql

-- >>> sql/functions/close_car.sql
-- What: takes the last lock on a car, under which nobody stores a trip, and answers how many trips it still has ahead of it or under way
--   ({"count", "trips": the first ten of its own fleet}); NULL where none is left. Holds and requests that time has ended do not count.
-- Who: retire_car, which already holds the lock of lock_cars. Runs as fleetflow_sys: a trip may belong to the car's former fleet.
-- Locks: the car, also against bookings of a class, which take no other lock than their trip's foreign key.
create or replace function private.close_car(car_id uuid) returns jsonb
  language plpgsql volatile security definer
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  v_fleet uuid;
begin
  select c.fleet_id into v_fleet from public.cars as c where c.id = close_car.car_id for update;
  return (
    with open as (
      select t.*, row_number() over (order by t.trip_start_date, t.id) as n
        from public.trips as t
       where t.car_id = close_car.car_id and t.status in ('held', 'requested', 'confirmed', 'active'))
    select jsonb_build_object('count', count(*), 'trips', coalesce(jsonb_agg(jsonb_build_object('id', o.id, 'status', o.status,
             'startDate', private.iso(o.trip_start_date), 'endDate', private.iso(o.trip_end_date)) order by o.n)
             filter (where o.n <= 10 and o.fleet_id = v_fleet), '[]'))
      from open as o
    having count(*) > 0);
end
$$;

comment on function private.close_car(uuid) is 'Takes the last lock on a car and answers the trips it still has.';
alter function private.close_car(uuid) owner to fleetflow_sys;
revoke all on function private.close_car(uuid) from public;
grant execute on function private.close_car(uuid) to fleetflow_fn;
-- <<< sql/functions/close_car.sql

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

-- >>> sql/functions/create_api_key.sql
-- What: makes an API key of a fleet: a service user with a role, a list of procedures and an end.
-- Who: perform, for create_api_key_rpc. Input: fleet, name, role (manager or driver), procedures, expiresInDays, secretHash (SHA-256 in hex), secretHint.
-- Raises: NOT_FOUND (fleet), FORBIDDEN, BAD_INPUT (name, role, procedures, expiresInDays, secretHash), QUOTA_EXCEEDED (limit: live keys of a fleet). Locks: the fleet.
create or replace function private.create_api_key(actor uuid, input jsonb) returns jsonb
  language plpgsql volatile
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  c_most constant integer := 100;
  v_fleet uuid := private.owned_fleet(input ->> 'fleet');
  v_input jsonb := input || jsonb_build_object('name', btrim(input ->> 'name'));
  v_fault text := case
    when not coalesce(length(v_input ->> 'name') between 1 and 100, false) then 'name'
    when not coalesce(input ->> 'role' in ('manager', 'driver'), false) then 'role'
    when not coalesce((input ->> 'expiresInDays')::integer between 1 and 366, false) then 'expiresInDays'
    when not coalesce(case when jsonb_typeof(input -> 'procedures') = 'array' then jsonb_array_length(input -> 'procedures') between 1 and 200
      and input -> 'procedures' <@ to_jsonb(private.delegable_procedures()) end, false) then 'procedures'
    when not coalesce(input ->> 'secretHash' ~ '^[0-9a-f]{64}$' and length(input ->> 'secretHint') = 4, false) then 'secretHash' end;
  v_id uuid;
begin
  if v_fault is not null then
    raise exception using errcode = 'FF400', message = 'BAD_INPUT', detail = jsonb_build_object('field', v_fault);
  end if;
  perform from public.fleets as f where f.id = v_fleet for no key update;
  -- Again, now that nobody can change who owns the fleet.
  perform private.owned_fleet(v_fleet::text);
  if (select count(*) from public.api_keys as k where k.fleet_id = v_fleet and k.revoked_at is null and k.expires_at > now()) >= c_most then
    raise exception using errcode = 'FF108', message = 'QUOTA_EXCEEDED', detail = jsonb_build_object('limit', c_most);
  end if;
  v_id := private.add_api_key(v_fleet, create_api_key.actor, v_input);
  return private.api_key_json(v_id);
end
$$;

comment on function private.create_api_key(uuid, jsonb) is 'Makes an API key of a fleet.';
revoke all on function private.create_api_key(uuid, jsonb) from public;
grant execute on function private.create_api_key(uuid, jsonb) to fleetflow_fn;
-- <<< sql/functions/create_api_key.sql

-- >>> sql/functions/create_api_key_rpc.sql
-- What: makes an API key for scripts and services of a fleet. One statement. The key itself never comes here, only its hash and its last four characters.
-- Who: owners of the fleet, never a key.
-- Raises: UNAUTHENTICATED, FORBIDDEN. Answers perform's outcome of private.create_api_key.
create or replace function public.create_api_key_rpc(
  fleet text, name text, role text, procedures jsonb, secret_hash text, secret_hint text, actor jsonb, expires_in_days integer default 90,
  idempotency_key text default null
) returns jsonb
  language plpgsql volatile security definer
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  v_actor uuid := private.enter(create_api_key_rpc.actor, 'apiKeys.create', true);
begin
  return private.perform('apiKeys.create', v_actor, jsonb_build_object(
      'fleet', create_api_key_rpc.fleet, 'name', create_api_key_rpc.name, 'role', create_api_key_rpc.role,
      'procedures', create_api_key_rpc.procedures, 'expiresInDays', coalesce(create_api_key_rpc.expires_in_days, 90),
      'secretHash', create_api_key_rpc.secret_hash, 'secretHint', create_api_key_rpc.secret_hint),
    create_api_key_rpc.idempotency_key);
end
$$;

comment on function public.create_api_key_rpc(text, text, text, jsonb, text, text, jsonb, integer, text) is 'Makes an API key of a fleet.';
alter function public.create_api_key_rpc(text, text, text, jsonb, text, text, jsonb, integer, text) owner to fleetflow_fn;
revoke all on function public.create_api_key_rpc(text, text, text, jsonb, text, text, jsonb, integer, text) from public;
grant execute on function public.create_api_key_rpc(text, text, text, jsonb, text, text, jsonb, integer, text) to fleetflow_api;
-- <<< sql/functions/create_api_key_rpc.sql

-- >>> sql/functions/create_car.sql
-- What: adds a car to a fleet. What is not said is as cars usually are: the fleet's time zone, no buffers, instantly bookable.
-- Who: perform, for create_car_rpc: owners and managers of the fleet. Input: fleet, car (carClass, name and what else a car has).
-- Raises: NOT_FOUND (field fleet or carClass), FORBIDDEN, BAD_INPUT (field).
create or replace function private.create_car(actor uuid, input jsonb) returns jsonb
  language plpgsql volatile
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  v_fleet uuid := private.managed_fleet(input ->> 'fleet');
  v_given jsonb := input -> 'car';
  v_fault text := coalesce(private.car_fault(v_given), case when v_given ->> 'name' is null then 'name' when v_given ->> 'carClass' is null then 'carClass' end);
  v_class public.car_classes;
  v_car public.cars;
begin
  if v_fault is not null then
    raise exception using errcode = 'FF400', message = 'BAD_INPUT', detail = jsonb_build_object('field', v_fault);
  end if;
  v_class := private.find_class(v_fleet::text, v_given ->> 'carClass');
  insert into public.cars as c (id, fleet_id, car_class_id, name, seats, lat_microdegrees, lng_microdegrees, time_zone, prep_minutes,
    turnaround_minutes, back_to_back, instant_booking, odometer, external_id)
  select private.uuid_v7(), v_fleet, v_class.id, btrim(v_given ->> 'name', E' \t\n\r'), (v_given ->> 'seats')::integer,
         (v_given ->> 'lat')::integer, (v_given ->> 'lng')::integer, coalesce(v_given ->> 'timeZone', f.time_zone),
         coalesce((v_given ->> 'prepMinutes')::integer, 0), coalesce((v_given ->> 'turnaroundMinutes')::integer, 0),
         coalesce((v_given ->> 'backToBack')::boolean, false), coalesce((v_given ->> 'instantBooking')::boolean, true),
         (v_given ->> 'odometer')::integer, v_given ->> 'externalId'
    from public.fleets as f where f.id = v_fleet
  returning c.* into v_car;
  return private.car_json(v_car);
end
$$;

comment on function private.create_car(uuid, jsonb) is 'Adds a car to a fleet.';
revoke all on function private.create_car(uuid, jsonb) from public;
grant execute on function private.create_car(uuid, jsonb) to fleetflow_fn;
-- <<< sql/functions/create_car.sql

-- >>> sql/functions/create_car_class_rpc.sql
-- What: adds a car class to a fleet. One statement.
-- Who: owners and managers of the fleet.
-- Raises: UNAUTHENTICATED, FORBIDDEN. Answers perform's outcome of private.create_class.
create or replace function public.create_car_class_rpc(fleet text, slug text, name text, actor jsonb, idempotency_key text default null) returns jsonb
  language plpgsql volatile security definer
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  v_actor uuid := private.enter(create_car_class_rpc.actor, 'carClasses.create', true);
begin
  return private.perform('carClasses.create', v_actor, jsonb_build_object(
      'fleet', create_car_class_rpc.fleet, 'slug', create_car_class_rpc.slug, 'name', create_car_class_rpc.name),
    create_car_class_rpc.idempotency_key);
end
$$;

comment on function public.create_car_class_rpc(text, text, text, jsonb, text) is 'Adds a car class to a fleet.';
alter function public.create_car_class_rpc(text, text, text, jsonb, text) owner to fleetflow_fn;
revoke all on function public.create_car_class_rpc(text, text, text, jsonb, text) from public;
grant execute on function public.create_car_class_rpc(text, text, text, jsonb, text) to fleetflow_api;
-- <<< sql/functions/create_car_class_rpc.sql

-- >>> sql/functions/create_car_rpc.sql
-- What: adds a car to a fleet. One statement. `car` holds carClass (slug or id) and name, and may hold seats, lat and lng (microdegrees),
--   timeZone, prepMinutes, turnaroundMinutes, backToBack, instantBooking, odometer, externalId.
-- Who: owners and managers of the fleet.
-- Raises: UNAUTHENTICATED, FORBIDDEN. Answers perform's outcome of private.create_car.
create or replace function public.create_car_rpc(fleet text, car jsonb, actor jsonb, idempotency_key text default null) returns jsonb
  language plpgsql volatile security definer
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  v_actor uuid := private.enter(create_car_rpc.actor, 'cars.create', true);
begin
  return private.perform('cars.create', v_actor, jsonb_build_object('fleet', create_car_rpc.fleet, 'car', jsonb_strip_nulls(create_car_rpc.car)),
    create_car_rpc.idempotency_key);
end
$$;

comment on function public.create_car_rpc(text, jsonb, jsonb, text) is 'Adds a car to a fleet.';
alter function public.create_car_rpc(text, jsonb, jsonb, text) owner to fleetflow_fn;
revoke all on function public.create_car_rpc(text, jsonb, jsonb, text) from public;
grant execute on function public.create_car_rpc(text, jsonb, jsonb, text) to fleetflow_api;
-- <<< sql/functions/create_car_rpc.sql

-- >>> sql/functions/create_class.sql
-- What: adds a car class to a fleet. Of two at once with one slug exactly one does.
-- Who: perform, for create_car_class_rpc: owners and managers of the fleet. Input: fleet, slug, name.
-- Raises: NOT_FOUND (field fleet), FORBIDDEN, BAD_INPUT (field; slug with reason TAKEN).
create or replace function private.create_class(actor uuid, input jsonb) returns jsonb
  language plpgsql volatile
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  v_fleet uuid := private.managed_fleet(input ->> 'fleet');
  v_name text := btrim(input ->> 'name', E' \t\n\r');
  v_class public.car_classes;
begin
  if (input ->> 'slug' ~ '^[a-z0-9][a-z0-9-]{0,62}$') is not true or (length(v_name) between 1 and 200) is not true then
    raise exception using errcode = 'FF400', message = 'BAD_INPUT', detail = jsonb_build_object('field',
      case when (input ->> 'slug' ~ '^[a-z0-9][a-z0-9-]{0,62}$') is not true then 'slug' else 'name' end);
  end if;
  insert into public.car_classes as cc (id, fleet_id, slug, name)
  values (private.uuid_v7(), v_fleet, input ->> 'slug', v_name)
  on conflict on constraint car_classes_fleet_id_slug_key do nothing
  returning cc.* into v_class;
  if not found then
    raise exception using errcode = 'FF400', message = 'BAD_INPUT', detail = jsonb_build_object('field', 'slug', 'reason', 'TAKEN');
  end if;
  return private.class_json(v_class);
end
$$;

comment on function private.create_class(uuid, jsonb) is 'Adds a car class to a fleet.';
revoke all on function private.create_class(uuid, jsonb) from public;
grant execute on function private.create_class(uuid, jsonb) to fleetflow_fn;
-- <<< sql/functions/create_class.sql

-- >>> sql/functions/create_fleet.sql
-- What: opens a fleet of which the caller is the owner.
-- Who: perform, for create_fleet_rpc. Input: slug, name, currency, timeZone, visibility.
-- Raises: FORBIDDEN (API keys), BAD_INPUT (field; slug with reason TAKEN), QUOTA_EXCEEDED (limit). Locks: the caller.
create or replace function private.create_fleet(actor uuid, input jsonb) returns jsonb
  language plpgsql volatile
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  c_most constant integer := 50;
  v_fault text := coalesce(private.fleet_fault(input), (
    select m.name from unnest(array['slug', 'name', 'currency', 'timeZone']) as m (name) where input ->> m.name is null limit 1));
  v_fleet uuid;
begin
  perform private.refuse_key();
  if v_fault is not null then
    raise exception using errcode = 'FF400', message = 'BAD_INPUT', detail = jsonb_build_object('field', v_fault);
  end if;
  perform private.lock_users(array[create_fleet.actor]);
  if (select count(*) from public.fleet_members as m where m.user_id = create_fleet.actor and m.role = 'owner') >= c_most then
    raise exception using errcode = 'FF108', message = 'QUOTA_EXCEEDED', detail = jsonb_build_object('limit', c_most);
  end if;
  v_fleet := private.open_fleet(input);
  if v_fleet is null then
    raise exception using errcode = 'FF400', message = 'BAD_INPUT', detail = jsonb_build_object('field', 'slug', 'reason', 'TAKEN');
  end if;
  return private.fleet_json(v_fleet);
end
$$;

comment on function private.create_fleet(uuid, jsonb) is 'Opens a fleet.';
revoke all on function private.create_fleet(uuid, jsonb) from public;
grant execute on function private.create_fleet(uuid, jsonb) to fleetflow_fn;
-- <<< sql/functions/create_fleet.sql

-- >>> sql/functions/create_fleet_rpc.sql
-- What: opens a fleet; the caller is its first owner.
-- Who: any signed-in user.
-- Raises: UNAUTHENTICATED, FORBIDDEN. Answers perform's outcome of private.create_fleet.
create or replace function public.create_fleet_rpc(
  slug text, name text, currency text, time_zone text, actor jsonb, visibility text default 'public', idempotency_key text default null
) returns jsonb
  language plpgsql volatile security definer
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  v_actor uuid := private.enter(create_fleet_rpc.actor, 'fleets.create', true);
begin
  return private.perform('fleets.create', v_actor, jsonb_build_object(
      'slug', create_fleet_rpc.slug, 'name', create_fleet_rpc.name, 'currency', create_fleet_rpc.currency,
      'timeZone', create_fleet_rpc.time_zone, 'visibility', coalesce(create_fleet_rpc.visibility, 'public')),
    create_fleet_rpc.idempotency_key);
end
$$;

comment on function public.create_fleet_rpc(text, text, text, text, jsonb, text, text) is 'Opens a fleet.';
alter function public.create_fleet_rpc(text, text, text, text, jsonb, text, text) owner to fleetflow_fn;
revoke all on function public.create_fleet_rpc(text, text, text, text, jsonb, text, text) from public;
grant execute on function public.create_fleet_rpc(text, text, text, text, jsonb, text, text) to fleetflow_api;
-- <<< sql/functions/create_fleet_rpc.sql

-- >>> sql/functions/create_invitation.sql
-- What: makes an invitation to a fleet: a role, for whoever brings the token or for one e-mail address, for some days.
-- Who: perform, for create_invitation_rpc. Input: fleet, role, email, expiresInDays, secretHash (SHA-256 in hex).
-- Raises: NOT_FOUND (fleet), FORBIDDEN, BAD_INPUT (role, email, expiresInDays, secretHash), QUOTA_EXCEEDED (limit: open ones of a fleet). Locks: the fleet.
create or replace function private.create_invitation(actor uuid, input jsonb) returns jsonb
  language plpgsql volatile
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  c_most constant integer := 100;
  v_fleet uuid := private.take_fleet(input ->> 'fleet');
  v_email text := lower(btrim(input ->> 'email'));
  v_days integer := (input ->> 'expiresInDays')::integer;
  v_fault text := case
    when not coalesce(input ->> 'role' in ('owner', 'manager', 'driver'), false) then 'role'
    when v_email is not null and (length(v_email) > 320 or v_email !~ '^[^@\s]+@[^@\s]+$') then 'email'
    when not coalesce(v_days between 1 and 30, false) then 'expiresInDays'
    when not coalesce(input ->> 'secretHash' ~ '^[0-9a-f]{64}$', false) then 'secretHash' end;
  v_id uuid := private.uuid_v7();
begin
  if v_fault is not null then
    raise exception using errcode = 'FF400', message = 'BAD_INPUT', detail = jsonb_build_object('field', v_fault);
  end if;
  if (select count(*) from public.invitations as i
       where i.fleet_id = v_fleet and i.accepted_at is null and i.revoked_at is null and i.expires_at > now()) >= c_most then
    raise exception using errcode = 'FF108', message = 'QUOTA_EXCEEDED', detail = jsonb_build_object('limit', c_most);
  end if;
  insert into public.invitations (id, fleet_id, role, email, token_hash, invited_by, expires_at)
  values (v_id, v_fleet, input ->> 'role', v_email, decode(input ->> 'secretHash', 'hex'), create_invitation.actor, now() + make_interval(days => v_days));
  return private.invitation_json(v_id);
end
$$;

comment on function private.create_invitation(uuid, jsonb) is 'Makes an invitation.';
revoke all on function private.create_invitation(uuid, jsonb) from public;
grant execute on function private.create_invitation(uuid, jsonb) to fleetflow_fn;
-- <<< sql/functions/create_invitation.sql

-- >>> sql/functions/create_invitation_rpc.sql
-- What: makes an invitation, whose token is known by its hash alone (SHA-256 in hex).
-- Who: owners of the fleet.
-- Raises: UNAUTHENTICATED, FORBIDDEN. Answers perform's outcome of private.create_invitation.
create or replace function public.create_invitation_rpc(
  fleet text, role text, secret_hash text, actor jsonb, email text default null, expires_in_days integer default 7, idempotency_key text default null
) returns jsonb
  language plpgsql volatile security definer
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  v_actor uuid := private.enter(create_invitation_rpc.actor, 'invitations.create', true);
begin
  return private.perform('invitations.create', v_actor, jsonb_build_object(
      'fleet', create_invitation_rpc.fleet, 'role', create_invitation_rpc.role, 'email', create_invitation_rpc.email,
      'expiresInDays', coalesce(create_invitation_rpc.expires_in_days, 7), 'secretHash', create_invitation_rpc.secret_hash),
    create_invitation_rpc.idempotency_key);
end
$$;

comment on function public.create_invitation_rpc(text, text, text, jsonb, text, integer, text) is 'Makes an invitation.';
alter function public.create_invitation_rpc(text, text, text, jsonb, text, integer, text) owner to fleetflow_fn;
revoke all on function public.create_invitation_rpc(text, text, text, jsonb, text, integer, text) from public;
grant execute on function public.create_invitation_rpc(text, text, text, jsonb, text, integer, text) to fleetflow_api;
-- <<< sql/functions/create_invitation_rpc.sql

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

-- >>> sql/functions/delegable_procedures.sql
-- What: the procedures that an API key can be for. What is not named here, no key can do: making keys, people and their roles, and an account
--   stay in people's hands.
-- Who: create_api_key.
create or replace function private.delegable_procedures() returns text[]
  language sql immutable parallel safe
  set search_path = pg_catalog, public, pg_temp
as $$
  select array[
    'carClasses.create', 'carClasses.list',
    'cars.create', 'cars.get', 'cars.list', 'cars.nextFree', 'cars.retire', 'cars.search', 'cars.update', 'cars.windows',
    'fleets.get', 'fleets.getRules', 'fleets.setRules',
    'me.get',
    'ratePlans.assign', 'ratePlans.create', 'ratePlans.get', 'ratePlans.list', 'ratePlans.preview',
    'reviews.create', 'reviews.list',
    'trips.approve', 'trips.block', 'trips.cancel', 'trips.cancelPreview', 'trips.complete', 'trips.create', 'trips.createInClass',
    'trips.createSeries', 'trips.decline', 'trips.get', 'trips.history', 'trips.hold', 'trips.list', 'trips.modify', 'trips.noShow',
    'trips.quote', 'trips.start', 'trips.swap']
$$;

comment on function private.delegable_procedures() is 'The procedures that an API key can be for.';
revoke all on function private.delegable_procedures() from public;
grant execute on function private.delegable_procedures() to fleetflow_fn;
-- <<< sql/functions/delegable_procedures.sql

-- >>> sql/functions/end_api_key.sql
-- What: ends an API key and the membership of its service user; one that has ended stays as it is.
-- Who: revoke_api_key, for an owner of the fleet. Runs as fleetflow_sys, which alone may write keys and members.
-- Locks: the key, which calls by it may be holding to note their use, and only then the fleet, for which such calls may be waiting.
create or replace function private.end_api_key(key_id uuid) returns void
  language plpgsql volatile security definer
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  v_key public.api_keys;
begin
  update public.api_keys as k set revoked_at = coalesce(k.revoked_at, now()) where k.id = end_api_key.key_id returning k.* into v_key;
  perform from public.fleets as f where f.id = v_key.fleet_id for no key update;
  delete from public.fleet_members as m where m.fleet_id = v_key.fleet_id and m.user_id = v_key.user_id;
end
$$;

comment on function private.end_api_key(uuid) is 'Ends an API key and its membership.';
alter function private.end_api_key(uuid) owner to fleetflow_sys;
revoke all on function private.end_api_key(uuid) from public;
grant execute on function private.end_api_key(uuid) to fleetflow_fn;
-- <<< sql/functions/end_api_key.sql

-- >>> sql/functions/enter.sql
-- What: the first line of every entry function. Recognises the actor, takes rights from the tables (never from a token)
--   and sets the identity for this transaction only.
-- Who: every entry function, with the name of its procedure. `actor` is {"userId"}, {"issuer", "subject", "email", "name", "session"} or
--   {"apiKey": the SHA-256 of a key in hex}, which acts as its service user in its fleet; the API role is trusted to state it.
--   A `session` is the bundled issuer's and has to live: no token outlives signing out.
-- Answers: the user's id; NULL for a subject never seen before, unless `may_create` makes their row.
-- Raises: UNAUTHENTICATED (no actor, one that is too long to be real, unknown userId, suspended, erased; no live key or session),
--   FORBIDDEN (a procedure that the key is not for).
create or replace function private.enter(actor jsonb, procedure text, may_create boolean) returns uuid
  language plpgsql volatile security definer
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  v_user public.users;
  v_key public.api_keys;
begin
  if enter.actor ? 'session' and private.session_is_live(enter.actor ->> 'session', enter.actor ->> 'subject') is not true then
    raise exception using errcode = 'FF401', message = 'UNAUTHENTICATED';
  end if;
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
      perform set_config('fleetflow.uid', '', true), set_config('fleetflow.admin', 'off', true), set_config('fleetflow.fleet', '', true),
              set_config('fleetflow.session', '', true);
      return null;
    end if;
  end if;
  if v_user.id is null or v_user.suspended_at is not null or v_user.erased_at is not null then
    raise exception using errcode = 'FF401', message = 'UNAUTHENTICATED';
  end if;
  -- In one zone equal instants are equal text, so they make equal inputs of a retry.
  perform set_config('TimeZone', 'UTC', true), set_config('fleetflow.uid', v_user.id::text, true),
          set_config('fleetflow.admin', case when v_user.is_admin and v_key.id is null then 'on' else 'off' end, true),
          set_config('fleetflow.fleet', coalesce(v_key.fleet_id::text, ''), true),
          set_config('fleetflow.session', coalesce(enter.actor ->> 'session', ''), true);
  return v_user.id;
end
$$;

comment on function private.enter(jsonb, text, boolean) is 'Recognises the actor and sets the identity of this transaction.';
alter function private.enter(jsonb, text, boolean) owner to fleetflow_sys;
revoke all on function private.enter(jsonb, text, boolean) from public;
grant execute on function private.enter(jsonb, text, boolean) to fleetflow_fn;
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
      -- The log knows what only the fleet is shown.
      when 'car' then private.car_json(jsonb_populate_record(null::public.cars, entity_json.stored)) || jsonb_build_object(
        'odometer', stored -> 'odometer', 'externalId', stored -> 'external_id', 'retireReason', stored -> 'retire_reason')
      when 'review' then private.review_json(jsonb_populate_record(null::public.reviews, entity_json.stored))
    end end
$$;

comment on function private.entity_json(text, jsonb) is 'A stored row as the API shows it.';
revoke all on function private.entity_json(text, jsonb) from public;
grant execute on function private.entity_json(text, jsonb) to fleetflow_sys;
-- <<< sql/functions/entity_json.sql

-- >>> sql/functions/erase_me.sql
-- What: removes the caller. Their holds and requests are cancelled; what is confirmed or under way has to end before.
-- Who: perform, for erase_me_rpc. Input: confirm.
-- Raises: FORBIDDEN (API keys), BAD_INPUT (field confirm),
--   INVALID_STATE (from, operation, allowed, count, trips: what stands in the way). The last owner of a fleet stays: the trigger on fleet_members.
-- Locks: those of lock_person.
create or replace function private.erase_me(actor uuid, input jsonb) returns jsonb
  language plpgsql volatile
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  v_open jsonb;
begin
  perform private.refuse_key();
  if input ->> 'confirm' is distinct from 'erase' then
    raise exception using errcode = 'FF400', message = 'BAD_INPUT', detail = jsonb_build_object('field', 'confirm');
  end if;
  perform private.lock_person();
  v_open := private.my_open_trips();
  if v_open is not null then
    raise exception using errcode = 'FF002', message = 'INVALID_STATE',
      detail = v_open || '{"from": "booked", "operation": "erase", "allowed": ["export"]}';
  end if;
  perform private.erase_person();
  return '{"erased": true}';
end
$$;

comment on function private.erase_me(uuid, jsonb) is 'Removes the caller.';
revoke all on function private.erase_me(uuid, jsonb) from public;
grant execute on function private.erase_me(uuid, jsonb) to fleetflow_fn;
-- <<< sql/functions/erase_me.sql

-- >>> sql/functions/erase_me_rpc.sql
-- What: removes the caller and keeps their trips. One statement. `confirm` is the word erase. Whoever is not known has been erased or never was.
-- Who: any signed-in person.
-- Raises: UNAUTHENTICATED, FORBIDDEN. Answers perform's outcome of private.erase_me.
create or replace function public.erase_me_rpc(confirm text, actor jsonb, idempotency_key text default null) returns jsonb
  language plpgsql volatile security definer
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  v_actor uuid := private.enter(erase_me_rpc.actor, 'me.erase', false);
begin
  if v_actor is null then
    return '{"answer": {"erased": true}}';
  end if;
  return private.perform('me.erase', v_actor, jsonb_build_object('confirm', erase_me_rpc.confirm), erase_me_rpc.idempotency_key);
end
$$;

comment on function public.erase_me_rpc(text, jsonb, text) is 'Removes the caller.';
alter function public.erase_me_rpc(text, jsonb, text) owner to fleetflow_fn;
revoke all on function public.erase_me_rpc(text, jsonb, text) from public;
grant execute on function public.erase_me_rpc(text, jsonb, text) to fleetflow_api;
-- <<< sql/functions/erase_me_rpc.sql

-- >>> sql/functions/erase_person.sql
-- What: removes the caller and keeps their trips. Nobody can tell from any row who they were: the row that trips refer to is called
--   "Erased user", holds and requests are cancelled, ratings stay without their words, and events lose what the person wrote. Whoever comes with the same subject later is somebody new.
-- Who: erase_me, under the locks of lock_person and once no trip is open. Runs as fleetflow_sys. The last owner of a fleet is kept by the
--   trigger on fleet_members. Locks: those it has, and other members' keys that tell of the person.
create or replace function private.erase_person() returns void
  language plpgsql volatile security definer
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  -- Nobody can have somebody else erased, whatever the function that calls this believes.
  v_person uuid := private.uid();
  v_account uuid;
  v_email text;
  v_trip public.trips;
  v_told uuid[];
  v_freed uuid[];
begin
  select u.email into v_email from public.users as u where u.id = v_person;
  update public.users as u
     set name = 'Erased user', email = null, is_admin = false, suspended_at = null, suspended_by_id = null, suspend_reason = null, erased_at = now()
   where u.id = v_person;
  delete from public.user_identities as i where i.user_id = v_person;
  -- With the account their sessions and passwords go; whoever is signed in elsewhere has no account of ours.
  select s.user_id into v_account from issuer.sessions as s where s.id = private.session_id();
  delete from issuer.users as a where a.id = v_account;
  delete from public.quotes as q where q.user_id = v_person and q.used_at is null;
  delete from public.invitations as i where i.invited_by = v_person and i.accepted_at is null;
  update public.invitations as i
     set email = null, revoked_at = case when i.accepted_at is null then coalesce(i.revoked_at, now()) end
   where i.accepted_by = v_person or lower(i.email) = lower(v_email);
  -- What was answered to those who run the same fleets may name the person.
  delete from public.idempotency_keys as k
   where k.user_id = v_person
      or (k.user_id in (select o.user_id from public.fleet_members as m join public.fleet_members as o on o.fleet_id = m.fleet_id
                         where m.user_id = v_person)
          and k.operation = any ('{members.setRole,members.remove,fleets.transfer,invitations.create,invitations.revoke}')
          and (strpos(k.outcome::text, v_person::text) > 0 or strpos(lower(k.outcome::text), lower(v_email)) > 0));
  delete from public.fleet_members as m where m.user_id = v_person;

  with freed as (
    update public.trips as t set driver_id = null
     where t.driver_id = v_person and t.status in ('held', 'requested', 'confirmed')
    returning t.id)
  select array_agg(f.id) into v_freed from freed as f;
  delete from public.driver_assignments as a where a.trip_id = any (v_freed);
  for v_trip in
    update public.trips as t set status = 'cancelled', at_risk = false
     where t.booked_by_id = v_person and t.purpose = 'rental' and t.status in ('held', 'requested')
    returning t.*
  loop
    perform private.give_back(v_trip, v_trip.total_cost, 'Cancelled');
    delete from public.driver_assignments as a where a.trip_id = v_trip.id;
  end loop;
  update public.trips as t
     set note = null, cancel_reason = null, near_lat_microdegrees = null, near_lng_microdegrees = null, near_metres = null
   where t.booked_by_id = v_person and t.purpose = 'rental' and num_nonnulls(t.note, t.cancel_reason, t.near_metres) > 0;
  update public.reviews as r set comment = null where r.author_id = v_person and r.comment is not null;
  v_told := array(select t.id from public.trips as t where t.booked_by_id = v_person and t.purpose = 'rental'
                  union all select r.id from public.reviews as r where r.author_id = v_person);
  update public.outbox as o set before = private.redacted(o.before), after = private.redacted(o.after) where o.entity_id = any (v_told);
  update public.event_log as l
     set after = private.redacted(l.after), was = private.redacted(l.was)
   where l.entity_id = any (v_told) and (l.after, l.was) is distinct from (private.redacted(l.after), private.redacted(l.was));
end
$$;

comment on function private.erase_person() is 'Removes a person and keeps their trips.';
alter function private.erase_person() owner to fleetflow_sys;
revoke all on function private.erase_person() from public;
grant execute on function private.erase_person() to fleetflow_fn;
-- <<< sql/functions/erase_person.sql

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
    when entity = 'car' and before ->> 'retired_at' is null and after ->> 'retired_at' is not null then 'retired'
    else 'updated' end
$$;

comment on function private.event_type(text, jsonb, jsonb) is 'The name of what happened to a thing.';
revoke all on function private.event_type(text, jsonb, jsonb) from public;
grant execute on function private.event_type(text, jsonb, jsonb) to fleetflow_sys;
-- <<< sql/functions/event_type.sql

-- >>> sql/functions/export_me_rpc.sql
-- What: everything that is held about the caller; docs/account.md has the shape. Makes the user of an identity seen for the first time.
-- Who: any signed-in person. Raises: UNAUTHENTICATED, FORBIDDEN (API keys, too).
create or replace function public.export_me_rpc(actor jsonb) returns jsonb
  language plpgsql volatile security definer
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  v_actor uuid := private.enter(export_me_rpc.actor, 'me.export', true);
begin
  perform private.refuse_key();
  return private.person_json();
end
$$;

comment on function public.export_me_rpc(jsonb) is 'Everything that is held about the caller.';
alter function public.export_me_rpc(jsonb) owner to fleetflow_fn;
revoke all on function public.export_me_rpc(jsonb) from public;
grant execute on function public.export_me_rpc(jsonb) to fleetflow_api;
-- <<< sql/functions/export_me_rpc.sql

-- >>> sql/functions/first_sight.sql
-- What: makes the user of an (issuer, subject) never seen before; two callers at once end with one user. Tokens of the bundled issuer say nothing
--   personal: whoever comes with a session is called as they signed up.
-- Who: private.enter. Locks: the identity's key, by inserting it.
create or replace function private.first_sight(actor jsonb) returns public.users
  language plpgsql volatile
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  v_user public.users;
  v_email text := nullif(first_sight.actor ->> 'email', '');
  v_name text := first_sight.actor ->> 'name';
begin
  if first_sight.actor ? 'session' then
    select case when a.email_verified then a.email end, a.name into v_email, v_name
      from issuer.users as a where a.id = (first_sight.actor ->> 'subject')::uuid;
  end if;
  insert into public.users (id, email, name)
  values (private.uuid_v7(),
          case when length(v_email) <= 320 then v_email end,
          coalesce(nullif(left(btrim(v_name), 200), ''), 'New user'))
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

-- >>> sql/functions/fleet_fault.sql
-- What: the member of an input that a fleet cannot have, or NULL: slug, name, currency, timeZone, visibility. What is absent is no fault.
--   A slug that looks like an id would never be found.
-- Who: create_fleet, update_fleet.
create or replace function private.fleet_fault(input jsonb) returns text
  language sql stable parallel safe
  set search_path = pg_catalog, public, pg_temp
as $$
  select case
    when input ->> 'slug' !~ '^[a-z0-9][a-z0-9-]{0,62}$' or input ->> 'slug' ~ '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$' then 'slug'
    when length(input ->> 'name') > 200 or btrim(input ->> 'name', E' \t\n\r') = '' then 'name'
    when not private.is_currency(input ->> 'currency') and input ->> 'currency' is not null then 'currency'
    when not private.is_zone(input ->> 'timeZone') and input ->> 'timeZone' is not null then 'timeZone'
    when input ->> 'visibility' not in ('public', 'members') then 'visibility' end
$$;

comment on function private.fleet_fault(jsonb) is 'The member of an input that a fleet cannot have.';
revoke all on function private.fleet_fault(jsonb) from public;
grant execute on function private.fleet_fault(jsonb) to fleetflow_fn;
-- <<< sql/functions/fleet_fault.sql

-- >>> sql/functions/fleet_json.sql
-- What: a fleet as the API shows it, with the caller's role in it, NULL where they have none.
-- Who: functions about fleets, with a fleet that they have found. Read under the caller's policies.
create or replace function private.fleet_json(fleet_id uuid) returns jsonb
  language sql stable
  set search_path = pg_catalog, public, pg_temp
as $$
  select jsonb_build_object(
    'id', f.id,
    'slug', f.slug,
    'name', f.name,
    'currency', f.currency,
    'timeZone', f.time_zone,
    'visibility', f.visibility,
    'role', (select m.role from public.fleet_members as m where m.fleet_id = f.id and m.user_id = private.uid()),
    'createdAt', private.iso(f.created_at))
    from public.fleets as f
   where f.id = fleet_json.fleet_id
$$;

comment on function private.fleet_json(uuid) is 'A fleet as the API shows it.';
revoke all on function private.fleet_json(uuid) from public;
grant execute on function private.fleet_json(uuid) to fleetflow_fn;
-- <<< sql/functions/fleet_json.sql

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

-- >>> sql/functions/get_fleet_rpc.sql
-- What: a fleet (id or slug) and the caller's role in it.
-- Who: any signed-in user who sees the fleet. Raises: UNAUTHENTICATED, FORBIDDEN, NOT_FOUND (fleet).
create or replace function public.get_fleet_rpc(fleet text, actor jsonb) returns jsonb
  language plpgsql volatile security definer
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  v_actor uuid := private.enter(get_fleet_rpc.actor, 'fleets.get', false);
begin
  return private.fleet_json(private.find_fleet(get_fleet_rpc.fleet));
end
$$;

comment on function public.get_fleet_rpc(text, jsonb) is 'A fleet.';
alter function public.get_fleet_rpc(text, jsonb) owner to fleetflow_fn;
revoke all on function public.get_fleet_rpc(text, jsonb) from public;
grant execute on function public.get_fleet_rpc(text, jsonb) to fleetflow_api;
-- <<< sql/functions/get_fleet_rpc.sql

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
  return private.me_json(v_actor);
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
grant execute on function private.give_back(public.trips, bigint, text, text) to fleetflow_fn, fleetflow_sys;
-- <<< sql/functions/give_back.sql

-- >>> sql/functions/guard_fleet.sql
-- What: refuses to change what a fleet is called, who sees it and its time zone to whoever does not own it: policies judge rows, and
--   managers change the rules in the same row.
-- Who: the trigger on updates of those columns, for what people's policies bind. Raises: FORBIDDEN.
create or replace function private.guard_fleet() returns trigger
  language plpgsql volatile
  set search_path = pg_catalog, public, pg_temp
as $$
begin
  if current_user = 'fleetflow_fn' then
    if old.id not in (select private.my_fleets('{owner}')) then
      raise exception using errcode = 'FF403', message = 'FORBIDDEN';
    end if;
  end if;
  return new;
end
$$;

comment on function private.guard_fleet() is 'Only owners change what a fleet is.';
revoke all on function private.guard_fleet() from public;
-- <<< sql/functions/guard_fleet.sql

-- >>> sql/functions/guard_log.sql
-- What: refuses to change, remove or empty what the event log holds, whatever somebody's rights. One change passes: an event of a trip or review
--   of somebody who has been erased loses what they wrote and their name, and nothing else (private.redacted).
-- Who: the triggers on event_log.
create or replace function private.guard_log() returns trigger
  language plpgsql volatile
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  v_redacted public.event_log;
begin
  if tg_op = 'UPDATE' then
    v_redacted := old;
    v_redacted.after := private.redacted(old.after);
    v_redacted.was := private.redacted(old.was);
    if to_jsonb(new) = to_jsonb(v_redacted) and exists (
      select from public.users as u
       where u.erased_at is not null and (u.id in (select t.booked_by_id from public.trips as t where t.id = old.entity_id and t.purpose = 'rental')
          or u.id in (select r.author_id from public.reviews as r where r.car_id = old.car_id and r.id = old.entity_id)))
    then
      return new;
    end if;
  end if;
  raise exception using errcode = 'insufficient_privilege', message = 'the event log is only ever added to';
end
$$;

comment on function private.guard_log() is 'Refuses every change of the event log but adding to it.';
revoke all on function private.guard_log() from public;
-- <<< sql/functions/guard_log.sql

-- >>> sql/functions/guard_service_user.sql
-- What: refuses to make the service user of an API key an owner, or a member of another fleet than the key's.
-- Who: the trigger on fleet_members, whoever writes: the second line, functions decide first. Runs as fleetflow_sys to see the keys.
create or replace function private.guard_service_user() returns trigger
  language plpgsql volatile security definer
  set search_path = pg_catalog, public, pg_temp
as $$
begin
  if exists (select from public.api_keys as k where k.user_id = new.user_id and (new.role = 'owner' or k.fleet_id <> new.fleet_id)) then
    raise exception using errcode = 'insufficient_privilege', message = 'the service user of an API key is no owner and works in one fleet';
  end if;
  return new;
end
$$;

comment on function private.guard_service_user() is 'Refuses other memberships of a service user.';
alter function private.guard_service_user() owner to fleetflow_sys;
revoke all on function private.guard_service_user() from public;
-- <<< sql/functions/guard_service_user.sql

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

-- >>> sql/functions/invitation_json.sql
-- What: an invitation as the API shows it, to those whose policies show them the row; never a token or its hash.
--   status: open, or accepted, revoked, expired, or void where who made it owns the fleet no more.
-- Who: functions about invitations.
create or replace function private.invitation_json(invitation_id uuid) returns jsonb
  language sql stable
  set search_path = pg_catalog, public, pg_temp
as $$
  select jsonb_build_object(
    'id', i.id,
    'fleetId', i.fleet_id,
    'role', i.role,
    'email', i.email,
    'invitedById', i.invited_by,
    'status', case
      when i.accepted_at is not null then 'accepted'
      when i.revoked_at is not null then 'revoked'
      when i.expires_at <= now() then 'expired'
      when not private.may_invite(i.fleet_id, i.invited_by) then 'void'
      else 'open' end,
    'expiresAt', private.iso(i.expires_at),
    'acceptedById', i.accepted_by,
    'acceptedAt', private.iso(i.accepted_at),
    'revokedAt', private.iso(i.revoked_at),
    'createdAt', private.iso(i.created_at))
    from public.invitations as i
   where i.id = invitation_json.invitation_id
$$;

comment on function private.invitation_json(uuid) is 'An invitation as the API shows it.';
revoke all on function private.invitation_json(uuid) from public;
grant execute on function private.invitation_json(uuid) to fleetflow_fn;
-- <<< sql/functions/invitation_json.sql

-- >>> sql/functions/is_currency.sql
-- What: whether a code is of a currency that ISO 4217 lists today, units of account of Chile and Uruguay among them.
-- Who: functions that take a currency from people. What an import brings may be older.
create or replace function private.is_currency(code text) returns boolean
  language sql immutable parallel safe
  set search_path = pg_catalog, public, pg_temp
as $$
  select coalesce(length(is_currency.code) = 3 and is_currency.code = any (string_to_array(
    'AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BHD BIF BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CDF CHF CLF CLP CNY COP CRC CUP CVE '
    'CZK DJF DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GNF GTQ GYD HKD HNL HTG HUF IDR ILS INR IQD IRR ISK JMD JOD JPY KES '
    'KGS KHR KMF KPW KRW KWD KYD KZT LAK LBP LKR LRD LSL LYD MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR '
    'NZD OMR PAB PEN PGK PHP PKR PLN PYG QAR RON RSD RUB RWF SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TND '
    'TOP TRY TTD TWD TZS UAH UGX USD UYI UYU UYW UZS VED VES VND VUV WST XAF XCD XCG XOF XPF YER ZAR ZMW ZWG', ' ')), false)
$$;

comment on function private.is_currency(text) is 'Whether a currency is known by this code.';
revoke all on function private.is_currency(text) from public;
grant execute on function private.is_currency(text) to fleetflow_fn, fleetflow_sys;
-- <<< sql/functions/is_currency.sql

-- >>> sql/functions/is_service.sql
-- What: whether a user is nobody who could sign in: the system user of a fleet, or one by which an API key acts.
-- Who: functions about members. Runs as fleetflow_sys: people do not see each other.
create or replace function private.is_service(user_id uuid) returns boolean
  language sql stable security definer
  set search_path = pg_catalog, public, pg_temp
as $$
  select exists (select from public.fleets as f where f.system_user_id = is_service.user_id)
    or exists (select from public.api_keys as k where k.user_id = is_service.user_id)
$$;

comment on function private.is_service(uuid) is 'Whether a user is no person.';
alter function private.is_service(uuid) owner to fleetflow_sys;
revoke all on function private.is_service(uuid) from public;
grant execute on function private.is_service(uuid) to fleetflow_fn;
-- <<< sql/functions/is_service.sql

-- >>> sql/functions/is_zone.sql
-- What: whether PostgreSQL knows a time zone by this name, UTC or of the form Area/Place. Offsets and abbreviations are none: PostgreSQL
--   would read almost any text with a digit in it as one.
-- Who: functions that take a time zone from people.
create or replace function private.is_zone(name text) returns boolean
  language plpgsql stable parallel safe
  set search_path = pg_catalog, public, pg_temp
as $$
begin
  if is_zone.name is null or is_zone.name !~ '^(UTC|Etc/GMT[+-][0-9]{1,2}|[A-Z][A-Za-z]*(/[A-Z][A-Za-z_]*(-[A-Za-z_]+)*){1,2})$' then
    return false;
  end if;
  return 'epoch'::timestamptz at time zone is_zone.name is not null;
exception when invalid_parameter_value then
  return false;
end
$$;

comment on function private.is_zone(text) is 'Whether a time zone is known by this name.';
revoke all on function private.is_zone(text) from public;
grant execute on function private.is_zone(text) to fleetflow_fn, fleetflow_sys;
-- <<< sql/functions/is_zone.sql

-- >>> sql/functions/keep_owner.sql
-- What: refuses whatever would leave a fleet without an owner who is a person. A fleet that is being deleted needs none.
-- Who: the trigger on owners' rows of fleet_members, whoever writes. Runs as fleetflow_sys: who leaves does not see who stays.
-- Raises: LAST_OWNER. Locks: the fleet, so that of two owners who go at once one stays.
create or replace function private.keep_owner() returns trigger
  language plpgsql volatile security definer
  set search_path = pg_catalog, public, pg_temp
as $$
begin
  if private.is_service(old.user_id) or not private.lock_fleet(old.fleet_id) then
    return null;
  end if;
  if not exists (
    select from public.fleet_members as m where m.fleet_id = old.fleet_id and m.role = 'owner' and not private.is_service(m.user_id))
  then
    raise exception using errcode = 'FF013', message = 'LAST_OWNER';
  end if;
  return null;
end
$$;

comment on function private.keep_owner() is 'Keeps an owner in every fleet.';
alter function private.keep_owner() owner to fleetflow_sys;
revoke all on function private.keep_owner() from public;
-- <<< sql/functions/keep_owner.sql

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

-- >>> sql/functions/leave_fleet.sql
-- What: the caller leaves a fleet. The last owner stays: the trigger on fleet_members.
-- Who: perform, for leave_fleet_rpc. Input: fleet.
-- Raises: NOT_FOUND (fleet: absent, hidden, or the caller is no member), FORBIDDEN (API keys). Locks: the fleet.
create or replace function private.leave_fleet(actor uuid, input jsonb) returns jsonb
  language plpgsql volatile
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  v_fleet uuid := private.find_fleet(input ->> 'fleet');
begin
  perform private.refuse_key();
  if v_fleet in (select private.my_fleets()) then
    perform private.lock_fleet(v_fleet);
  end if;
  delete from public.fleet_members as m where m.fleet_id = v_fleet and m.user_id = leave_fleet.actor;
  if not found then
    raise exception using errcode = 'FF404', message = 'NOT_FOUND', detail = jsonb_build_object('field', 'fleet');
  end if;
  return jsonb_build_object('fleetId', v_fleet, 'userId', leave_fleet.actor);
end
$$;

comment on function private.leave_fleet(uuid, jsonb) is 'The caller leaves a fleet.';
revoke all on function private.leave_fleet(uuid, jsonb) from public;
grant execute on function private.leave_fleet(uuid, jsonb) to fleetflow_fn;
-- <<< sql/functions/leave_fleet.sql

-- >>> sql/functions/leave_fleet_rpc.sql
-- What: the caller leaves a fleet.
-- Who: its members.
-- Raises: UNAUTHENTICATED, FORBIDDEN. Answers perform's outcome of private.leave_fleet.
create or replace function public.leave_fleet_rpc(
  fleet text, actor jsonb, idempotency_key text default null
) returns jsonb
  language plpgsql volatile security definer
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  v_actor uuid := private.enter(leave_fleet_rpc.actor, 'members.leave', true);
begin
  return private.perform('members.leave', v_actor, jsonb_build_object('fleet', leave_fleet_rpc.fleet),
    leave_fleet_rpc.idempotency_key);
end
$$;

comment on function public.leave_fleet_rpc(text, jsonb, text) is 'The caller leaves a fleet.';
alter function public.leave_fleet_rpc(text, jsonb, text) owner to fleetflow_fn;
revoke all on function public.leave_fleet_rpc(text, jsonb, text) from public;
grant execute on function public.leave_fleet_rpc(text, jsonb, text) to fleetflow_api;
-- <<< sql/functions/leave_fleet_rpc.sql

-- >>> sql/functions/list_api_keys_rpc.sql
-- What: a page of a fleet's API keys latest first, ended ones too: who made them, what for, until when, and when they were used last.
-- Who: owners of the fleet; administrators. Raises: UNAUTHENTICATED, FORBIDDEN, NOT_FOUND (fleet), BAD_INPUT (limit, cursor).
create or replace function public.list_api_keys_rpc(
  fleet text, actor jsonb, page_limit integer default 20, page_cursor text default null
) returns jsonb
  language plpgsql volatile security definer
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  v_actor uuid := private.enter(list_api_keys_rpc.actor, 'apiKeys.list', false);
  v_fleet uuid := private.owned_fleet(list_api_keys_rpc.fleet, true);
  v_limit integer := private.page_limit(list_api_keys_rpc.page_limit);
  v_from record := private.decode_cursor(list_api_keys_rpc.page_cursor);
  v_ids uuid[];
begin
  v_ids := array(
    select k.id from public.api_keys as k
     where k.fleet_id = v_fleet and k.id < v_from.id order by k.id desc limit v_limit + 1);
  return jsonb_build_object(
    'items', (select coalesce(jsonb_agg(private.api_key_json(v_ids[i]) order by i), '[]')
                from generate_series(1, least(v_limit, cardinality(v_ids))) as i),
    'nextCursor', case when cardinality(v_ids) > v_limit then private.encode_cursor('epoch', v_ids[v_limit]) end);
end
$$;

comment on function public.list_api_keys_rpc(text, jsonb, integer, text) is 'A page of a fleet''s API keys.';
alter function public.list_api_keys_rpc(text, jsonb, integer, text) owner to fleetflow_fn;
revoke all on function public.list_api_keys_rpc(text, jsonb, integer, text) from public;
grant execute on function public.list_api_keys_rpc(text, jsonb, integer, text) to fleetflow_api;
-- <<< sql/functions/list_api_keys_rpc.sql

-- >>> sql/functions/list_car_classes_rpc.sql
-- What: a page of the car classes of a fleet (id or slug), newest first.
-- Who: whoever sees the fleet. Raises: UNAUTHENTICATED, FORBIDDEN, NOT_FOUND (fleet), BAD_INPUT (limit, cursor).
create or replace function public.list_car_classes_rpc(fleet text, actor jsonb, page_limit integer default 20, page_cursor text default null) returns jsonb
  language plpgsql volatile security definer
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  v_actor uuid := private.enter(list_car_classes_rpc.actor, 'carClasses.list', false);
  v_limit integer := private.page_limit(list_car_classes_rpc.page_limit);
  v_from record := private.decode_cursor(list_car_classes_rpc.page_cursor);
  v_fleet uuid := private.find_fleet(list_car_classes_rpc.fleet);
  v_rows public.car_classes[] := array(
    select cc from public.car_classes as cc where cc.fleet_id = v_fleet and cc.id < v_from.id order by cc.id desc limit v_limit + 1);
begin
  return jsonb_build_object(
    'items', (select coalesce(jsonb_agg(private.class_json(v_rows[i]) order by i), '[]')
                from generate_series(1, least(v_limit, cardinality(v_rows))) as i),
    'nextCursor', case when cardinality(v_rows) > v_limit then private.encode_cursor('epoch', v_rows[v_limit].id) end);
end
$$;

comment on function public.list_car_classes_rpc(text, jsonb, integer, text) is 'A page of the car classes of a fleet.';
alter function public.list_car_classes_rpc(text, jsonb, integer, text) owner to fleetflow_fn;
revoke all on function public.list_car_classes_rpc(text, jsonb, integer, text) from public;
grant execute on function public.list_car_classes_rpc(text, jsonb, integer, text) to fleetflow_api;
-- <<< sql/functions/list_car_classes_rpc.sql

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

-- >>> sql/functions/list_invitations_rpc.sql
-- What: a page of a fleet's invitations, the newest first, whatever became of them; never a token.
-- Who: owners of the fleet; administrators. Raises: UNAUTHENTICATED, FORBIDDEN, NOT_FOUND (fleet), BAD_INPUT (limit, cursor).
create or replace function public.list_invitations_rpc(
  fleet text, actor jsonb, page_limit integer default 20, page_cursor text default null
) returns jsonb
  language plpgsql volatile security definer
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  v_actor uuid := private.enter(list_invitations_rpc.actor, 'invitations.list', false);
  v_fleet uuid := private.owned_fleet(list_invitations_rpc.fleet, true);
  v_limit integer := private.page_limit(list_invitations_rpc.page_limit);
  v_from record := private.decode_cursor(list_invitations_rpc.page_cursor);
  v_ids uuid[];
begin
  v_ids := array(
    select i.id from public.invitations as i where i.fleet_id = v_fleet and i.id < v_from.id order by i.id desc limit v_limit + 1);
  return jsonb_build_object(
    'items', (select coalesce(jsonb_agg(private.invitation_json(v_ids[i]) order by i), '[]')
                from generate_series(1, least(v_limit, cardinality(v_ids))) as i),
    'nextCursor', case when cardinality(v_ids) > v_limit then private.encode_cursor('epoch', v_ids[v_limit]) end);
end
$$;

comment on function public.list_invitations_rpc(text, jsonb, integer, text) is 'A page of a fleet''s invitations.';
alter function public.list_invitations_rpc(text, jsonb, integer, text) owner to fleetflow_fn;
revoke all on function public.list_invitations_rpc(text, jsonb, integer, text) from public;
grant execute on function public.list_invitations_rpc(text, jsonb, integer, text) to fleetflow_api;
-- <<< sql/functions/list_invitations_rpc.sql

-- >>> sql/functions/list_members_rpc.sql
-- What: a page of a fleet's members, the newest first.
-- Who: members of the fleet; administrators. Raises: UNAUTHENTICATED, FORBIDDEN, NOT_FOUND (fleet), BAD_INPUT (limit, cursor).
create or replace function public.list_members_rpc(
  fleet text, actor jsonb, page_limit integer default 20, page_cursor text default null
) returns jsonb
  language plpgsql volatile security definer
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  v_actor uuid := private.enter(list_members_rpc.actor, 'members.list', false);
  v_fleet uuid := private.find_fleet(list_members_rpc.fleet);
  v_limit integer := private.page_limit(list_members_rpc.page_limit);
  v_from record := private.decode_cursor(list_members_rpc.page_cursor);
  v_rows public.fleet_members[];
begin
  if v_fleet not in (select private.my_fleets()) and not private.is_admin() then
    raise exception using errcode = 'FF404', message = 'NOT_FOUND', detail = jsonb_build_object('field', 'fleet');
  end if;
  v_rows := array(
    select m from public.fleet_members as m
     where m.fleet_id = v_fleet and (m.created_at, m.user_id) < (v_from.instant, v_from.id)
     order by m.created_at desc, m.user_id desc limit v_limit + 1);
  return jsonb_build_object(
    'items', (select coalesce(jsonb_agg(private.member_json(v_rows[i]) order by i), '[]')
                from generate_series(1, least(v_limit, cardinality(v_rows))) as i),
    'nextCursor', case when cardinality(v_rows) > v_limit
      then private.encode_cursor(v_rows[v_limit].created_at, v_rows[v_limit].user_id) end);
end
$$;

comment on function public.list_members_rpc(text, jsonb, integer, text) is 'A page of a fleet''s members.';
alter function public.list_members_rpc(text, jsonb, integer, text) owner to fleetflow_fn;
revoke all on function public.list_members_rpc(text, jsonb, integer, text) from public;
grant execute on function public.list_members_rpc(text, jsonb, integer, text) to fleetflow_api;
-- <<< sql/functions/list_members_rpc.sql

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

-- >>> sql/functions/lock_fleet.sql
-- What: takes the row lock under which a fleet's members, invitations and keys change. Answers whether the fleet is there.
-- Who: everything that changes them, before it decides who may: roles are read again once the lock is there.
-- Runs as fleetflow_sys: whoever leaves or joins may not change the fleet, and `for no key update` asks for that right. Locks: the fleet.
create or replace function private.lock_fleet(fleet_id uuid) returns boolean
  language plpgsql volatile security definer
  set search_path = pg_catalog, public, pg_temp
as $$
begin
  perform from public.fleets as f where f.id = lock_fleet.fleet_id for no key update;
  return found;
end
$$;

comment on function private.lock_fleet(uuid) is 'Locks a fleet; every change of its members starts here.';
alter function private.lock_fleet(uuid) owner to fleetflow_sys;
revoke all on function private.lock_fleet(uuid) from public;
grant execute on function private.lock_fleet(uuid) to fleetflow_fn;
-- <<< sql/functions/lock_fleet.sql

-- >>> sql/functions/lock_person.sql
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
-- <<< sql/functions/lock_person.sql

-- >>> sql/functions/managed_car.sql
-- What: a car, for somebody who runs its fleet. Nothing is locked yet.
-- Who: functions that change a car, for owners and managers of its fleet, under the caller's policies.
-- Raises: NOT_FOUND (field id: absent, hidden, or another fleet's), FORBIDDEN (drivers, administrators).
create or replace function private.managed_car(car_id uuid) returns public.cars
  language plpgsql stable
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  v_car public.cars;
begin
  select c.* into v_car from public.cars as c where c.id = managed_car.car_id;
  if v_car.fleet_id in (select private.my_fleets('{owner,manager}')) then
    return v_car;
  end if;
  if v_car.fleet_id in (select private.my_fleets()) or v_car.id is not null and private.is_admin() then
    raise exception using errcode = 'FF403', message = 'FORBIDDEN';
  end if;
  raise exception using errcode = 'FF404', message = 'NOT_FOUND', detail = jsonb_build_object('field', 'id');
end
$$;

comment on function private.managed_car(uuid) is 'A car for somebody who runs its fleet.';
revoke all on function private.managed_car(uuid) from public;
grant execute on function private.managed_car(uuid) to fleetflow_fn;
-- <<< sql/functions/managed_car.sql

-- >>> sql/functions/may_invite.sql
-- What: whether a user lets people into a fleet now: an owner who is not suspended.
-- Who: whatever asks if an invitation is good. Runs as fleetflow_sys: who accepts one does not see the fleet's members.
create or replace function private.may_invite(fleet_id uuid, user_id uuid) returns boolean
  language sql stable security definer
  set search_path = pg_catalog, public, pg_temp
as $$
  select exists (
    select from public.fleet_members as m join public.users as u on u.id = m.user_id
     where m.fleet_id = may_invite.fleet_id and m.user_id = may_invite.user_id and m.role = 'owner' and u.suspended_at is null)
$$;

comment on function private.may_invite(uuid, uuid) is 'Whether a user lets people into a fleet now.';
alter function private.may_invite(uuid, uuid) owner to fleetflow_sys;
revoke all on function private.may_invite(uuid, uuid) from public;
grant execute on function private.may_invite(uuid, uuid) to fleetflow_fn;
-- <<< sql/functions/may_invite.sql

-- >>> sql/functions/me_json.sql
-- What: a person as me.get shows them: themselves, and the fleets they work in.
-- Who: entry functions, for the caller.
create or replace function private.me_json(user_id uuid) returns jsonb
  language sql stable
  set search_path = pg_catalog, public, pg_temp
as $$
  select jsonb_build_object('id', u.id, 'email', u.email, 'name', u.name, 'isAdmin', u.is_admin, 'fleets', (
           select coalesce(jsonb_agg(jsonb_build_object('id', f.id, 'slug', f.slug, 'name', f.name, 'role', m.role) order by f.slug), '[]')
             from public.fleet_members as m join public.fleets as f on f.id = m.fleet_id
            where m.user_id = u.id))
    from public.users as u
   where u.id = me_json.user_id
$$;

comment on function private.me_json(uuid) is 'A person as me.get shows them.';
revoke all on function private.me_json(uuid) from public;
grant execute on function private.me_json(uuid) to fleetflow_fn;
-- <<< sql/functions/me_json.sql

-- >>> sql/functions/member_json.sql
-- What: a member of a fleet as the API shows them; the e-mail address only to owners of the fleet and administrators.
-- Who: functions about members, with a row they have read under the caller's policies. Runs as fleetflow_sys to read the name.
create or replace function private.member_json(member public.fleet_members) returns jsonb
  language sql stable security definer
  set search_path = pg_catalog, public, pg_temp
as $$
  select jsonb_build_object(
    'fleetId', (member_json.member).fleet_id,
    'userId', u.id,
    'name', u.name,
    'email', case when (member_json.member).fleet_id in (select private.my_fleets('{owner}')) or private.is_admin() then u.email end,
    'role', (member_json.member).role,
    'service', private.is_service(u.id),
    'since', private.iso((member_json.member).created_at))
    from public.users as u
   where u.id = (member_json.member).user_id
$$;

comment on function private.member_json(public.fleet_members) is 'A member as the API shows them.';
alter function private.member_json(public.fleet_members) owner to fleetflow_sys;
revoke all on function private.member_json(public.fleet_members) from public;
grant execute on function private.member_json(public.fleet_members) to fleetflow_fn;
-- <<< sql/functions/member_json.sql

-- >>> sql/functions/member_of.sql
-- What: a member of a fleet who may get this role: a person, unless they are not to own it.
-- Who: set_member_role, transfer_fleet, for an owner who holds the fleet's lock.
-- Raises: NOT_FOUND (userId), BAD_INPUT (userId with reason SERVICE_USER).
create or replace function private.member_of(fleet_id uuid, user_id uuid, role text) returns uuid
  language plpgsql stable
  set search_path = pg_catalog, public, pg_temp
as $$
begin
  if not exists (select from public.fleet_members as m where m.fleet_id = member_of.fleet_id and m.user_id = member_of.user_id) then
    raise exception using errcode = 'FF404', message = 'NOT_FOUND', detail = jsonb_build_object('field', 'userId');
  end if;
  if member_of.role = 'owner' and private.is_service(member_of.user_id) then
    raise exception using errcode = 'FF400', message = 'BAD_INPUT', detail = jsonb_build_object('field', 'userId', 'reason', 'SERVICE_USER');
  end if;
  return member_of.user_id;
end
$$;

comment on function private.member_of(uuid, uuid, text) is 'A member who may get a role.';
revoke all on function private.member_of(uuid, uuid, text) from public;
grant execute on function private.member_of(uuid, uuid, text) to fleetflow_fn;
-- <<< sql/functions/member_of.sql

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

-- >>> sql/functions/my_open_trips.sql
-- What: how many trips of the caller are to come or under way, whoever's cars they are ({"count", "trips": the first ten}); NULL where none is.
--   What a fleet keeps a car for (maintenance and its own use) is the fleet's and does not count.
-- Who: erase_me, under the locks of lock_person. Runs as fleetflow_sys: who drives may not see the trip.
create or replace function private.my_open_trips() returns jsonb
  language sql stable security definer
  set search_path = pg_catalog, public, pg_temp
as $$
  with open as (
    select t.*, row_number() over (order by t.trip_start_date, t.id) as n
      from public.trips as t
     where (t.booked_by_id = (select private.uid()) and t.purpose = 'rental'
              and (t.status = 'active' or t.status = 'confirmed' and t.trip_end_date > now()))
        or (t.driver_id = (select private.uid()) and t.status = 'active'))
  select jsonb_build_object('count', count(*), 'trips', coalesce(jsonb_agg(jsonb_build_object('id', o.id, 'status', o.status,
           'startDate', private.iso(o.trip_start_date), 'endDate', private.iso(o.trip_end_date)) order by o.n) filter (where o.n <= 10), '[]'))
    from open as o
  having count(*) > 0
$$;

comment on function private.my_open_trips() is 'How many trips of the caller are confirmed or under way.';
alter function private.my_open_trips() owner to fleetflow_sys;
revoke all on function private.my_open_trips() from public;
grant execute on function private.my_open_trips() to fleetflow_fn;
-- <<< sql/functions/my_open_trips.sql

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

-- >>> sql/functions/open_fleet.sql
-- What: stores a fleet with its system user and the acting user as its owner; NULL where the slug is taken, also by somebody just now.
-- Who: create_fleet, with an input that fleet_fault accepts. Runs as fleetflow_sys: nobody owns a fleet before it is there.
create or replace function private.open_fleet(input jsonb) returns uuid
  language plpgsql volatile security definer
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  v_system uuid := private.uuid_v7();
  v_fleet uuid := private.uuid_v7();
begin
  insert into public.users (id, name) values (v_system, left(input ->> 'slug', 190) || ' (system)');
  insert into public.fleets (id, slug, name, currency, time_zone, visibility, system_user_id)
  values (v_fleet, input ->> 'slug', btrim(input ->> 'name', E' \t\n\r'), input ->> 'currency', input ->> 'timeZone', input ->> 'visibility', v_system)
  on conflict (slug) do nothing;
  if not found then
    delete from public.users as u where u.id = v_system;
    return null;
  end if;
  insert into public.fleet_members (fleet_id, user_id, role) values (v_fleet, private.uid(), 'owner');
  return v_fleet;
end
$$;

comment on function private.open_fleet(jsonb) is 'Stores a fleet that the acting user owns.';
alter function private.open_fleet(jsonb) owner to fleetflow_sys;
revoke all on function private.open_fleet(jsonb) from public;
grant execute on function private.open_fleet(jsonb) to fleetflow_fn;
-- <<< sql/functions/open_fleet.sql

-- >>> sql/functions/owned_fleet.sql
-- What: a fleet, by its id or slug, for somebody who decides who works in it.
-- Who: functions about API keys, for owners; with `reads` for administrators too. Never for an API key, whatever its role.
-- Raises: NOT_FOUND (field fleet: absent, or not one's own), FORBIDDEN (managers, drivers, keys; administrators who would write).
create or replace function private.owned_fleet(fleet text, reads boolean default false) returns uuid
  language plpgsql stable
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  v_fleet uuid := private.find_fleet(owned_fleet.fleet);
begin
  if private.key_fleet() is null
     and (v_fleet in (select private.my_fleets('{owner}')) or (owned_fleet.reads and private.is_admin())) then
    return v_fleet;
  end if;
  if v_fleet in (select private.my_fleets()) or private.is_admin() then
    raise exception using errcode = 'FF403', message = 'FORBIDDEN';
  end if;
  raise exception using errcode = 'FF404', message = 'NOT_FOUND', detail = jsonb_build_object('field', 'fleet');
end
$$;

comment on function private.owned_fleet(text, boolean) is 'A fleet for somebody who decides who works in it.';
revoke all on function private.owned_fleet(text, boolean) from public;
grant execute on function private.owned_fleet(text, boolean) to fleetflow_fn;
-- <<< sql/functions/owned_fleet.sql

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
      when 'apiKeys.create' then private.create_api_key(perform.actor, perform.input)
      when 'apiKeys.revoke' then private.revoke_api_key(perform.actor, perform.input)
      when 'fleets.create' then private.create_fleet(perform.actor, perform.input)
      when 'carClasses.create' then private.create_class(perform.actor, perform.input)
      when 'cars.create' then private.create_car(perform.actor, perform.input)
      when 'cars.retire' then private.retire_car(perform.actor, perform.input)
      when 'cars.update' then private.update_car(perform.actor, perform.input)
      when 'me.erase' then private.erase_me(perform.actor, perform.input)
      when 'me.update' then private.update_me(perform.actor, perform.input)
      when 'users.reinstate' then private.reinstate_user(perform.actor, perform.input)
      when 'users.suspend' then private.suspend_user(perform.actor, perform.input)
      when 'fleets.setRules' then private.set_fleet_rules(perform.actor, perform.input)
      when 'fleets.transfer' then private.transfer_fleet(perform.actor, perform.input)
      when 'fleets.update' then private.update_fleet(perform.actor, perform.input)
      when 'invitations.accept' then private.accept_invitation(perform.actor, perform.input)
      when 'invitations.create' then private.create_invitation(perform.actor, perform.input)
      when 'invitations.revoke' then private.revoke_invitation(perform.actor, perform.input)
      when 'members.leave' then private.leave_fleet(perform.actor, perform.input)
      when 'members.remove' then private.remove_member(perform.actor, perform.input)
      when 'members.setRole' then private.set_member_role(perform.actor, perform.input)
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

-- >>> sql/functions/person_json.sql
-- What: everything that is held about the caller, and nothing of anybody else: of a fleet its name, of an invitation not whom it was for, of an
--   idempotency key when it was used and for what. A test compares it with the catalog: every column that names a user is here or excused.
-- Who: export_me_rpc, for the caller. Runs as fleetflow_sys: identities, events and other fleets' trips are read by nobody else.
create or replace function private.person_json() returns jsonb
  language sql stable security definer
  set search_path = pg_catalog, public, pg_temp
as $$
  select jsonb_build_object(
    'exportedAt', private.iso(now()),
    'user', jsonb_build_object('id', u.id, 'email', u.email, 'name', u.name, 'isAdmin', u.is_admin, 'createdAt', private.iso(u.created_at)),
    'identities', (select coalesce(jsonb_agg(jsonb_build_object('issuer', i.issuer, 'subject', i.subject, 'createdAt', private.iso(i.created_at))
        order by i.created_at, i.issuer), '[]') from public.user_identities as i where i.user_id = u.id),
    'account', (select jsonb_build_object('email', a.email, 'emailVerified', a.email_verified, 'name', a.name, 'createdAt', private.iso(a.created_at),
        'sessions', (select coalesce(jsonb_agg(jsonb_build_object('createdAt', private.iso(l.created_at), 'expiresAt', private.iso(l.expires_at),
          'address', l.ip_address, 'userAgent', l.user_agent)
          order by l.created_at, l.id), '[]') from issuer.sessions as l where l.user_id = a.id))
      from issuer.sessions as s join issuer.users as a on a.id = s.user_id where s.id = private.session_id()),
    'memberships', (select coalesce(jsonb_agg(jsonb_build_object('fleetId', f.id, 'fleet', f.slug, 'name', f.name, 'role', m.role,
        'createdAt', private.iso(m.created_at)) order by f.id), '[]')
      from public.fleet_members as m join public.fleets as f on f.id = m.fleet_id where m.user_id = u.id),
    'trips', (select coalesce(jsonb_agg(private.trip_json(private.settled(t)) || jsonb_build_object(
        'near', case when t.near_metres is not null then jsonb_build_object('lat', t.near_lat_microdegrees / 1000000::numeric,
          'lng', t.near_lng_microdegrees / 1000000::numeric, 'metres', t.near_metres) end,
        'lines', (select coalesce(jsonb_agg(jsonb_build_object('id', l.id, 'kind', l.kind, 'description', l.description, 'quantity', l.quantity,
          'unitAmount', l.unit_amount, 'amount', l.amount, 'createdAt', private.iso(l.created_at)) order by l.id), '[]')
          from public.trip_lines as l where l.car_id = t.car_id and l.trip_id = t.id)) order by t.trip_start_date, t.id), '[]')
      from public.trips as t where t.booked_by_id = u.id),
    'drives', (select coalesce(jsonb_agg(jsonb_build_object('tripId', t.id, 'carId', t.car_id, 'fleetId', t.fleet_id,
        'startDate', private.iso(t.trip_start_date), 'endDate', private.iso(t.trip_end_date), 'status', (private.settled(t)).status)
        order by t.trip_start_date, t.id), '[]') from public.trips as t where t.driver_id = u.id),
    'driverAssignments', (select coalesce(jsonb_agg(jsonb_build_object('tripId', a.trip_id, 'startDate', private.iso(lower(a.period)),
        'endDate', private.iso(upper(a.period))) order by a.period), '[]') from public.driver_assignments as a where a.driver_id = u.id),
    'reviews', (select coalesce(jsonb_agg(private.review_json(r) order by r.created_at, r.id), '[]') from public.reviews as r where r.author_id = u.id),
    'quotes', (select coalesce(jsonb_agg(private.quote_json(q) || jsonb_build_object('tripId', q.trip_id) order by q.created_at, q.id), '[]')
      from public.quotes as q where q.user_id = u.id),
    'invitations', jsonb_build_object(
      'sent', (select coalesce(jsonb_agg(jsonb_build_object('id', i.id, 'fleetId', i.fleet_id, 'role', i.role, 'createdAt', private.iso(i.created_at))
        order by i.created_at, i.id), '[]') from public.invitations as i where i.invited_by = u.id),
      'accepted', (select coalesce(jsonb_agg(jsonb_build_object('id', i.id, 'fleetId', i.fleet_id, 'role', i.role, 'email', i.email,
        'acceptedAt', private.iso(i.accepted_at)) order by i.accepted_at, i.id), '[]') from public.invitations as i where i.accepted_by = u.id)),
    'apiKeys', (select coalesce(jsonb_agg(jsonb_build_object('id', k.id, 'fleetId', k.fleet_id, 'name', k.name, 'procedures', k.procedures,
        'createdAt', private.iso(k.created_at), 'expiresAt', private.iso(k.expires_at), 'revokedAt', private.iso(k.revoked_at)) order by k.created_at, k.id), '[]')
      from public.api_keys as k where k.created_by = u.id),
    'idempotencyKeys', (select coalesce(jsonb_agg(jsonb_build_object('operation', k.operation, 'createdAt', private.iso(k.created_at))
        order by k.created_at, k.operation), '[]') from public.idempotency_keys as k where k.user_id = u.id),
    'suspended', (select coalesce(jsonb_agg(jsonb_build_object('userId', s.id, 'suspendedAt', private.iso(s.suspended_at)) order by s.id), '[]')
      from public.users as s where s.suspended_by_id = u.id),
    'activity', (select coalesce(jsonb_agg(e.event order by e.place), '[]') from (
        select l.pos as place, jsonb_build_object('type', l.type, 'entityId', l.entity_id, 'carId', l.car_id, 'operation', l.operation,
                 'occurredAt', private.iso(l.occurred_at)) as event
          from public.event_log as l where l.actor_id = u.id
        union all
        select 9000000000000000000 - 1000000000000 + o.seq, jsonb_build_object('type', private.event_type(o.entity, o.before, o.after), 'entityId', o.entity_id,
                 'carId', o.car_id, 'operation', o.operation, 'occurredAt', private.iso(o.occurred_at))
          from public.outbox as o where o.actor_id = u.id) as e))
    from public.users as u
   where u.id = private.uid()
$$;

comment on function private.person_json() is 'Everything that is held about a person.';
alter function private.person_json() owner to fleetflow_sys;
revoke all on function private.person_json() from public;
grant execute on function private.person_json() to fleetflow_fn;
-- <<< sql/functions/person_json.sql

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

-- >>> sql/functions/put_suspension.sql
-- What: suspends a person, or with `suspended` false lets them in again; NULL where there is nobody. What is so already stays as it is.
-- Who: suspend_user and reinstate_user, for administrators. Runs as fleetflow_sys, which alone may write these columns. Locks: the user.
create or replace function private.put_suspension(user_id uuid, suspended boolean, by_id uuid, reason text) returns jsonb
  language plpgsql volatile security definer
  set search_path = pg_catalog, public, pg_temp
as $$
begin
  update public.users as u
     set suspended_at = case when put_suspension.suspended then now() end,
         suspended_by_id = case when put_suspension.suspended then put_suspension.by_id end,
         suspend_reason = case when put_suspension.suspended then put_suspension.reason end
   where u.id = put_suspension.user_id and u.erased_at is null and (u.suspended_at is not null) <> put_suspension.suspended;
  return (
    select jsonb_build_object('id', u.id, 'email', u.email, 'name', u.name, 'suspendedAt', private.iso(u.suspended_at),
             'suspendedById', u.suspended_by_id, 'suspendReason', u.suspend_reason)
      from public.users as u where u.id = put_suspension.user_id and u.erased_at is null);
end
$$;

comment on function private.put_suspension(uuid, boolean, uuid, text) is 'Suspends a person or lets them in again.';
alter function private.put_suspension(uuid, boolean, uuid, text) owner to fleetflow_sys;
revoke all on function private.put_suspension(uuid, boolean, uuid, text) from public;
grant execute on function private.put_suspension(uuid, boolean, uuid, text) to fleetflow_fn;
-- <<< sql/functions/put_suspension.sql

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
grant execute on function private.quote_json(public.quotes) to fleetflow_fn, fleetflow_sys;
-- <<< sql/functions/quote_json.sql

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

-- >>> sql/functions/redacted.sql
-- What: a stored trip or review without what a person wrote, where they wanted to be and what they were called.
-- Who: erase_person, and guard_log, which lets nothing else happen to an event.
create or replace function private.redacted(doc jsonb) returns jsonb
  language sql immutable parallel safe
  set search_path = pg_catalog, public, pg_temp
as $$
  select redacted.doc || coalesce((
    select jsonb_object_agg(d.key, case d.key when 'author' then to_jsonb('Erased user'::text) else 'null' end)
      from jsonb_each(redacted.doc) as d
     where d.key = any ('{note,cancelReason,cancel_reason,comment,author,near_lat_microdegrees,near_lng_microdegrees,near_metres}')), '{}')
$$;

comment on function private.redacted(jsonb) is 'A stored trip or review without its person.';
revoke all on function private.redacted(jsonb) from public;
grant execute on function private.redacted(jsonb) to fleetflow_sys;
-- <<< sql/functions/redacted.sql

-- >>> sql/functions/refuse_key.sql
-- What: refuses what is for people alone, whatever an API key lists: a key acts in its fleet, it has no fleets of its own and goes nowhere.
-- Who: create_fleet, leave_fleet, accept_invitation. Raises: FORBIDDEN.
create or replace function private.refuse_key() returns void
  language plpgsql stable
  set search_path = pg_catalog, public, pg_temp
as $$
begin
  if private.key_fleet() is not null then
    raise exception using errcode = 'FF403', message = 'FORBIDDEN';
  end if;
end
$$;

comment on function private.refuse_key() is 'Refuses an API key what is for people alone.';
revoke all on function private.refuse_key() from public;
grant execute on function private.refuse_key() to fleetflow_fn;
-- <<< sql/functions/refuse_key.sql

-- >>> sql/functions/reinstate_user.sql
-- What: lets a suspended person in again.
-- Who: perform, for reinstate_user_rpc: administrators. Input: id.
-- Raises: FORBIDDEN (whoever is no administrator), NOT_FOUND (field id). Locks: the user.
create or replace function private.reinstate_user(actor uuid, input jsonb) returns jsonb
  language plpgsql volatile
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  v_user jsonb;
begin
  if not private.is_admin() then
    raise exception using errcode = 'FF403', message = 'FORBIDDEN';
  end if;
  v_user := private.put_suspension((input ->> 'id')::uuid, false, reinstate_user.actor, null);
  if v_user is null then
    raise exception using errcode = 'FF404', message = 'NOT_FOUND', detail = jsonb_build_object('field', 'id');
  end if;
  return v_user;
end
$$;

comment on function private.reinstate_user(uuid, jsonb) is 'Lets a suspended person in again.';
revoke all on function private.reinstate_user(uuid, jsonb) from public;
grant execute on function private.reinstate_user(uuid, jsonb) to fleetflow_fn;
-- <<< sql/functions/reinstate_user.sql

-- >>> sql/functions/reinstate_user_rpc.sql
-- What: lets a suspended person in again. One statement.
-- Who: administrators.
-- Raises: UNAUTHENTICATED, FORBIDDEN. Answers perform's outcome of private.reinstate_user.
create or replace function public.reinstate_user_rpc(user_id uuid, actor jsonb, idempotency_key text default null) returns jsonb
  language plpgsql volatile security definer
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  v_actor uuid := private.enter(reinstate_user_rpc.actor, 'users.reinstate', true);
begin
  return private.perform('users.reinstate', v_actor, jsonb_build_object('id', reinstate_user_rpc.user_id), reinstate_user_rpc.idempotency_key);
end
$$;

comment on function public.reinstate_user_rpc(uuid, jsonb, text) is 'Lets a suspended person in again.';
alter function public.reinstate_user_rpc(uuid, jsonb, text) owner to fleetflow_fn;
revoke all on function public.reinstate_user_rpc(uuid, jsonb, text) from public;
grant execute on function public.reinstate_user_rpc(uuid, jsonb, text) to fleetflow_api;
-- <<< sql/functions/reinstate_user_rpc.sql

-- >>> sql/functions/remove_member.sql
-- What: takes somebody out of a fleet. The last owner stays: the trigger on fleet_members.
-- Who: perform, for remove_member_rpc. Input: fleet, userId.
-- Raises: NOT_FOUND (fleet, userId), FORBIDDEN, BAD_INPUT (userId with reason API_KEY: a key that lives is revoked instead). Locks: the fleet.
create or replace function private.remove_member(actor uuid, input jsonb) returns jsonb
  language plpgsql volatile
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  v_fleet uuid := private.take_fleet(input ->> 'fleet');
  v_user uuid := (input ->> 'userId')::uuid;
begin
  if exists (select from public.api_keys as k
              where k.fleet_id = v_fleet and k.user_id = v_user and k.revoked_at is null and k.expires_at > now()) then
    raise exception using errcode = 'FF400', message = 'BAD_INPUT', detail = jsonb_build_object('field', 'userId', 'reason', 'API_KEY');
  end if;
  delete from public.fleet_members as m where m.fleet_id = v_fleet and m.user_id = v_user;
  if not found then
    raise exception using errcode = 'FF404', message = 'NOT_FOUND', detail = jsonb_build_object('field', 'userId');
  end if;
  return jsonb_build_object('fleetId', v_fleet, 'userId', v_user);
end
$$;

comment on function private.remove_member(uuid, jsonb) is 'Takes somebody out of a fleet.';
revoke all on function private.remove_member(uuid, jsonb) from public;
grant execute on function private.remove_member(uuid, jsonb) to fleetflow_fn;
-- <<< sql/functions/remove_member.sql

-- >>> sql/functions/remove_member_rpc.sql
-- What: takes somebody out of a fleet, from their next call on. Their trips stay.
-- Who: owners of the fleet.
-- Raises: UNAUTHENTICATED, FORBIDDEN. Answers perform's outcome of private.remove_member.
create or replace function public.remove_member_rpc(
  fleet text, user_id uuid, actor jsonb, idempotency_key text default null
) returns jsonb
  language plpgsql volatile security definer
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  v_actor uuid := private.enter(remove_member_rpc.actor, 'members.remove', true);
begin
  return private.perform('members.remove', v_actor, jsonb_build_object('fleet', remove_member_rpc.fleet, 'userId', remove_member_rpc.user_id),
    remove_member_rpc.idempotency_key);
end
$$;

comment on function public.remove_member_rpc(text, uuid, jsonb, text) is 'Takes somebody out of a fleet.';
alter function public.remove_member_rpc(text, uuid, jsonb, text) owner to fleetflow_fn;
revoke all on function public.remove_member_rpc(text, uuid, jsonb, text) from public;
grant execute on function public.remove_member_rpc(text, uuid, jsonb, text) to fleetflow_api;
-- <<< sql/functions/remove_member_rpc.sql

-- >>> sql/functions/retire_car.sql
-- What: takes a car out of the fleet's offer for good. Its past stays; members still see it. A car that is retired stays as it is.
-- Who: perform, for retire_car_rpc: owners and managers of the fleet. Input: id, reason.
-- Raises: NOT_FOUND (field id), FORBIDDEN, BAD_INPUT (field reason),
--   INVALID_STATE (from, operation, allowed, count, trips: what stands in the way). Locks: the car.
create or replace function private.retire_car(actor uuid, input jsonb) returns jsonb
  language plpgsql volatile
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  v_car public.cars := private.managed_car((input ->> 'id')::uuid);
  v_reason text := private.reason_of(input);
  v_open jsonb;
begin
  perform private.lock_cars(array[v_car.id]);
  v_car := private.managed_car(v_car.id);
  if v_car.retired_at is null then
    v_open := private.close_car(v_car.id);
    if v_open is not null then
      raise exception using errcode = 'FF002', message = 'INVALID_STATE',
        detail = v_open || '{"from": "booked", "operation": "retire", "allowed": ["update"]}';
    end if;
    update public.cars as c set retired_at = now(), retire_reason = v_reason where c.id = v_car.id returning c.* into v_car;
  end if;
  return private.car_json(v_car);
end
$$;

comment on function private.retire_car(uuid, jsonb) is 'Takes a car out of the fleet''s offer for good.';
revoke all on function private.retire_car(uuid, jsonb) from public;
grant execute on function private.retire_car(uuid, jsonb) to fleetflow_fn;
-- <<< sql/functions/retire_car.sql

-- >>> sql/functions/retire_car_rpc.sql
-- What: takes a car out of the fleet's offer for good. One statement.
-- Who: owners and managers of the fleet.
-- Raises: UNAUTHENTICATED, FORBIDDEN. Answers perform's outcome of private.retire_car.
create or replace function public.retire_car_rpc(car_id uuid, actor jsonb, reason text default null, idempotency_key text default null) returns jsonb
  language plpgsql volatile security definer
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  v_actor uuid := private.enter(retire_car_rpc.actor, 'cars.retire', true);
begin
  return private.perform('cars.retire', v_actor, jsonb_build_object('id', retire_car_rpc.car_id, 'reason', retire_car_rpc.reason),
    retire_car_rpc.idempotency_key);
end
$$;

comment on function public.retire_car_rpc(uuid, jsonb, text, text) is 'Takes a car out of the fleet''s offer for good.';
alter function public.retire_car_rpc(uuid, jsonb, text, text) owner to fleetflow_fn;
revoke all on function public.retire_car_rpc(uuid, jsonb, text, text) from public;
grant execute on function public.retire_car_rpc(uuid, jsonb, text, text) to fleetflow_api;
-- <<< sql/functions/retire_car_rpc.sql

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
grant execute on function private.review_json(public.reviews) to fleetflow_fn, fleetflow_sys;
-- <<< sql/functions/review_json.sql

-- >>> sql/functions/revoke_api_key.sql
-- What: ends an API key at once: its next call is nobody's. A key that was revoked before answers the same again.
-- Who: perform, for revoke_api_key_rpc. Input: id.
-- Raises: NOT_FOUND (field id: absent, or of a fleet that is not one's own), FORBIDDEN. Locks: the key, then the fleet.
create or replace function private.revoke_api_key(actor uuid, input jsonb) returns jsonb
  language plpgsql volatile
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  v_id uuid := (input ->> 'id')::uuid;
  v_fleet uuid := private.api_key_fleet(v_id);
begin
  if v_fleet is null or not (v_fleet in (select private.my_fleets()) or private.is_admin()) then
    raise exception using errcode = 'FF404', message = 'NOT_FOUND', detail = jsonb_build_object('field', 'id');
  end if;
  perform private.owned_fleet(v_fleet::text);
  perform private.end_api_key(v_id);
  return private.api_key_json(v_id);
end
$$;

comment on function private.revoke_api_key(uuid, jsonb) is 'Ends an API key.';
revoke all on function private.revoke_api_key(uuid, jsonb) from public;
grant execute on function private.revoke_api_key(uuid, jsonb) to fleetflow_fn;
-- <<< sql/functions/revoke_api_key.sql

-- >>> sql/functions/revoke_api_key_rpc.sql
-- What: ends an API key at once. One statement.
-- Who: owners of its fleet.
-- Raises: UNAUTHENTICATED, FORBIDDEN. Answers perform's outcome of private.revoke_api_key.
create or replace function public.revoke_api_key_rpc(key_id uuid, actor jsonb, idempotency_key text default null) returns jsonb
  language plpgsql volatile security definer
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  v_actor uuid := private.enter(revoke_api_key_rpc.actor, 'apiKeys.revoke', true);
begin
  return private.perform('apiKeys.revoke', v_actor, jsonb_build_object('id', revoke_api_key_rpc.key_id), revoke_api_key_rpc.idempotency_key);
end
$$;

comment on function public.revoke_api_key_rpc(uuid, jsonb, text) is 'Ends an API key.';
alter function public.revoke_api_key_rpc(uuid, jsonb, text) owner to fleetflow_fn;
revoke all on function public.revoke_api_key_rpc(uuid, jsonb, text) from public;
grant execute on function public.revoke_api_key_rpc(uuid, jsonb, text) to fleetflow_api;
-- <<< sql/functions/revoke_api_key_rpc.sql

-- >>> sql/functions/revoke_invitation.sql
-- What: takes an invitation back; one that was taken back or has expired stays as it is.
-- Who: perform, for revoke_invitation_rpc. Input: id.
-- Raises: NOT_FOUND (id: absent, or of a fleet that the caller does not own; fleet), FORBIDDEN (administrators),
--   INVITATION_INVALID (accepted already). Locks: the fleet.
create or replace function private.revoke_invitation(actor uuid, input jsonb) returns jsonb
  language plpgsql volatile
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  v_id uuid := (input ->> 'id')::uuid;
  v_fleet uuid;
begin
  select i.fleet_id into v_fleet from public.invitations as i where i.id = v_id;
  if not found then
    raise exception using errcode = 'FF404', message = 'NOT_FOUND', detail = jsonb_build_object('field', 'id');
  end if;
  perform private.take_fleet(v_fleet::text);
  update public.invitations as i set revoked_at = coalesce(i.revoked_at, now()) where i.id = v_id and i.accepted_at is null;
  if not found then
    raise exception using errcode = 'FF110', message = 'INVITATION_INVALID';
  end if;
  return private.invitation_json(v_id);
end
$$;

comment on function private.revoke_invitation(uuid, jsonb) is 'Takes an invitation back.';
revoke all on function private.revoke_invitation(uuid, jsonb) from public;
grant execute on function private.revoke_invitation(uuid, jsonb) to fleetflow_fn;
-- <<< sql/functions/revoke_invitation.sql

-- >>> sql/functions/revoke_invitation_rpc.sql
-- What: takes an invitation back.
-- Who: owners of its fleet.
-- Raises: UNAUTHENTICATED, FORBIDDEN. Answers perform's outcome of private.revoke_invitation.
create or replace function public.revoke_invitation_rpc(
  invitation_id uuid, actor jsonb, idempotency_key text default null
) returns jsonb
  language plpgsql volatile security definer
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  v_actor uuid := private.enter(revoke_invitation_rpc.actor, 'invitations.revoke', true);
begin
  return private.perform('invitations.revoke', v_actor, jsonb_build_object('id', revoke_invitation_rpc.invitation_id),
    revoke_invitation_rpc.idempotency_key);
end
$$;

comment on function public.revoke_invitation_rpc(uuid, jsonb, text) is 'Takes an invitation back.';
alter function public.revoke_invitation_rpc(uuid, jsonb, text) owner to fleetflow_fn;
revoke all on function public.revoke_invitation_rpc(uuid, jsonb, text) from public;
grant execute on function public.revoke_invitation_rpc(uuid, jsonb, text) to fleetflow_api;
-- <<< sql/functions/revoke_invitation_rpc.sql

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

-- >>> sql/functions/session_id.sql
-- What: the session of the bundled issuer that private.enter found alive in this transaction, or NULL.
-- Who: what removes or shows a person's account.
create or replace function private.session_id() returns uuid
  language sql stable parallel safe
  set search_path = pg_catalog, public, pg_temp
as $$
  select nullif(current_setting('fleetflow.session', true), '')::uuid
$$;

comment on function private.session_id() is 'The acting session of the bundled issuer, or NULL.';
revoke all on function private.session_id() from public;
grant execute on function private.session_id() to fleetflow_sys;
-- <<< sql/functions/session_id.sql

-- >>> sql/functions/session_is_live.sql
-- What: whether a session of the bundled issuer lives and is this subject's: signing out, revoking and resetting a password end it at once.
-- Who: private.enter, as fleetflow_sys, for an actor whose token names a session.
create or replace function private.session_is_live(session text, subject text) returns boolean
  language plpgsql stable
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  c_uuid constant text := '^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$';
begin
  if session_is_live.session !~ c_uuid or session_is_live.subject !~ c_uuid then
    return false;
  end if;
  return exists (
    select from issuer.sessions as s
     where s.id = session_is_live.session::uuid and s.user_id = session_is_live.subject::uuid and s.expires_at > now());
end
$$;

comment on function private.session_is_live(text, text) is 'Whether a session of the bundled issuer lives.';
revoke all on function private.session_is_live(text, text) from public;
grant execute on function private.session_is_live(text, text) to fleetflow_sys;
-- <<< sql/functions/session_is_live.sql

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

-- >>> sql/functions/set_member_role.sql
-- What: changes the role of a member. The last owner stays one: the trigger on fleet_members.
-- Who: perform, for set_member_role_rpc. Input: fleet, userId, role.
-- Raises: NOT_FOUND (fleet, userId), FORBIDDEN, BAD_INPUT (role; userId with reason SERVICE_USER). Locks: the fleet.
create or replace function private.set_member_role(actor uuid, input jsonb) returns jsonb
  language plpgsql volatile
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  v_fleet uuid := private.take_fleet(input ->> 'fleet');
  v_user uuid := private.member_of(v_fleet, (input ->> 'userId')::uuid, input ->> 'role');
  v_member public.fleet_members;
begin
  if input ->> 'role' is null or input ->> 'role' not in ('owner', 'manager', 'driver') then
    raise exception using errcode = 'FF400', message = 'BAD_INPUT', detail = jsonb_build_object('field', 'role');
  end if;
  update public.fleet_members as m set role = input ->> 'role' where m.fleet_id = v_fleet and m.user_id = v_user returning m.* into v_member;
  return private.member_json(v_member);
end
$$;

comment on function private.set_member_role(uuid, jsonb) is 'Changes the role of a member.';
revoke all on function private.set_member_role(uuid, jsonb) from public;
grant execute on function private.set_member_role(uuid, jsonb) to fleetflow_fn;
-- <<< sql/functions/set_member_role.sql

-- >>> sql/functions/set_member_role_rpc.sql
-- What: changes the role of a member; it counts from their next call on.
-- Who: owners of the fleet.
-- Raises: UNAUTHENTICATED, FORBIDDEN. Answers perform's outcome of private.set_member_role.
create or replace function public.set_member_role_rpc(
  fleet text, user_id uuid, role text, actor jsonb, idempotency_key text default null
) returns jsonb
  language plpgsql volatile security definer
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  v_actor uuid := private.enter(set_member_role_rpc.actor, 'members.setRole', true);
begin
  return private.perform('members.setRole', v_actor, jsonb_build_object('fleet', set_member_role_rpc.fleet, 'userId', set_member_role_rpc.user_id, 'role', set_member_role_rpc.role),
    set_member_role_rpc.idempotency_key);
end
$$;

comment on function public.set_member_role_rpc(text, uuid, text, jsonb, text) is 'Changes the role of a member.';
alter function public.set_member_role_rpc(text, uuid, text, jsonb, text) owner to fleetflow_fn;
revoke all on function public.set_member_role_rpc(text, uuid, text, jsonb, text) from public;
grant execute on function public.set_member_role_rpc(text, uuid, text, jsonb, text) to fleetflow_api;
-- <<< sql/functions/set_member_role_rpc.sql

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
     where n.nspname in ('public', 'private', 'issuer') and c.relkind in ('r', 'p')
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

-- >>> sql/functions/suspend_user.sql
-- What: suspends a person from the next call on; their trips stay as they are.
-- Who: perform, for suspend_user_rpc: administrators. Input: id, reason.
-- Raises: FORBIDDEN (whoever is no administrator), NOT_FOUND (field id), BAD_INPUT (field reason; field id with reason ONESELF). Locks: the user.
create or replace function private.suspend_user(actor uuid, input jsonb) returns jsonb
  language plpgsql volatile
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  v_user jsonb;
begin
  if not private.is_admin() then
    raise exception using errcode = 'FF403', message = 'FORBIDDEN';
  end if;
  if (input ->> 'id')::uuid = suspend_user.actor then
    raise exception using errcode = 'FF400', message = 'BAD_INPUT', detail = jsonb_build_object('field', 'id', 'reason', 'ONESELF');
  end if;
  v_user := private.put_suspension((input ->> 'id')::uuid, true, suspend_user.actor, private.reason_of(input));
  if v_user is null then
    raise exception using errcode = 'FF404', message = 'NOT_FOUND', detail = jsonb_build_object('field', 'id');
  end if;
  return v_user;
end
$$;

comment on function private.suspend_user(uuid, jsonb) is 'Suspends a person.';
revoke all on function private.suspend_user(uuid, jsonb) from public;
grant execute on function private.suspend_user(uuid, jsonb) to fleetflow_fn;
-- <<< sql/functions/suspend_user.sql

-- >>> sql/functions/suspend_user_rpc.sql
-- What: suspends a person from the next call on. One statement.
-- Who: administrators.
-- Raises: UNAUTHENTICATED, FORBIDDEN. Answers perform's outcome of private.suspend_user.
create or replace function public.suspend_user_rpc(user_id uuid, actor jsonb, reason text default null, idempotency_key text default null) returns jsonb
  language plpgsql volatile security definer
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  v_actor uuid := private.enter(suspend_user_rpc.actor, 'users.suspend', true);
begin
  return private.perform('users.suspend', v_actor, jsonb_build_object('id', suspend_user_rpc.user_id, 'reason', suspend_user_rpc.reason),
    suspend_user_rpc.idempotency_key);
end
$$;

comment on function public.suspend_user_rpc(uuid, jsonb, text, text) is 'Suspends a person from the next call on.';
alter function public.suspend_user_rpc(uuid, jsonb, text, text) owner to fleetflow_fn;
revoke all on function public.suspend_user_rpc(uuid, jsonb, text, text) from public;
grant execute on function public.suspend_user_rpc(uuid, jsonb, text, text) to fleetflow_api;
-- <<< sql/functions/suspend_user_rpc.sql

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

-- >>> sql/functions/take_fleet.sql
-- What: a fleet, by its id or slug, for an owner who is about to change it, its members or what lets people in; locked.
--   Whoever lost the role while waiting for the lock has lost it.
-- Who: functions that change those. Raises: NOT_FOUND (field fleet), FORBIDDEN. Locks: the fleet.
create or replace function private.take_fleet(fleet text) returns uuid
  language plpgsql volatile
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  v_fleet uuid := private.owned_fleet(take_fleet.fleet);
begin
  perform private.lock_fleet(v_fleet);
  return private.owned_fleet(v_fleet::text);
end
$$;

comment on function private.take_fleet(text) is 'A fleet, locked for an owner who changes it.';
revoke all on function private.take_fleet(text) from public;
grant execute on function private.take_fleet(text) to fleetflow_fn;
-- <<< sql/functions/take_fleet.sql

-- >>> sql/functions/take_invitation.sql
-- What: makes the acting user a member by the invitation with this hash and writes down that they were; answers the fleet, NULL where the
--   invitation is unknown, used, taken back, expired, for another address, of somebody who may not invite any more, or for a person and
--   the caller is none. Of many who come at once one is let in. Nobody's role is lowered.
-- Who: accept_invitation. Runs as fleetflow_sys: who is let in is no member yet. Locks: the fleet.
create or replace function private.take_invitation(token_hash text) returns uuid
  language plpgsql volatile security definer
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  c_roles constant text[] := '{driver,manager,owner}';
  v_invitation public.invitations;
begin
  if take_invitation.token_hash is null or take_invitation.token_hash !~ '^[0-9a-f]{64}$' then
    return null;
  end if;
  select i.* into v_invitation from public.invitations as i where i.token_hash = decode(take_invitation.token_hash, 'hex');
  perform private.lock_fleet(v_invitation.fleet_id);
  -- Again, now that nobody else can take it: written in one statement, so that it is good when it is used up.
  update public.invitations as i
     set accepted_by = private.uid(), accepted_at = now()
   where i.id = v_invitation.id and i.accepted_at is null and i.revoked_at is null and i.expires_at > now()
     and private.may_invite(i.fleet_id, i.invited_by)
     and not private.is_service(private.uid())
     and (i.email is null or exists (select from public.users as u where u.id = private.uid() and lower(u.email) = i.email))
  returning i.* into v_invitation;
  if not found then
    return null;
  end if;
  insert into public.fleet_members as m (fleet_id, user_id, role)
  values (v_invitation.fleet_id, private.uid(), v_invitation.role)
  on conflict on constraint fleet_members_pkey do update set role = excluded.role
   where array_position(c_roles, m.role) < array_position(c_roles, excluded.role);
  return v_invitation.fleet_id;
end
$$;

comment on function private.take_invitation(text) is 'Makes the acting user a member by an invitation.';
alter function private.take_invitation(text) owner to fleetflow_sys;
revoke all on function private.take_invitation(text) from public;
grant execute on function private.take_invitation(text) to fleetflow_fn;
-- <<< sql/functions/take_invitation.sql

-- >>> sql/functions/transfer_fleet.sql
-- What: hands a fleet to another member, who becomes an owner as the caller becomes a manager.
-- Who: perform, for transfer_fleet_rpc. Input: fleet, userId.
-- Raises: NOT_FOUND (fleet; userId: no member, or suspended), FORBIDDEN, BAD_INPUT (userId with reason SERVICE_USER or YOURSELF).
-- Locks: the fleet.
create or replace function private.transfer_fleet(actor uuid, input jsonb) returns jsonb
  language plpgsql volatile
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  v_fleet uuid := private.take_fleet(input ->> 'fleet');
  v_user uuid := private.member_of(v_fleet, (input ->> 'userId')::uuid, 'owner');
begin
  if v_user = transfer_fleet.actor then
    raise exception using errcode = 'FF400', message = 'BAD_INPUT', detail = jsonb_build_object('field', 'userId', 'reason', 'YOURSELF');
  end if;
  if not private.user_is_active(v_user) then
    raise exception using errcode = 'FF404', message = 'NOT_FOUND', detail = jsonb_build_object('field', 'userId');
  end if;
  update public.fleet_members as m set role = 'owner' where m.fleet_id = v_fleet and m.user_id = v_user;
  update public.fleet_members as m set role = 'manager' where m.fleet_id = v_fleet and m.user_id = transfer_fleet.actor;
  return private.fleet_json(v_fleet);
end
$$;

comment on function private.transfer_fleet(uuid, jsonb) is 'Hands a fleet to another member.';
revoke all on function private.transfer_fleet(uuid, jsonb) from public;
grant execute on function private.transfer_fleet(uuid, jsonb) to fleetflow_fn;
-- <<< sql/functions/transfer_fleet.sql

-- >>> sql/functions/transfer_fleet_rpc.sql
-- What: hands a fleet to another member: they become an owner and the caller a manager, in one step.
-- Who: owners of the fleet.
-- Raises: UNAUTHENTICATED, FORBIDDEN. Answers perform's outcome of private.transfer_fleet.
create or replace function public.transfer_fleet_rpc(
  fleet text, user_id uuid, actor jsonb, idempotency_key text default null
) returns jsonb
  language plpgsql volatile security definer
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  v_actor uuid := private.enter(transfer_fleet_rpc.actor, 'fleets.transfer', true);
begin
  return private.perform('fleets.transfer', v_actor, jsonb_build_object('fleet', transfer_fleet_rpc.fleet, 'userId', transfer_fleet_rpc.user_id),
    transfer_fleet_rpc.idempotency_key);
end
$$;

comment on function public.transfer_fleet_rpc(text, uuid, jsonb, text) is 'Hands a fleet to another member.';
alter function public.transfer_fleet_rpc(text, uuid, jsonb, text) owner to fleetflow_fn;
revoke all on function public.transfer_fleet_rpc(text, uuid, jsonb, text) from public;
grant execute on function public.transfer_fleet_rpc(text, uuid, jsonb, text) to fleetflow_api;
-- <<< sql/functions/transfer_fleet_rpc.sql

-- >>> sql/functions/try_again.sql
-- What: gives up an attempt that met another one, so that the caller tries again from the start (40001, which is never stored under a key).
-- Who: functions that find, under their locks, that a trip has been moved to another car since they looked: locking that car too
--   could break the order of locks.
create or replace function private.try_again() returns void
  language plpgsql volatile
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

-- >>> sql/functions/update_car.sql
-- What: changes what is known of a car. What is booked keeps what it was booked under: buffers and bounds are the trip's own, and a trip
--   that was booked as any car of a class stays on this car when the car changes its class.
-- Who: perform, for update_car_rpc: owners and managers of the fleet. Input: id, changes (without NULLs), cleared (what is NULL now).
-- Raises: NOT_FOUND (field id or carClass), FORBIDDEN, BAD_INPUT (field), ODOMETER_LOW (odometer, the last reading). Locks: the car.
create or replace function private.update_car(actor uuid, input jsonb) returns jsonb
  language plpgsql volatile
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  v_car public.cars := private.managed_car((input ->> 'id')::uuid);
  v_new jsonb := input -> 'changes';
  v_cleared text[] := array(select jsonb_array_elements_text(input -> 'cleared'));
  v_given jsonb := v_new || (select coalesce(jsonb_object_agg(c, null), '{}') from unnest(v_cleared) as c);
  v_fault text := private.car_fault(v_given);
  v_class uuid;
begin
  if v_fault is not null then
    raise exception using errcode = 'FF400', message = 'BAD_INPUT', detail = jsonb_build_object('field', v_fault);
  end if;
  if v_new ? 'carClass' then
    v_class := (private.find_class(v_car.fleet_id::text, v_new ->> 'carClass')).id;
  end if;
  perform private.lock_cars(array[v_car.id]);
  v_car := private.managed_car(v_car.id);
  if v_class <> v_car.car_class_id then
    update public.trips as t set pinned = true
     where t.car_id = v_car.id and not t.pinned and t.status in ('held', 'requested', 'confirmed');
  end if;
  perform private.record_odometer(v_car.id, (v_new ->> 'odometer')::integer);
  update public.cars as c
     set car_class_id = coalesce(v_class, c.car_class_id),
         name = coalesce(btrim(v_new ->> 'name', E' \t\n\r'), c.name),
         seats = case when 'seats' <> all (v_cleared) then coalesce((v_new ->> 'seats')::integer, c.seats) end,
         lat_microdegrees = case when 'lat' <> all (v_cleared) then coalesce((v_new ->> 'lat')::integer, c.lat_microdegrees) end,
         lng_microdegrees = case when 'lng' <> all (v_cleared) then coalesce((v_new ->> 'lng')::integer, c.lng_microdegrees) end,
         time_zone = coalesce(v_new ->> 'timeZone', c.time_zone),
         prep_minutes = coalesce((v_new ->> 'prepMinutes')::integer, c.prep_minutes),
         turnaround_minutes = coalesce((v_new ->> 'turnaroundMinutes')::integer, c.turnaround_minutes),
         back_to_back = coalesce((v_new ->> 'backToBack')::boolean, c.back_to_back),
         instant_booking = coalesce((v_new ->> 'instantBooking')::boolean, c.instant_booking),
         odometer = case when 'odometer' <> all (v_cleared) then c.odometer end,
         external_id = case when 'externalId' <> all (v_cleared) then coalesce(v_new ->> 'externalId', c.external_id) end
   where c.id = v_car.id
  returning c.* into v_car;
  return private.car_json(v_car);
end
$$;

comment on function private.update_car(uuid, jsonb) is 'Changes what is known of a car.';
revoke all on function private.update_car(uuid, jsonb) from public;
grant execute on function private.update_car(uuid, jsonb) to fleetflow_fn;
-- <<< sql/functions/update_car.sql

-- >>> sql/functions/update_car_rpc.sql
-- What: changes what is known of a car. One statement. `changes` holds members as create_car_rpc's `car`: what is absent stays, null clears
--   seats, lat with lng, odometer and externalId.
-- Who: owners and managers of the fleet.
-- Raises: UNAUTHENTICATED, FORBIDDEN. Answers perform's outcome of private.update_car.
create or replace function public.update_car_rpc(car_id uuid, changes jsonb, actor jsonb, idempotency_key text default null) returns jsonb
  language plpgsql volatile security definer
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  v_actor uuid := private.enter(update_car_rpc.actor, 'cars.update', true);
begin
  -- To clear a member is another input than not to name it, also for the key.
  return private.perform('cars.update', v_actor, jsonb_build_object(
      'id', update_car_rpc.car_id, 'changes', jsonb_strip_nulls(update_car_rpc.changes),
      'cleared', (select coalesce(jsonb_agg(c.key order by c.key), '[]') from jsonb_each(update_car_rpc.changes) as c where c.value = 'null')),
    update_car_rpc.idempotency_key);
end
$$;

comment on function public.update_car_rpc(uuid, jsonb, jsonb, text) is 'Changes what is known of a car.';
alter function public.update_car_rpc(uuid, jsonb, jsonb, text) owner to fleetflow_fn;
revoke all on function public.update_car_rpc(uuid, jsonb, jsonb, text) from public;
grant execute on function public.update_car_rpc(uuid, jsonb, jsonb, text) to fleetflow_api;
-- <<< sql/functions/update_car_rpc.sql

-- >>> sql/functions/update_fleet.sql
-- What: changes what a fleet is called, who sees it and its time zone. The currency stays: prices and trips are kept in it.
-- Who: perform, for update_fleet_rpc. Input: fleet, slug, name, timeZone, visibility; what is absent stays.
-- Raises: NOT_FOUND (fleet), FORBIDDEN, BAD_INPUT (field; slug with reason TAKEN). Locks: the fleet.
create or replace function private.update_fleet(actor uuid, input jsonb) returns jsonb
  language plpgsql volatile
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  v_fleet uuid := private.take_fleet(input ->> 'fleet');
  v_fault text := private.fleet_fault(input);
begin
  if v_fault is not null then
    raise exception using errcode = 'FF400', message = 'BAD_INPUT', detail = jsonb_build_object('field', v_fault);
  end if;
  update public.fleets as f
     set slug = coalesce(input ->> 'slug', f.slug),
         name = coalesce(btrim(input ->> 'name', E' \t\n\r'), f.name),
         time_zone = coalesce(input ->> 'timeZone', f.time_zone),
         visibility = coalesce(input ->> 'visibility', f.visibility)
   where f.id = v_fleet;
  return private.fleet_json(v_fleet);
exception when unique_violation then
  raise exception using errcode = 'FF400', message = 'BAD_INPUT', detail = jsonb_build_object('field', 'slug', 'reason', 'TAKEN');
end
$$;

comment on function private.update_fleet(uuid, jsonb) is 'Changes a fleet.';
revoke all on function private.update_fleet(uuid, jsonb) from public;
grant execute on function private.update_fleet(uuid, jsonb) to fleetflow_fn;
-- <<< sql/functions/update_fleet.sql

-- >>> sql/functions/update_fleet_rpc.sql
-- What: changes what a fleet is called, who sees it and its time zone. What is absent stays.
-- Who: owners of the fleet.
-- Raises: UNAUTHENTICATED, FORBIDDEN. Answers perform's outcome of private.update_fleet.
create or replace function public.update_fleet_rpc(
  fleet text, actor jsonb, slug text default null, name text default null, time_zone text default null, visibility text default null, idempotency_key text default null
) returns jsonb
  language plpgsql volatile security definer
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  v_actor uuid := private.enter(update_fleet_rpc.actor, 'fleets.update', true);
begin
  return private.perform('fleets.update', v_actor, jsonb_build_object(
      'fleet', update_fleet_rpc.fleet, 'slug', update_fleet_rpc.slug, 'name', update_fleet_rpc.name,
      'timeZone', update_fleet_rpc.time_zone, 'visibility', update_fleet_rpc.visibility),
    update_fleet_rpc.idempotency_key);
end
$$;

comment on function public.update_fleet_rpc(text, jsonb, text, text, text, text, text) is 'Changes a fleet.';
alter function public.update_fleet_rpc(text, jsonb, text, text, text, text, text) owner to fleetflow_fn;
revoke all on function public.update_fleet_rpc(text, jsonb, text, text, text, text, text) from public;
grant execute on function public.update_fleet_rpc(text, jsonb, text, text, text, text, text) to fleetflow_api;
-- <<< sql/functions/update_fleet_rpc.sql

-- >>> sql/functions/update_me.sql
-- What: changes the caller's display name.
-- Who: perform, for update_me_rpc. Input: name. Raises: FORBIDDEN (API keys), BAD_INPUT (field name).
create or replace function private.update_me(actor uuid, input jsonb) returns jsonb
  language plpgsql volatile
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  v_name text := btrim(input ->> 'name', E' \t\n\r');
begin
  perform private.refuse_key();
  if (length(v_name) between 1 and 200) is not true then
    raise exception using errcode = 'FF400', message = 'BAD_INPUT', detail = jsonb_build_object('field', 'name');
  end if;
  update public.users as u set name = v_name where u.id = update_me.actor;
  return private.me_json(update_me.actor);
end
$$;

comment on function private.update_me(uuid, jsonb) is 'Changes the caller''s display name.';
revoke all on function private.update_me(uuid, jsonb) from public;
grant execute on function private.update_me(uuid, jsonb) to fleetflow_fn;
-- <<< sql/functions/update_me.sql

-- >>> sql/functions/update_me_rpc.sql
-- What: changes the caller's display name. One statement.
-- Who: any signed-in person.
-- Raises: UNAUTHENTICATED, FORBIDDEN. Answers perform's outcome of private.update_me.
create or replace function public.update_me_rpc(name text, actor jsonb, idempotency_key text default null) returns jsonb
  language plpgsql volatile security definer
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  v_actor uuid := private.enter(update_me_rpc.actor, 'me.update', true);
begin
  return private.perform('me.update', v_actor, jsonb_build_object('name', update_me_rpc.name), update_me_rpc.idempotency_key);
end
$$;

comment on function public.update_me_rpc(text, jsonb, text) is 'Changes the caller''s display name.';
alter function public.update_me_rpc(text, jsonb, text) owner to fleetflow_fn;
revoke all on function public.update_me_rpc(text, jsonb, text) from public;
grant execute on function public.update_me_rpc(text, jsonb, text) to fleetflow_api;
-- <<< sql/functions/update_me_rpc.sql

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

-- >>> sql/functions/user_is_active.sql
-- What: whether a user exists and is neither suspended nor erased.
-- Who: create_trip_rpc, when a fleet's member books for a renter. Runs as fleetflow_sys: people do not see each other.
create or replace function private.user_is_active(user_id uuid) returns boolean
  language sql stable security definer
  set search_path = pg_catalog, public, pg_temp
as $$
  select exists (select from public.users as u where u.id = user_is_active.user_id and u.suspended_at is null and u.erased_at is null)
$$;

comment on function private.user_is_active(uuid) is 'Whether a user exists and is not suspended.';
alter function private.user_is_active(uuid) owner to fleetflow_sys;
revoke all on function private.user_is_active(uuid) from public;
grant execute on function private.user_is_active(uuid) to fleetflow_fn;
-- <<< sql/functions/user_is_active.sql

-- >>> sql/triggers/event_log_append.sql
-- The event log is only ever added to. Its rows are looked at one by one, because the events of an erased person lose their words.
drop trigger if exists _050_append on public.event_log;
create trigger _050_append before delete or truncate on public.event_log
  for each statement execute function private.guard_log();

drop trigger if exists _050_redact on public.event_log;
create trigger _050_redact before update on public.event_log
  for each row execute function private.guard_log();
-- <<< sql/triggers/event_log_append.sql

-- >>> sql/triggers/fleet_members_owner.sql
-- A fleet that has an owner keeps one.
drop trigger if exists _100_owner on public.fleet_members;
create trigger _100_owner after delete or update on public.fleet_members
  for each row when (old.role = 'owner') execute function private.keep_owner();
-- <<< sql/triggers/fleet_members_owner.sql

-- >>> sql/triggers/fleet_members_person.sql
-- Nothing new is stored about somebody who was erased meanwhile.
drop trigger if exists _110_person on public.fleet_members;
create trigger _110_person after insert on public.fleet_members
  for each row execute function private.check_person('user_id');
-- <<< sql/triggers/fleet_members_person.sql

-- >>> sql/triggers/fleet_members_service_user.sql
-- The service user of an API key never becomes more than the key was made for.
drop trigger if exists _050_service_user on public.fleet_members;
create trigger _050_service_user before insert or update on public.fleet_members
  for each row execute function private.guard_service_user();
-- <<< sql/triggers/fleet_members_service_user.sql

-- >>> sql/triggers/fleets_owned.sql
-- What a fleet is called, who sees it and its time zone are changed by owners alone.
drop trigger if exists _050_owned on public.fleets;
create trigger _050_owned before update of slug, name, time_zone, visibility on public.fleets
  for each row execute function private.guard_fleet();
-- <<< sql/triggers/fleets_owned.sql

-- >>> sql/triggers/quotes_person.sql
-- Nothing new is stored about somebody who was erased meanwhile.
drop trigger if exists _110_person on public.quotes;
create trigger _110_person after insert on public.quotes
  for each row execute function private.check_person('user_id');
-- <<< sql/triggers/quotes_person.sql

-- >>> sql/triggers/reviews_person.sql
-- Nothing new is stored about somebody who was erased meanwhile.
drop trigger if exists _110_person on public.reviews;
create trigger _110_person after insert on public.reviews
  for each row execute function private.check_person('author_id');
-- <<< sql/triggers/reviews_person.sql

-- >>> sql/triggers/trips_in_service.sql
-- No trip to come is stored on a retired car. What is imported is completed already: history stays history.
drop trigger if exists _100_in_service on public.trips;
create trigger _100_in_service after insert on public.trips
  for each row when (new.status <> 'completed') execute function private.check_in_service();
-- <<< sql/triggers/trips_in_service.sql

-- >>> sql/triggers/trips_person.sql
-- Nothing new is stored about somebody who was erased meanwhile.
drop trigger if exists _110_person on public.trips;
create trigger _110_person after insert on public.trips
  for each row when (new.status <> 'completed') execute function private.check_person('booked_by_id');
-- <<< sql/triggers/trips_person.sql

-- >>> sql/triggers/user_identities_person.sql
-- Nothing new is stored about somebody who was erased meanwhile.
drop trigger if exists _110_person on public.user_identities;
create trigger _110_person after insert on public.user_identities
  for each row execute function private.check_person('user_id');
-- <<< sql/triggers/user_identities_person.sql

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

-- >>> sql/policies/car_classes.sql
-- Who sees a fleet sees its classes; its owners and managers add to them.
alter table public.car_classes enable row level security;
alter table public.car_classes force row level security;

drop policy if exists car_classes_sys on public.car_classes;
create policy car_classes_sys on public.car_classes to fleetflow_sys using (true) with check (true);

drop policy if exists car_classes_read on public.car_classes;
create policy car_classes_read on public.car_classes for select to fleetflow_fn
  using (exists (select from public.fleets as f where f.id = car_classes.fleet_id));

drop policy if exists car_classes_add on public.car_classes;
create policy car_classes_add on public.car_classes for insert to fleetflow_fn
  with check (fleet_id = any (array(select private.my_fleets('{owner,manager}'))));
-- <<< sql/policies/car_classes.sql

-- >>> sql/policies/cars.sql
-- Unretired cars are seen by whoever sees their fleet, retired ones by the fleet's members; owners and managers add and change them.
alter table public.cars enable row level security;
alter table public.cars force row level security;

drop policy if exists cars_sys on public.cars;
create policy cars_sys on public.cars to fleetflow_sys using (true) with check (true);

drop policy if exists cars_read on public.cars;
create policy cars_read on public.cars for select to fleetflow_fn
  using ((retired_at is null and exists (select from public.fleets as f where f.id = cars.fleet_id))
    or fleet_id = any (array(select private.my_fleets()))
    or (select private.is_admin()));

drop policy if exists cars_add on public.cars;
create policy cars_add on public.cars for insert to fleetflow_fn
  with check (fleet_id = any (array(select private.my_fleets('{owner,manager}'))));

drop policy if exists cars_change on public.cars;
create policy cars_change on public.cars for update to fleetflow_fn
  using (fleet_id = any (array(select private.my_fleets('{owner,manager}'))))
  with check (fleet_id = any (array(select private.my_fleets('{owner,manager}'))));
-- <<< sql/policies/cars.sql

-- >>> sql/policies/fleet_members.sql
-- Members see each other; owners change roles and take people out, everybody leaves. Nobody is let in by hand: private.open_fleet and
-- private.take_invitation do.
alter table public.fleet_members enable row level security;
alter table public.fleet_members force row level security;

drop policy if exists fleet_members_sys on public.fleet_members;
create policy fleet_members_sys on public.fleet_members to fleetflow_sys using (true) with check (true);

drop policy if exists fleet_members_read on public.fleet_members;
create policy fleet_members_read on public.fleet_members for select to fleetflow_fn
  using (fleet_id = any (array(select private.my_fleets())) or (select private.is_admin()));

drop policy if exists fleet_members_change on public.fleet_members;
create policy fleet_members_change on public.fleet_members for update to fleetflow_fn
  using (fleet_id = any (array(select private.my_fleets('{owner}'))))
  with check (fleet_id = any (array(select private.my_fleets('{owner}'))));

drop policy if exists fleet_members_remove on public.fleet_members;
create policy fleet_members_remove on public.fleet_members for delete to fleetflow_fn
  using (fleet_id = any (array(select private.my_fleets('{owner}'))) or user_id = (select private.uid()));
-- <<< sql/policies/fleet_members.sql

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

-- >>> sql/policies/invitations.sql
-- A fleet's invitations are its owners'; administrators read them. An API key sees none, and whoever accepts one does so without reading it.
alter table public.invitations enable row level security;
alter table public.invitations force row level security;

drop policy if exists invitations_sys on public.invitations;
create policy invitations_sys on public.invitations to fleetflow_sys using (true) with check (true);

drop policy if exists invitations_read on public.invitations;
create policy invitations_read on public.invitations for select to fleetflow_fn
  using ((select private.key_fleet()) is null
    and (fleet_id = any (array(select private.my_fleets('{owner}'))) or (select private.is_admin())));

drop policy if exists invitations_add on public.invitations;
create policy invitations_add on public.invitations for insert to fleetflow_fn
  with check ((select private.key_fleet()) is null
    and fleet_id = any (array(select private.my_fleets('{owner}'))) and invited_by = (select private.uid()));

drop policy if exists invitations_revoke on public.invitations;
create policy invitations_revoke on public.invitations for update to fleetflow_fn
  using ((select private.key_fleet()) is null and fleet_id = any (array(select private.my_fleets('{owner}'))))
  with check ((select private.key_fleet()) is null and fleet_id = any (array(select private.my_fleets('{owner}'))));
-- <<< sql/policies/invitations.sql

-- >>> sql/policies/issuer_accounts.sql
-- The issuer's own role.
alter table issuer.accounts enable row level security;
alter table issuer.accounts force row level security;

drop policy if exists accounts_issuer on issuer.accounts;
create policy accounts_issuer on issuer.accounts to fleetflow_auth using (true) with check (true);
-- <<< sql/policies/issuer_accounts.sql

-- >>> sql/policies/issuer_jwks.sql
-- The issuer's own role.
alter table issuer.jwks enable row level security;
alter table issuer.jwks force row level security;

drop policy if exists jwks_issuer on issuer.jwks;
create policy jwks_issuer on issuer.jwks to fleetflow_auth using (true) with check (true);
-- <<< sql/policies/issuer_jwks.sql

-- >>> sql/policies/issuer_sessions.sql
-- The issuer's own role; fleetflow_sys sees whether a session lives.
alter table issuer.sessions enable row level security;
alter table issuer.sessions force row level security;

drop policy if exists sessions_issuer on issuer.sessions;
create policy sessions_issuer on issuer.sessions to fleetflow_auth using (true) with check (true);

drop policy if exists sessions_read on issuer.sessions;
create policy sessions_read on issuer.sessions for select to fleetflow_sys using (true);
-- <<< sql/policies/issuer_sessions.sql

-- >>> sql/policies/issuer_users.sql
-- The issuer's own role; fleetflow_sys names a user at first sight and erases them.
alter table issuer.users enable row level security;
alter table issuer.users force row level security;

drop policy if exists users_issuer on issuer.users;
create policy users_issuer on issuer.users to fleetflow_auth using (true) with check (true);

drop policy if exists users_read on issuer.users;
create policy users_read on issuer.users for select to fleetflow_sys using (true);

drop policy if exists users_erase on issuer.users;
create policy users_erase on issuer.users for delete to fleetflow_sys using (true);
-- <<< sql/policies/issuer_users.sql

-- >>> sql/policies/issuer_verifications.sql
-- The issuer's own role.
alter table issuer.verifications enable row level security;
alter table issuer.verifications force row level security;

drop policy if exists verifications_issuer on issuer.verifications;
create policy verifications_issuer on issuer.verifications to fleetflow_auth using (true) with check (true);
-- <<< sql/policies/issuer_verifications.sql

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

-- >>> sql/policies/users.sql
-- A person sees and names themselves; admins see all. Suspension and erasure are written by helpers that do nothing else.
alter table public.users enable row level security;
alter table public.users force row level security;

drop policy if exists users_sys on public.users;
create policy users_sys on public.users to fleetflow_sys using (true) with check (true);

drop policy if exists users_read on public.users;
create policy users_read on public.users for select to fleetflow_fn
  using (id = (select private.uid()) or (select private.is_admin()));

drop policy if exists users_change on public.users;
create policy users_change on public.users for update to fleetflow_fn
  using (id = (select private.uid()) and (select private.key_fleet()) is null)
  with check (id = (select private.uid()) and (select private.key_fleet()) is null);
-- <<< sql/policies/users.sql

-- >>> sql/grants/issuer.sql
-- What the issuer's role may touch, and what fleetflow_sys may see of it: whether a session lives, what a new user is called, what to show and whom to erase.
-- Deleting a user takes their sessions and accounts along (foreign keys act as the owner of the tables).
revoke all on issuer.users, issuer.sessions, issuer.accounts, issuer.verifications, issuer.jwks
  from fleetflow_fn, fleetflow_sys, fleetflow_api, fleetflow_auth;

grant select, insert, update, delete on issuer.users, issuer.sessions, issuer.accounts, issuer.verifications, issuer.jwks to fleetflow_auth;
grant select (id, user_id, created_at, expires_at, ip_address, user_agent) on issuer.sessions to fleetflow_sys;
grant select (id, email, email_verified, name, created_at) on issuer.users to fleetflow_sys;
grant delete on issuer.users to fleetflow_sys;
-- <<< sql/grants/issuer.sql

-- >>> sql/grants/schemas.sql
-- Who may look into which schema. Creating objects is granted to function owners only while a migration runs.
grant usage on schema public to fleetflow_owner, fleetflow_fn, fleetflow_sys, fleetflow_api;
grant usage on schema private to fleetflow_fn, fleetflow_sys;
-- fleetflow_sys sees whether a session lives, and erases.
grant usage on schema issuer to fleetflow_auth, fleetflow_sys;
-- <<< sql/grants/schemas.sql

-- >>> sql/grants/tables.sql
-- What the two function roles may touch. The API role gets no table at all.
-- fleetflow_sys sees across people but may not update a trip's car (private.move_trips deletes and inserts); fleetflow_fn is bound by people's policies
-- and may not write `total_cost`, which only the trigger on trip_lines moves.
-- Tables are named: whatever else lives in `public` (views of extensions, other people's tables) is not ours to grant.
revoke all on public.users, public.user_identities, public.fleets, public.fleet_members, public.car_classes, public.rate_plans, public.cars,
  public.trips, public.trip_lines, public.trip_transitions, public.reviews, public.placement, public.idempotency_keys,
  public.rate_plan_seasons, public.quotes, public.driver_assignments, public.outbox, public.event_log, public.event_relay,
  public.api_keys, public.invitations
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
-- Owners alone, by the trigger on these columns.
grant update (slug, name, time_zone, visibility) on public.fleets to fleetflow_fn;
grant update (role), delete on public.fleet_members to fleetflow_fn;
grant insert on public.trip_lines to fleetflow_fn;
grant insert (car_id, id, trip_id, author_id, rating, comment) on public.reviews to fleetflow_fn;
grant select, insert, update (input_hash, outcome, created_at) on public.idempotency_keys to fleetflow_fn;

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

-- The hash of an invitation's token is written by people's functions and read by private.take_invitation alone.
grant select, insert on public.invitations to fleetflow_sys;
grant update (accepted_by, accepted_at, email) on public.invitations to fleetflow_sys;
grant select (id, fleet_id, role, email, invited_by, expires_at, accepted_by, accepted_at, revoked_at, created_at) on public.invitations to fleetflow_fn;
grant insert (id, fleet_id, role, email, token_hash, invited_by, expires_at) on public.invitations to fleetflow_fn;
grant update (revoked_at) on public.invitations to fleetflow_fn;

-- Cars are described by their fleet: never moved to another one, nor rated by hand; their rate plan is put by private.put_rate_plan.
grant insert (id, fleet_id, slug, name) on public.car_classes to fleetflow_fn;
grant insert (id, fleet_id, car_class_id, name, seats, lat_microdegrees, lng_microdegrees, time_zone, prep_minutes, turnaround_minutes,
  back_to_back, instant_booking, odometer, external_id) on public.cars to fleetflow_fn;
grant update (car_class_id, name, seats, lat_microdegrees, lng_microdegrees, time_zone, prep_minutes, turnaround_minutes, back_to_back,
  instant_booking, odometer, external_id, retired_at, retire_reason) on public.cars to fleetflow_fn;

-- People name themselves. An erased person's words are taken out of what stays, also out of the log (private.guard_log).
grant update (name) on public.users to fleetflow_fn;
grant delete on public.user_identities, public.invitations to fleetflow_sys;
grant update (revoked_at) on public.invitations to fleetflow_sys;
grant update (note, near_lat_microdegrees, near_lng_microdegrees, near_metres) on public.trips to fleetflow_sys;
grant update (before) on public.outbox to fleetflow_sys;
grant update (after, was) on public.event_log to fleetflow_sys;
-- <<< sql/grants/tables.sql

-- >>> sql/data/placement.sql
-- Where each table will live on a distributed PostgreSQL: sharded by its car, copied everywhere, or on one node.
insert into public.placement (name, kind, shard_column, colocated_with) values
  ('public.users', 'reference', null, null),
  ('public.user_identities', 'reference', null, null),
  ('public.fleets', 'reference', null, null),
  ('public.fleet_members', 'reference', null, null),
  ('public.api_keys', 'reference', null, null),
  ('public.invitations', 'reference', null, null),
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
  ('issuer.users', 'local', null, null),
  ('issuer.sessions', 'local', null, null),
  ('issuer.accounts', 'local', null, null),
  ('issuer.verifications', 'local', null, null),
  ('issuer.jwks', 'local', null, null),
  ('private.migrations', 'local', null, null)
on conflict (name) do update
  set kind = excluded.kind, shard_column = excluded.shard_column, colocated_with = excluded.colocated_with;
-- <<< sql/data/placement.sql

