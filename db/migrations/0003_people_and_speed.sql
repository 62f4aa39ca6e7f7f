drop function if exists private.expire_holds(uuid, tstzrange);

-- >>> sql/prelude/uuid_v7.sql
-- What: a UUID version 7 (RFC 9562): 48 bits of milliseconds, then 12 bits of sub-millisecond time, then random bits.
-- Who: every function that creates a row. PostgreSQL 18 has uuidv7(); this one runs on 15 as well.
create or replace function private.uuid_v7() returns uuid
  language plpgsql volatile parallel safe
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  v_micros bigint := extract(epoch from clock_timestamp()) * 1000000;
begin
  return lpad(to_hex(v_micros / 1000), 12, '0') || to_hex(28672 + (v_micros % 1000) * 4096 / 1000) || right(gen_random_uuid()::text, 17);
end
$$;

comment on function private.uuid_v7() is 'A time-ordered UUID version 7.';
revoke all on function private.uuid_v7() from public;
grant execute on function private.uuid_v7() to fleetflow_fn, fleetflow_sys;
-- <<< sql/prelude/uuid_v7.sql

ALTER TABLE "trips" DROP CONSTRAINT "trips_purpose_known";
ALTER TABLE "trips" DROP CONSTRAINT "trips_status_known";
ALTER TABLE "trips" DROP CONSTRAINT "trips_period_forward";
ALTER TABLE "trips" DROP CONSTRAINT "trips_period_bounded";
ALTER TABLE "trips" DROP CONSTRAINT "trips_returned_after_begin";
ALTER TABLE "trips" DROP CONSTRAINT "trips_cut_after_begin";
ALTER TABLE "trips" DROP CONSTRAINT "trips_held_until";
ALTER TABLE "trips" DROP CONSTRAINT "trips_requested_until";
ALTER TABLE "trips" DROP CONSTRAINT "trips_odometer_forward";
ALTER TABLE "trips" DROP CONSTRAINT "trips_fuel_percent";
ALTER TABLE "trips" DROP CONSTRAINT "trips_near_whole";
ALTER TABLE "trips" DROP CONSTRAINT "trips_note_length";
ALTER TABLE "trips" DROP CONSTRAINT "trips_buffers_bounded";
ALTER TABLE "trips" DROP CONSTRAINT "trips_total_cost_bounded";
ALTER TABLE "trips" DROP CONSTRAINT "trips_currency_form";
ALTER TABLE "trips" DROP CONSTRAINT "trips_version_positive";
ALTER TABLE "trips" DROP CONSTRAINT "trips_cancel_reason_length";
ALTER TABLE "trips" DROP CONSTRAINT "trips_external_id_length";
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
    'createdById', k.created_by, 'createdAt', private.iso(k.created_at))
    from public.api_keys as k
    left join public.fleet_members as m on m.fleet_id = k.fleet_id and m.user_id = k.user_id
   where k.id = api_key_json.key_id
$$;

comment on function private.api_key_json(uuid) is 'An API key as the API shows it.';
revoke all on function private.api_key_json(uuid) from public;
grant execute on function private.api_key_json(uuid) to fleetflow_fn;
-- <<< sql/functions/api_key_json.sql

-- >>> sql/functions/apply_trip_lines.sql
-- What: moves `trips.total_cost` by what a statement added to, changed in or removed from trip_lines, but for trips that began with the total of
--   the lines they have now. Only a trip of this very statement can be ahead of its lines, and nobody else adds to those.
-- Who: the triggers on trip_lines. Runs as fleetflow_sys, which alone may update the column.
create or replace function private.apply_trip_lines() returns trigger
  language plpgsql volatile security definer
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  v_behind uuid[];
begin
  if tg_op = 'INSERT' then
    select array_agg(t.id) into v_behind
      from (select distinct n.car_id, n.trip_id from new_lines as n) as d
      join public.trips as t on t.car_id = d.car_id and t.id = d.trip_id
     where t.total_cost <> (select sum(l.amount) from public.trip_lines as l where l.car_id = d.car_id and l.trip_id = d.trip_id);
    if v_behind is null then
      return null;
    end if;
  end if;
  if tg_op in ('INSERT', 'UPDATE') then
    update public.trips as t
       set total_cost = t.total_cost + l.amount
      from (select n.car_id, n.trip_id, sum(n.amount) as amount from new_lines as n group by n.car_id, n.trip_id) as l
     where t.car_id = l.car_id and t.id = l.trip_id and l.amount <> 0 and (tg_op = 'UPDATE' or t.id = any (v_behind));
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

-- >>> sql/functions/attempt.sql
-- What: as perform, for a caller whose subtransaction takes back whatever fails: does it and answers {"answer": ...}, or answers what became of
--   the key with "replayed": true. A refusal is raised and stored nowhere, so the call that is then made alone decides.
-- Who: entry functions that run many calls at once, with an actor that private.enter has recognised.
-- Raises: IDEMPOTENCY_KEY_REUSED, BAD_INPUT (field idempotencyKey), and what the operation raises. Locks: the idempotency key, then what the inner
--   function locks.
create or replace function private.attempt(operation text, actor uuid, input jsonb, idempotency_key text) returns jsonb
  language plpgsql volatile
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  v_outcome jsonb;
begin
  perform set_config('fleetflow.operation', attempt.operation, true);
  if attempt.idempotency_key is null then
    return jsonb_build_object('answer', private.run_operation(attempt.operation, attempt.actor, attempt.input));
  end if;
  v_outcome := private.claim_key(attempt.actor, attempt.operation, attempt.idempotency_key, attempt.input);
  if v_outcome is not null then
    return v_outcome || '{"replayed": true}';
  end if;
  v_outcome := jsonb_build_object('answer', private.run_operation(attempt.operation, attempt.actor, attempt.input));
  perform private.settle_key(attempt.actor, attempt.operation, attempt.idempotency_key, v_outcome);
  return v_outcome;
end
$$;

comment on function private.attempt(text, uuid, jsonb, text) is 'Runs a mutation for a caller who takes back what fails.';
revoke all on function private.attempt(text, uuid, jsonb, text) from public;
grant execute on function private.attempt(text, uuid, jsonb, text) to fleetflow_fn;
-- <<< sql/functions/attempt.sql

-- >>> sql/functions/blocked_range.sql
-- What: the range for which a trip takes its car: from the start less preparation to the end plus turnaround.
--   Closed on both sides, or open at the end where trips may follow back to back.
-- Who: everything that books, moves or imports a trip.
create or replace function private.blocked_range(
  starts timestamptz, ends timestamptz, prep_minutes integer, turnaround_minutes integer, back_to_back boolean
) returns tstzrange
  language plpgsql immutable parallel safe
  set search_path = pg_catalog, public, pg_temp
as $$
begin
  return tstzrange(
      blocked_range.starts - make_interval(mins => blocked_range.prep_minutes),
      blocked_range.ends + make_interval(mins => blocked_range.turnaround_minutes),
      case when blocked_range.back_to_back then '[)' else '[]' end);
end
$$;

comment on function private.blocked_range(timestamptz, timestamptz, integer, integer, boolean) is 'What a trip takes of its car.';
revoke all on function private.blocked_range(timestamptz, timestamptz, integer, integer, boolean) from public;
grant execute on function private.blocked_range(timestamptz, timestamptz, integer, integer, boolean) to fleetflow_fn, fleetflow_sys;
-- <<< sql/functions/blocked_range.sql

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
  v_hold_ids uuid[] := '{}';
  v_drivers uuid[] := array_remove(array[(input ->> 'driverId')::uuid], null);
  v_fault jsonb;
  v_id uuid := private.uuid_v7();
  v_respond_by timestamptz;
  v_priced jsonb;
  v_terms jsonb;
  v_trip public.trips;
begin
  if book_period.purpose = 'rental' then
    v_holds := private.own_holds(book_period.car, book_period.renter, book_period.starts, book_period.ends);
    if cardinality(v_holds) > 0 then
      v_hold := v_holds[1];
      v_id := v_hold.id;
      v_hold_ids := array(select h.id from unnest(v_holds) as h);
      v_drivers := v_drivers || array(select h.driver_id from unnest(v_holds) as h where h.driver_id is not null);
    end if;
    v_respond_by := case when not book_period.manages and not (book_period.car).instant_booking then private.respond_by(book_period.starts) end;
  end if;
  if cardinality(v_drivers) > 0 then
    perform private.lock_users(book_period.renter || v_drivers);
  end if;
  v_fault := private.rule_fault(book_period.car, book_period.renter, book_period.purpose, book_period.starts, book_period.ends, book_period.manages,
    case when v_hold.id is not null then tstzrange(v_hold.trip_start_date, v_hold.trip_end_date) end, v_hold_ids);
  if v_fault is not null then
    perform private.refuse_rule(v_fault);
  end if;

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
  -- One statement, so that the total can be there from the start: when it ends its lines are there, too.
  with booked as (
    insert into public.trips as t (car_id, id, fleet_id, booked_by_id, purpose, status, trip_start_date, trip_end_date,
      prep_minutes, turnaround_minutes, back_to_back, blocked, total_cost, currency, rate_plan_id, pricing,
      hold_expires_at, respond_by, pinned, driver_id, series_id, extras, policy, note,
      near_lat_microdegrees, near_lng_microdegrees, near_metres)
    values (car.id, coalesce((terms ->> 'id')::uuid, private.uuid_v7()), car.fleet_id, book_trip.renter, book_trip.purpose, book_trip.status,
      book_trip.starts, book_trip.ends, car.prep_minutes, car.turnaround_minutes, car.back_to_back,
      private.blocked_range(book_trip.starts, book_trip.ends, car.prep_minutes, car.turnaround_minutes, car.back_to_back),
      coalesce((priced ->> 'total')::bigint, 0),
      coalesce(priced ->> 'currency', (select f.currency from public.fleets as f where f.id = car.fleet_id)),
      (priced ->> 'ratePlanId')::uuid, priced -> 'pricing',
      (terms ->> 'holdExpiresAt')::timestamptz, (terms ->> 'respondBy')::timestamptz, coalesce((terms ->> 'pinned')::boolean, true),
      (terms ->> 'driverId')::uuid, (terms ->> 'seriesId')::uuid, coalesce(nullif(terms -> 'extras', 'null'), '[]'), nullif(terms -> 'policy', 'null'), terms ->> 'note',
      (terms ->> 'nearLat')::integer, (terms ->> 'nearLng')::integer, (terms ->> 'nearMetres')::integer)
    on conflict on constraint prevent_overlap do nothing
    returning t.*
  ), lined as (
    insert into public.trip_lines (car_id, trip_id, id, kind, description, quantity, unit_amount, amount)
    select b.car_id, b.id, private.uuid_v7(), l.kind, l.description, l.quantity, l."unitAmount", l.amount
      from booked as b
     cross join jsonb_to_recordset(priced -> 'lines') as l (kind text, description text, quantity integer, "unitAmount" bigint, amount bigint)
  )
  select b.* into v_trip from booked as b;
  if v_trip.id is null then
    return null;
  end if;
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
  v_manages := coalesce(private.my_role(v_car.fleet_id) in ('owner', 'manager'), false);
  if not v_manages and (v_renter <> bookable_car.actor or v_purpose <> 'rental') then
    raise exception using errcode = 'FF403', message = 'FORBIDDEN';
  end if;
  if v_renter <> bookable_car.actor and not private.user_is_active(v_renter) then
    raise exception using errcode = 'FF404', message = 'NOT_FOUND', detail = jsonb_build_object('field', 'userId');
  end if;
  if private.period_fault((input ->> 'startDate')::timestamptz, (input ->> 'endDate')::timestamptz) is not null then
    perform private.check_period((input ->> 'startDate')::timestamptz, (input ->> 'endDate')::timestamptz);
  end if;
  if input ->> 'driverId' is not null then
    perform private.check_driver(v_car.fleet_id, v_renter, (input ->> 'driverId')::uuid, v_manages);
  end if;
  return v_car;
end
$$;

comment on function private.bookable_car(uuid, jsonb) is 'The car that somebody wants to hold or book.';
revoke all on function private.bookable_car(uuid, jsonb) from public;
grant execute on function private.bookable_car(uuid, jsonb) to fleetflow_fn;
-- <<< sql/functions/bookable_car.sql

-- >>> sql/functions/cancellation_policy.sql
-- What: a fleet's choice of cancellation policy written out: {"name", "tiers": [{"beforeMinutes", "refundPpm"}]}, the earliest tier first.
--   NULL chooses flexible; a fleet's own tiers are named custom.
-- Who: policy_of, and cancel_terms for trips that remember none.
create or replace function private.cancellation_policy(chosen jsonb) returns jsonb
  language plpgsql immutable parallel safe
  set search_path = pg_catalog, public, pg_temp
as $$
begin
  return case when jsonb_typeof(chosen) = 'object' then jsonb_build_object('name', 'custom', 'tiers', chosen -> 'tiers')
      else jsonb_build_object('name', coalesce(chosen #>> '{}', 'flexible'), 'tiers', case coalesce(chosen #>> '{}', 'flexible')
        when 'flexible' then '[{"beforeMinutes": 1440, "refundPpm": 1000000}, {"beforeMinutes": 0, "refundPpm": 500000}]'::jsonb
        when 'moderate' then '[{"beforeMinutes": 7200, "refundPpm": 1000000}, {"beforeMinutes": 1440, "refundPpm": 500000}]'
        when 'strict' then '[{"beforeMinutes": 20160, "refundPpm": 1000000}, {"beforeMinutes": 10080, "refundPpm": 500000}]'
        else '[]' end) end;
end
$$;

comment on function private.cancellation_policy(jsonb) is 'A choice of cancellation policy written out.';
revoke all on function private.cancellation_policy(jsonb) from public;
grant execute on function private.cancellation_policy(jsonb) to fleetflow_fn, fleetflow_sys;
-- <<< sql/functions/cancellation_policy.sql

-- >>> sql/functions/check_holds.sql
-- What: refuses a fourth live hold. What somebody holds in a fleet of their own, as its owner or manager, does not count,
--   nor what a fleet holds for them: anybody may open a fleet, and would use up a stranger's three.
-- Who: hold_trip, under the lock of the renter's row. Runs as fleetflow_sys: it counts in every fleet. Raises: QUOTA_EXCEEDED (limit).
create or replace function private.check_holds(renter uuid) returns void
  language plpgsql volatile security definer
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  c_limit constant integer := 3;
  v_held uuid[] := array(
    select t.id from public.trips as t
     where t.booked_by_id = check_holds.renter and t.status = 'held' and t.hold_expires_at > now()
       and not exists (select from public.fleet_members as m
                        where m.user_id = check_holds.renter and m.fleet_id = t.fleet_id and m.role in ('owner', 'manager')));
begin
  if cardinality(v_held) < c_limit then
    return;
  end if;
  if (select count(*) from unnest(v_held) as h (id)
       where not exists (select from public.outbox as o
                          where o.entity_id = h.id and o.before is null and o.actor_id <> check_holds.renter)
         and not exists (select from public.event_log as l
                          where l.entity_id = h.id and l.was is null and l.actor_id <> check_holds.renter)) >= c_limit then
    raise exception using errcode = 'FF108', message = 'QUOTA_EXCEEDED', detail = jsonb_build_object('limit', c_limit);
  end if;
end
$$;

comment on function private.check_holds(uuid) is 'Refuses a fourth live hold.';
alter function private.check_holds(uuid) owner to fleetflow_sys;
revoke all on function private.check_holds(uuid) from public;
grant execute on function private.check_holds(uuid) to fleetflow_fn;
-- <<< sql/functions/check_holds.sql

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
  v_person uuid;
  v_erased timestamptz;
begin
  -- Columns are named only for tables that have them.
  case tg_argv[0]
    when 'user_id' then v_person := new.user_id;
    when 'booked_by_id' then v_person := new.booked_by_id;
    when 'author_id' then v_person := new.author_id;
  end case;
  select u.erased_at into v_erased from public.users as u where u.id = v_person for key share;
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

-- >>> sql/functions/check_total.sql
-- What: refuses a trip that begins with a `total_cost` and whose lines do not say so at the end of the statement.
-- Who: the trigger on inserts into trips. Runs as fleetflow_sys, which sees every line.
create or replace function private.check_total() returns trigger
  language plpgsql volatile security definer
  set search_path = pg_catalog, public, pg_temp
as $$
begin
  if (select t.total_cost from public.trips as t where t.car_id = new.car_id and t.id = new.id)
     <> (select coalesce(sum(l.amount), 0) from public.trip_lines as l where l.car_id = new.car_id and l.trip_id = new.id)
  then
    raise exception using errcode = 'insufficient_privilege', message = 'total_cost follows trip_lines and is never written by hand';
  end if;
  return null;
end
$$;

comment on function private.check_total() is 'Refuses a total_cost that a trip''s lines do not add up to.';
alter function private.check_total() owner to fleetflow_sys;
revoke all on function private.check_total() from public;
-- <<< sql/functions/check_total.sql

-- >>> sql/functions/check_trip.sql
-- What: refuses a row of trips that breaks a rule of its own columns, under the rule's name; of several the first by name. NULL breaks nothing.
--   What prevent_overlap rests on are constraints of their own. One constraint for the others instead of one a rule: PostgreSQL reads every CHECK of a table from its text again for each statement that writes,
--   which took a tenth of the time of a booking.
-- Who: the constraint trips_sound.
create or replace function private.check_trip(
  status text, purpose text, currency text, starts timestamptz, ends timestamptz, returned_at timestamptz, blocked tstzrange, cut boolean,
  prep_minutes integer, turnaround_minutes integer, hold_expires_at timestamptz, respond_by timestamptz,
  total_cost bigint, version integer, odometer_start integer, odometer_end integer, fuel_start integer, fuel_end integer,
  near_lat integer, near_lng integer, near_metres integer, note text, cancel_reason text, external_id text
) returns boolean
  language plpgsql immutable parallel safe
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  v_broken text := case
    when (prep_minutes between 0 and 10080 and turnaround_minutes between 0 and 10080) is false then 'trips_buffers_bounded'
    when (length(cancel_reason) between 1 and 1000) is false then 'trips_cancel_reason_length'
    when (currency ~ '^[A-Z]{3}$') is false then 'trips_currency_form'
    when (not cut or upper(blocked) > starts) is false then 'trips_cut_after_begin'
    when (length(external_id) between 1 and 200) is false then 'trips_external_id_length'
    when (fuel_start between 0 and 100 and fuel_end between 0 and 100) is false then 'trips_fuel_percent'
    when (status <> 'held' or (hold_expires_at is not null and isfinite(hold_expires_at))) is false then 'trips_held_until'
    when (num_nulls(near_lat, near_lng, near_metres) in (0, 3) and near_metres between 1 and 20100000) is false then 'trips_near_whole'
    when (length(note) between 1 and 1000) is false then 'trips_note_length'
    when (odometer_start >= 0 and odometer_end >= coalesce(odometer_start, 0)) is false then 'trips_odometer_forward'
    when (starts >= '1900-01-01 00:00:00+00' and ends < '9999-01-01 00:00:00+00') is false then 'trips_period_bounded'
    when (starts < ends) is false then 'trips_period_forward'
    when (purpose in ('rental', 'maintenance', 'repair', 'owner_use')) is false then 'trips_purpose_known'
    when (status <> 'requested' or (respond_by is not null and isfinite(respond_by))) is false then 'trips_requested_until'
    when (returned_at is null or (isfinite(returned_at) and returned_at > starts - interval '24 hours' and status = 'completed')) is false
      then 'trips_returned_after_begin'
    when (status in ('held', 'requested', 'confirmed', 'active', 'completed', 'cancelled', 'declined', 'expired', 'no_show')) is false
      then 'trips_status_known'
    when (total_cost between -9007199254740991 and 9007199254740991) is false then 'trips_total_cost_bounded'
    when (version >= 1) is false then 'trips_version_positive'
  end;
begin
  if v_broken is not null then
    raise exception using errcode = 'check_violation', schema = 'public', table = 'trips', constraint = v_broken,
      message = format('new row for relation "trips" violates check constraint "%s"', v_broken);
  end if;
  return true;
end
$$;

comment on function private.check_trip(text, text, text, timestamptz, timestamptz, timestamptz, tstzrange, boolean, integer, integer,
  timestamptz, timestamptz, bigint, integer, integer, integer, integer, integer, integer, integer, integer, text, text, text)
  is 'Refuses a row of trips that breaks a rule of its own columns.';
revoke all on function private.check_trip(text, text, text, timestamptz, timestamptz, timestamptz, tstzrange, boolean, integer, integer,
  timestamptz, timestamptz, bigint, integer, integer, integer, integer, integer, integer, integer, integer, text, text, text) from public;
grant execute on function private.check_trip(text, text, text, timestamptz, timestamptz, timestamptz, tstzrange, boolean, integer, integer,
  timestamptz, timestamptz, bigint, integer, integer, integer, integer, integer, integer, integer, integer, text, text, text)
  to fleetflow_fn, fleetflow_sys;
-- <<< sql/functions/check_trip.sql

-- >>> sql/functions/claim_key.sql
-- What: makes an idempotency key the sender's, or answers what became of it: NULL means go on, anything else is the stored outcome.
--   A second sender of the same key waits here for the first. Keys are forgotten after 7 days, whether or not forget_keys has been by.
--   Inputs are the same when they are the same JSON once absent members and NULL are taken for one;
--   what says which secret was made for the answer (secretHash, secretHint) is none of it: the sender did not choose it.
-- Who: perform and attempt, before they do anything else. It has no exception block: a batch counts its subtransactions.
-- Raises: IDEMPOTENCY_KEY_REUSED (the key came with another input before), BAD_INPUT (field idempotencyKey); a lock timeout when the first
--   sender is still at work. Locks: the key, and its person's key.
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
end
$$;

comment on function private.claim_key(uuid, text, text, jsonb) is 'Makes an idempotency key the sender''s, or answers its outcome.';
revoke all on function private.claim_key(uuid, text, text, jsonb) from public;
grant execute on function private.claim_key(uuid, text, text, jsonb) to fleetflow_fn;
-- <<< sql/functions/claim_key.sql

-- >>> sql/functions/create_api_key.sql
-- What: makes an API key of a fleet: a service user with a role, a list of procedures and an end.
-- Who: perform, for create_api_key_rpc. Input: fleet, name, role (manager or driver), procedures, expiresInDays, secretHash (SHA-256 in hex), secretHint.
-- Raises: NOT_FOUND (fleet), FORBIDDEN, BAD_INPUT (name, role, procedures, the first of them that no key can be for with reason NOT_DELEGABLE,
--   expiresInDays, secretHash), QUOTA_EXCEEDED (limit: live keys of a fleet). Locks: the fleet.
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
    when not coalesce(case when jsonb_typeof(input -> 'procedures') = 'array' then jsonb_array_length(input -> 'procedures') between 1 and 200 end,
      false) then 'procedures'
    when not coalesce(input ->> 'secretHash' ~ '^[0-9a-f]{64}$' and length(input ->> 'secretHint') = 4, false) then 'secretHash' end;
  v_id uuid;
begin
  if v_fault is not null then
    raise exception using errcode = 'FF400', message = 'BAD_INPUT', detail = jsonb_build_object('field', v_fault);
  end if;
  select 'procedures.' || p.n - 1 into v_fault from jsonb_array_elements(input -> 'procedures') with ordinality as p (name, n)
   where not jsonb_build_array(p.name) <@ to_jsonb(private.delegable_procedures()) order by p.n limit 1;
  if v_fault is not null then
    raise exception using errcode = 'FF400', message = 'BAD_INPUT', detail = jsonb_build_object('field', v_fault, 'reason', 'NOT_DELEGABLE');
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
  v_email text := private.folded(btrim(input ->> 'email'));
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
  v_manages boolean := coalesce(private.my_role(v_car.fleet_id) in ('owner', 'manager'), false);
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

-- >>> sql/functions/create_trip_call.sql
-- What: the input of create_trip from the JSON of one call: an object with the arguments of create_trip_rpc, without dry_run.
-- Who: create_trips_rpc, for each call, after private.enter.
-- Raises: BAD_INPUT (not an object, a member that create_trip_rpc does not have or of another type); what a cast raises.
create or replace function private.create_trip_call(call jsonb) returns jsonb
  language plpgsql stable
  set search_path = pg_catalog, public, pg_temp
as $$
begin
  if jsonb_typeof(create_trip_call.call) <> 'object' or exists (
    select from jsonb_each(create_trip_call.call) as member
     where case when member.key in ('actor', 'extras') then false
                when jsonb_typeof(member.value) = 'null' then member.key not in ('car_id', 'user_id', 'start_date', 'end_date', 'purpose', 'max_total',
                  'quote_id', 'driver_id', 'idempotency_key', 'alternatives')
                when member.key in ('car_id', 'user_id', 'start_date', 'end_date', 'purpose', 'quote_id', 'driver_id', 'idempotency_key')
                then jsonb_typeof(member.value) <> 'string'
                when member.key in ('max_total', 'alternatives') then jsonb_typeof(member.value) <> 'number'
                else true end)
  then
    raise exception using errcode = 'FF400', message = 'BAD_INPUT', detail = jsonb_build_object('field', 'calls');
  end if;
  return private.create_trip_input(
    (call ->> 'car_id')::uuid, (call ->> 'user_id')::uuid, (call ->> 'start_date')::timestamptz, (call ->> 'end_date')::timestamptz,
    call ->> 'purpose', (call ->> 'max_total')::bigint, (call ->> 'quote_id')::uuid, nullif(call -> 'extras', 'null'),
    (call ->> 'driver_id')::uuid, (call ->> 'alternatives')::integer);
end
$$;

comment on function private.create_trip_call(jsonb) is 'The input of create_trip from the JSON of one call.';
revoke all on function private.create_trip_call(jsonb) from public;
grant execute on function private.create_trip_call(jsonb) to fleetflow_fn;
-- <<< sql/functions/create_trip_call.sql

-- >>> sql/functions/create_trip_input.sql
-- What: the input of create_trip, defaults written out: what a key's input is compared by, however a call came.
-- Who: create_trip_rpc and create_trips_rpc, after private.enter, in whose time zone equal instants are equal text.
create or replace function private.create_trip_input(
  car_id uuid, user_id uuid, start_date timestamptz, end_date timestamptz, purpose text, max_total bigint, quote_id uuid, extras jsonb,
  driver_id uuid, alternatives integer
) returns jsonb
  language plpgsql stable
  set search_path = pg_catalog, public, pg_temp
as $$
begin
  return jsonb_build_object(
    'carId', create_trip_input.car_id, 'userId', create_trip_input.user_id,
    'startDate', create_trip_input.start_date, 'endDate', create_trip_input.end_date,
    'purpose', coalesce(create_trip_input.purpose, 'rental'), 'maxTotal', create_trip_input.max_total,
    'quoteId', create_trip_input.quote_id, 'extras', create_trip_input.extras, 'driverId', create_trip_input.driver_id,
    'alternatives', coalesce(create_trip_input.alternatives, 0));
end
$$;

comment on function private.create_trip_input(uuid, uuid, timestamptz, timestamptz, text, bigint, uuid, jsonb, uuid, integer) is
  'The input of create_trip, defaults written out.';
revoke all on function private.create_trip_input(uuid, uuid, timestamptz, timestamptz, text, bigint, uuid, jsonb, uuid, integer) from public;
grant execute on function private.create_trip_input(uuid, uuid, timestamptz, timestamptz, text, bigint, uuid, jsonb, uuid, integer) to fleetflow_fn;
-- <<< sql/functions/create_trip_input.sql

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
  return private.perform('trips.create', v_actor, private.create_trip_input(
      create_trip_rpc.car_id, create_trip_rpc.user_id, create_trip_rpc.start_date, create_trip_rpc.end_date, create_trip_rpc.purpose,
      create_trip_rpc.max_total, create_trip_rpc.quote_id, create_trip_rpc.extras, create_trip_rpc.driver_id, create_trip_rpc.alternatives),
    create_trip_rpc.idempotency_key, create_trip_rpc.dry_run);
end
$$;

comment on function public.create_trip_rpc(uuid, uuid, timestamptz, timestamptz, jsonb, text, bigint, uuid, jsonb, uuid, text, boolean, integer) is 'Books a car for a period.';
alter function public.create_trip_rpc(uuid, uuid, timestamptz, timestamptz, jsonb, text, bigint, uuid, jsonb, uuid, text, boolean, integer) owner to fleetflow_fn;
revoke all on function public.create_trip_rpc(uuid, uuid, timestamptz, timestamptz, jsonb, text, bigint, uuid, jsonb, uuid, text, boolean, integer) from public;
grant execute on function public.create_trip_rpc(uuid, uuid, timestamptz, timestamptz, jsonb, text, bigint, uuid, jsonb, uuid, text, boolean, integer) to fleetflow_api;
-- <<< sql/functions/create_trip_rpc.sql

-- >>> sql/functions/create_trips_rpc.sql
-- What: books for several people in one transaction. `calls` are 1 to 32 objects with the arguments of create_trip_rpc; the answer has a member for
--   each, in their order: {"answer": ...}, or what the idempotency key had, with "replayed": true, or null, which says "send this one alone".
--   Null is whatever is refused, fails, has to wait or is not well made: nothing of it is left, and its neighbours are not touched.
--   Each call has one subtransaction and no more, so that all of them fit into PostgreSQL's cache of 64.
-- Who: each call by itself, as create_trip_rpc: recognised by its own private.enter, which is preceded by nobody.
-- Raises: nothing about a call, only that `calls` are no 1 to 32 (field calls).
-- Locks: what create_trip_rpc locks, and nobody waits: cars that somebody has are skipped, everything else is given up after a millisecond. Who does
--   not wait is in no deadlock.
create or replace function public.create_trips_rpc(calls jsonb) returns jsonb
  language plpgsql volatile security definer
  set search_path = pg_catalog, public, pg_temp
  set lock_timeout = '1ms'
as $$
declare
  c_uuid constant text := '^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$';
  v_actor uuid;
  v_call jsonb;
  v_idle uuid[];
  v_outcome jsonb;
  v_outcomes jsonb := '[]';
begin
  if jsonb_typeof(create_trips_rpc.calls) is distinct from 'array' or jsonb_array_length(create_trips_rpc.calls) not between 1 and 32 then
    raise exception using errcode = 'FF400', message = 'BAD_INPUT', detail = jsonb_build_object('field', 'calls');
  end if;
  v_idle := private.lock_idle_cars(array(
    select distinct (c.call ->> 'car_id')::uuid from jsonb_array_elements(create_trips_rpc.calls) as c (call) where c.call ->> 'car_id' ~ c_uuid));

  for v_call in select c.call from jsonb_array_elements(create_trips_rpc.calls) with ordinality as c (call, n) order by c.n loop
    v_outcome := null;
    if v_call ->> 'car_id' ~ c_uuid and (v_call ->> 'car_id')::uuid = any (v_idle) then
      begin
        perform private.forget_actor();
        v_actor := private.enter(v_call -> 'actor', 'trips.create', true);
        v_outcome := private.attempt('trips.create', v_actor, private.create_trip_call(v_call), v_call ->> 'idempotency_key');
      exception when others then
        v_outcome := null;
      end;
    end if;
    v_outcomes := v_outcomes || jsonb_build_array(v_outcome);
  end loop;
  return v_outcomes;
end
$$;

comment on function public.create_trips_rpc(jsonb) is 'Books for several people in one transaction.';
alter function public.create_trips_rpc(jsonb) owner to fleetflow_fn;
revoke all on function public.create_trips_rpc(jsonb) from public;
grant execute on function public.create_trips_rpc(jsonb) to fleetflow_api;
-- <<< sql/functions/create_trips_rpc.sql

-- >>> sql/functions/end_after.sql
-- What: where a rental of so many minutes ends: whole days by the wall clock of the zone, as days are priced, and the rest in real time.
--   A limit of one day lets Saturday 10:00 to Sunday 10:00 pass, whether the clocks are changed in between or not.
-- Who: rule_fault.
create or replace function private.end_after(starts timestamptz, minutes integer, time_zone text) returns timestamptz
  language plpgsql immutable parallel safe
  set search_path = pg_catalog, public, pg_temp
as $$
begin
  return make_interval(mins => end_after.minutes % 1440)
           + case when end_after.minutes < 1440 then end_after.starts
                  else private.instant_of(end_after.starts at time zone end_after.time_zone + make_interval(days => end_after.minutes / 1440), end_after.time_zone) end;
end
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
          <@ private.hours_within((end_fault.fleet).opening_hours, (end_fault.fleet).closed_days, end_fault.time_zone, tstzrange(end_fault.ends, end_fault.ends, '[]')) then
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
   where i.accepted_by = v_person or i.email = private.folded(v_email);
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

-- >>> sql/functions/expire_holds.sql
-- What: writes down what time has decided about a car's trips: dead holds and requests expire and no longer block the car, what is no rental
--   is completed at its end. Nobody's doing: the change carries no user.
-- Who: lock_car where there is anything to write, so whoever takes a car's lock. Runs as fleetflow_sys: the trips are other people's.
create or replace function private.expire_holds(car_id uuid) returns void
  language plpgsql volatile security definer
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  v_uid text := current_setting('fleetflow.uid', true);
  v_operation text := current_setting('fleetflow.operation', true);
begin
  perform set_config('fleetflow.uid', '', true), set_config('fleetflow.operation', 'time', true);
  update public.trips as t
     set status = (private.settled(t)).status, returned_at = (private.settled(t)).returned_at
   where t.car_id = expire_holds.car_id
     and (case when t.status = 'held' then t.hold_expires_at when t.status = 'requested' then t.respond_by
                 when t.purpose <> 'rental' and t.status in ('confirmed', 'active') then t.trip_end_date end) <= now();
  perform set_config('fleetflow.uid', coalesce(v_uid, ''), true), set_config('fleetflow.operation', coalesce(v_operation, ''), true);
end
$$;

comment on function private.expire_holds(uuid) is 'Writes down what time has decided about a car''s trips.';
alter function private.expire_holds(uuid) owner to fleetflow_sys;
revoke all on function private.expire_holds(uuid) from public;
grant execute on function private.expire_holds(uuid) to fleetflow_fn;
-- <<< sql/functions/expire_holds.sql

-- >>> sql/functions/folded.sql
-- What: an e-mail address by which two spellings are one: in any case of ASCII letters, and of no others. The lower case of KELVIN SIGN is k, and
--   whoever has that address has not the other.
-- Who: whatever asks whether somebody has an address.
create or replace function private.folded(email text) returns text
  language sql immutable parallel safe
  set search_path = pg_catalog, public, pg_temp
as $$
  select lower(folded.email collate "C")
$$;

comment on function private.folded(text) is 'An e-mail address in any case of ASCII letters.';
revoke all on function private.folded(text) from public;
grant execute on function private.folded(text) to fleetflow_fn, fleetflow_sys;
-- <<< sql/functions/folded.sql

-- >>> sql/functions/forget_actor.sql
-- What: makes the transaction nobody's again, so that what runs next in it acts for nobody until private.enter has recognised its own actor.
-- Who: entry functions that run the calls of several people, before each.
create or replace function private.forget_actor() returns void
  language plpgsql volatile
  set search_path = pg_catalog, public, pg_temp
as $$
begin
  perform set_config('fleetflow.uid', '', true), set_config('fleetflow.admin', 'off', true), set_config('fleetflow.fleet', '', true),
          set_config('fleetflow.session', '', true), set_config('fleetflow.operation', '', true);
end
$$;

comment on function private.forget_actor() is 'Makes the transaction nobody''s again.';
revoke all on function private.forget_actor() from public;
grant execute on function private.forget_actor() to fleetflow_fn;
-- <<< sql/functions/forget_actor.sql

-- >>> sql/functions/guard_total.sql
-- What: refuses a `total_cost` that somebody sets by hand.
-- Who: the triggers on trips. The trigger on trip_lines, which alone may move the column, runs one level deeper than a statement.
create or replace function private.guard_total() returns trigger
  language plpgsql volatile
  set search_path = pg_catalog, public, pg_temp
as $$
begin
  if pg_trigger_depth() > 1 then
    return new;
  end if;
  raise exception using errcode = 'insufficient_privilege', message = 'total_cost follows trip_lines and is never written by hand';
end
$$;

comment on function private.guard_total() is 'Refuses a total_cost that does not come from trip_lines.';
revoke all on function private.guard_total() from public;
-- <<< sql/functions/guard_total.sql

-- >>> sql/functions/hours_within.sql
-- What: the part of a finite period in which a fleet with these opening hours and closed days is open, by the clock of a zone; all of it for a
--   fleet without either, NULL for a period without finite bounds.
-- Who: open_ranges; rules, which have the fleet at hand.
create or replace function private.hours_within(opening_hours jsonb, closed_days date[], time_zone text, during tstzrange) returns tstzmultirange
  language plpgsql stable parallel safe
  set search_path = pg_catalog, public, pg_temp
as $$
begin
  if hours_within.opening_hours is null and cardinality(hours_within.closed_days) = 0 then
    return tstzmultirange(hours_within.during);
  end if;
  return private.open_instants(hours_within.opening_hours, hours_within.closed_days, hours_within.time_zone, hours_within.during);
end
$$;

comment on function private.hours_within(jsonb, date[], text, tstzrange) is 'The open part of a period.';
revoke all on function private.hours_within(jsonb, date[], text, tstzrange) from public;
grant execute on function private.hours_within(jsonb, date[], text, tstzrange) to fleetflow_fn, fleetflow_sys;
-- <<< sql/functions/hours_within.sql

-- >>> sql/functions/is_admin.sql
-- What: whether private.enter found the acting user to be an administrator.
-- Who: policies and entry functions. Admins read everything; they write nothing that is not theirs.
create or replace function private.is_admin() returns boolean
  language plpgsql stable parallel safe
  set search_path = pg_catalog, public, pg_temp
as $$
begin
  return coalesce(current_setting('fleetflow.admin', true), '') = 'on';
end
$$;

comment on function private.is_admin() is 'Whether the acting user is an administrator.';
revoke all on function private.is_admin() from public;
grant execute on function private.is_admin() to fleetflow_fn, fleetflow_sys;
-- <<< sql/functions/is_admin.sql

-- >>> sql/functions/keep_owner.sql
-- What: refuses whatever would leave a fleet without an owner who is a person and not suspended: the others could not let anybody in. A fleet that is being deleted needs none.
-- Who: the trigger on owners' rows of fleet_members, whoever writes. Runs as fleetflow_sys: who leaves does not see who stays.
-- Raises: LAST_OWNER (fleetId). Locks: the fleet, so that of two owners who go at once one stays.
create or replace function private.keep_owner() returns trigger
  language plpgsql volatile security definer
  set search_path = pg_catalog, public, pg_temp
as $$
begin
  if private.is_service(old.user_id) or not private.lock_fleet(old.fleet_id) then
    return null;
  end if;
  if not exists (
    select from public.fleet_members as m join public.users as u on u.id = m.user_id
     where m.fleet_id = old.fleet_id and m.role = 'owner' and u.suspended_at is null and not private.is_service(m.user_id))
  then
    raise exception using errcode = 'FF013', message = 'LAST_OWNER', detail = jsonb_build_object('fleetId', old.fleet_id);
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
  language plpgsql stable parallel safe
  set search_path = pg_catalog, public, pg_temp
as $$
begin
  return nullif(current_setting('fleetflow.fleet', true), '')::uuid;
end
$$;

comment on function private.key_fleet() is 'The fleet of the acting API key, or NULL.';
revoke all on function private.key_fleet() from public;
grant execute on function private.key_fleet() to fleetflow_fn, fleetflow_sys;
-- <<< sql/functions/key_fleet.sql

-- >>> sql/functions/lock_car.sql
-- What: takes the row lock under which a car's trips are written, writes down what time has decided about them, so that whoever holds the lock
--   never meets a dead hold, and hands out the car's row as it is under the lock; NULL where there is no such car.
-- Who: every function that writes a trip, before any insert or update. Several cars: lock_cars.
-- Runs as fleetflow_sys: a renter may not update a car, and `for no key update` under row level security asks for that right. Locks: the car.
create or replace function private.lock_car(car_id uuid) returns public.cars
  language plpgsql volatile security definer
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  v_car public.cars;
  v_first timestamptz;
begin
  select c.* into v_car from public.cars as c where c.id = lock_car.car_id for no key update;
  -- Asked here, because nearly always there is nothing to do; and for the first limit instead of whether one has passed, because of an index
  -- that is nearly empty PostgreSQL knows too little to read it and not the table.
  select case when t.status = 'held' then t.hold_expires_at when t.status = 'requested' then t.respond_by
              when t.purpose <> 'rental' and t.status in ('confirmed', 'active') then t.trip_end_date end as runs_out into v_first
    from public.trips as t
   where t.car_id = v_car.id
     and (case when t.status = 'held' then t.hold_expires_at when t.status = 'requested' then t.respond_by
               when t.purpose <> 'rental' and t.status in ('confirmed', 'active') then t.trip_end_date end) is not null
   order by runs_out limit 1;
  if v_first <= now() then
    perform private.expire_holds(v_car.id);
  end if;
  return v_car;
end
$$;

comment on function private.lock_car(uuid) is 'Locks a car; every write on a trip starts here.';
alter function private.lock_car(uuid) owner to fleetflow_sys;
revoke all on function private.lock_car(uuid) from public;
grant execute on function private.lock_car(uuid) to fleetflow_fn;
-- <<< sql/functions/lock_car.sql

-- >>> sql/functions/lock_cars.sql
-- What: locks several cars in ascending order of id, each as lock_car does. Answers how many there are.
-- Who: functions that write trips of more than one car. Runs as fleetflow_sys, as lock_car does. Locks: the cars.
create or replace function private.lock_cars(car_ids uuid[]) returns integer
  language plpgsql volatile security definer
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  v_id uuid;
  v_locked integer := 0;
begin
  for v_id in select distinct c.id from unnest(lock_cars.car_ids) as c (id) order by c.id loop
    if (private.lock_car(v_id)).id is not null then
      v_locked := v_locked + 1;
    end if;
  end loop;
  return v_locked;
end
$$;

comment on function private.lock_cars(uuid[]) is 'Locks cars in ascending order.';
alter function private.lock_cars(uuid[]) owner to fleetflow_sys;
revoke all on function private.lock_cars(uuid[]) from public;
grant execute on function private.lock_cars(uuid[]) to fleetflow_fn;
-- <<< sql/functions/lock_cars.sql

-- >>> sql/functions/lock_idle_cars.sql
-- What: takes the row locks of those cars that nobody else has, in ascending order of id, without ever waiting, and answers their ids.
--   Unlike lock_cars it writes nothing: each call of a batch does that itself, with lock_cars, in what is taken back when it fails.
-- Who: entry functions that run many calls at once, before the first. Locks: the cars.
-- Runs as fleetflow_sys: a renter may not update a car, and `for no key update` under row level security asks for that right.
create or replace function private.lock_idle_cars(car_ids uuid[]) returns uuid[]
  language sql volatile security definer
  set search_path = pg_catalog, public, pg_temp
as $$
  select coalesce(array_agg(idle.id), '{}')
    from (select c.id from public.cars as c where c.id = any (lock_idle_cars.car_ids) order by c.id for no key update skip locked) as idle
$$;

comment on function private.lock_idle_cars(uuid[]) is 'Locks the cars that nobody else has, without waiting.';
alter function private.lock_idle_cars(uuid[]) owner to fleetflow_sys;
revoke all on function private.lock_idle_cars(uuid[]) from public;
grant execute on function private.lock_idle_cars(uuid[]) to fleetflow_fn;
-- <<< sql/functions/lock_idle_cars.sql

-- >>> sql/functions/may_add_lines.sql
-- What: whether the caller may add lines to a trip's price: its renter, by an API key in its fleet alone; its fleet's owners and managers; and
--   drivers where they take the car back. One call for a row: an insert would have PostgreSQL prepare the policies of trips besides.
--   Volatile: it has to see a trip that the same statement stores.
-- Who: the policy trip_lines_add. Runs as fleetflow_sys.
create or replace function private.may_add_lines(car_id uuid, trip_id uuid) returns boolean
  language plpgsql volatile security definer
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  v_renter uuid;
  v_fleet uuid;
  v_role text;
begin
  select t.booked_by_id, t.fleet_id into v_renter, v_fleet from public.trips as t where t.car_id = may_add_lines.car_id and t.id = may_add_lines.trip_id;
  if v_renter = private.uid() and v_fleet = coalesce(private.key_fleet(), v_fleet) then
    return true;
  end if;
  v_role := private.my_role(v_fleet);
  return coalesce(v_role in ('owner', 'manager') or (v_role = 'driver' and current_setting('fleetflow.operation', true) = 'trips.complete'), false);
end
$$;

comment on function private.may_add_lines(uuid, uuid) is 'Whether the caller may add lines to a trip''s price.';
alter function private.may_add_lines(uuid, uuid) owner to fleetflow_sys;
revoke all on function private.may_add_lines(uuid, uuid) from public;
grant execute on function private.may_add_lines(uuid, uuid) to fleetflow_fn;
-- <<< sql/functions/may_add_lines.sql

-- >>> sql/functions/may_book.sql
-- What: whether the caller may store a trip of this renter in this fleet: renters their own rentals, by an API key in its fleet alone;
--   owners and managers any. One call for one row: an insert would have PostgreSQL prepare three subqueries instead.
-- Who: the policy trips_book.
create or replace function private.may_book(fleet_id uuid, booked_by_id uuid, purpose text) returns boolean
  language plpgsql stable
  set search_path = pg_catalog, public, pg_temp
as $$
begin
  return (may_book.purpose = 'rental' and may_book.booked_by_id = private.uid() and may_book.fleet_id = coalesce(private.key_fleet(), may_book.fleet_id))
    or coalesce(private.my_role(may_book.fleet_id) in ('owner', 'manager'), false);
end
$$;

comment on function private.may_book(uuid, uuid, text) is 'Whether the caller may store a trip.';
revoke all on function private.may_book(uuid, uuid, text) from public;
grant execute on function private.may_book(uuid, uuid, text) to fleetflow_fn;
-- <<< sql/functions/may_book.sql

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
    'createdAt', private.iso((member_json.member).created_at))
    from public.users as u
   where u.id = (member_json.member).user_id
$$;

comment on function private.member_json(public.fleet_members) is 'A member as the API shows them.';
alter function private.member_json(public.fleet_members) owner to fleetflow_sys;
revoke all on function private.member_json(public.fleet_members) from public;
grant execute on function private.member_json(public.fleet_members) to fleetflow_fn;
-- <<< sql/functions/member_json.sql

-- >>> sql/functions/my_role.sql
-- What: the caller's role in a fleet; NULL for who is no member, and by an API key in every fleet but the key's.
-- Who: functions that ask about one fleet; for several there is my_fleets. Runs as fleetflow_sys, as my_fleets does.
create or replace function private.my_role(fleet_id uuid) returns text
  language plpgsql stable security definer
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  v_role text;
begin
  select m.role into v_role
    from public.fleet_members as m
   where m.fleet_id = my_role.fleet_id and m.user_id = private.uid() and m.fleet_id = coalesce(private.key_fleet(), m.fleet_id);
  return v_role;
end
$$;

comment on function private.my_role(uuid) is 'The caller''s role in a fleet.';
alter function private.my_role(uuid) owner to fleetflow_sys;
revoke all on function private.my_role(uuid) from public;
grant execute on function private.my_role(uuid) to fleetflow_fn;
-- <<< sql/functions/my_role.sql

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
    if tg_op = 'DELETE' then
      v_version := old.version + (not exists (
        select from public.outbox as o
         where o.entity_id = old.id and o.xact = pg_current_xact_id() and o.version = old.version and o.car_id = v_car
           and (o.before is null or o.before -> 'version' = o.after -> 'version')))::integer;
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

-- >>> sql/functions/open_ranges.sql
-- What: when trips of a fleet's cars in a zone may begin and end, within a finite period.
-- Who: windows and searches; once for each fleet and zone, not for each car.
create or replace function private.open_ranges(fleet_id uuid, time_zone text, during tstzrange) returns tstzmultirange
  language sql stable parallel safe
  set search_path = pg_catalog, public, pg_temp
as $$
  select private.hours_within(f.opening_hours, f.closed_days, open_ranges.time_zone, open_ranges.during)
    from public.fleets as f
   where f.id = open_ranges.fleet_id
$$;

comment on function private.open_ranges(uuid, text, tstzrange) is 'When trips of a fleet''s cars may begin and end.';
revoke all on function private.open_ranges(uuid, text, tstzrange) from public;
grant execute on function private.open_ranges(uuid, text, tstzrange) to fleetflow_fn, fleetflow_sys;
-- <<< sql/functions/open_ranges.sql

-- >>> sql/functions/own_holds.sql
-- What: the live holds of a renter that stand in the way of their own booking, the earliest first: they are not in its way.
-- Who: create_trip, under the car's lock (dead holds are gone by then) and the caller's policies.
create or replace function private.own_holds(car public.cars, renter uuid, starts timestamptz, ends timestamptz) returns public.trips[]
  language plpgsql stable
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  v_holds public.trips[];
  v_blocked tstzrange := private.blocked_range(own_holds.starts, own_holds.ends,
    (own_holds.car).prep_minutes, (own_holds.car).turnaround_minutes, (own_holds.car).back_to_back);
begin
  select array_agg(t order by t.trip_start_date, t.id) into v_holds
    from public.trips as t
   where t.car_id = (own_holds.car).id and t.status = 'held' and t.booked_by_id = own_holds.renter and t.blocked && v_blocked;
  return coalesce(v_holds, '{}');
end
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
  v_state := set_config('fleetflow.operation', perform.operation, true);
  if v_keyed then
    begin
      v_outcome := private.claim_key(perform.actor, perform.operation, perform.idempotency_key, perform.input);
    exception when lock_not_available then
      raise exception using errcode = 'FF012', message = 'IDEMPOTENCY_IN_PROGRESS', detail = jsonb_build_object('field', 'idempotencyKey');
    end;
    if v_outcome is not null then
      return v_outcome || '{"replayed": true}';
    end if;
  end if;

  begin
    v_answer := private.run_operation(perform.operation, perform.actor, perform.input);
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
          'userAgent', l.user_agent)
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

-- >>> sql/functions/policy_of.sql
-- What: the cancellation policy that a fleet has now, as a rental that is booked now will remember it.
-- Who: functions that book. Runs as fleetflow_sys: a renter may have a trip in a fleet that shows itself to its members only.
create or replace function private.policy_of(fleet_id uuid) returns jsonb
  language plpgsql stable security definer
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  v_chosen jsonb;
begin
  select f.cancellation_policy into v_chosen from public.fleets as f where f.id = policy_of.fleet_id;
  return private.cancellation_policy(v_chosen);
end
$$;

comment on function private.policy_of(uuid) is 'The cancellation policy of a fleet.';
alter function private.policy_of(uuid) owner to fleetflow_sys;
revoke all on function private.policy_of(uuid) from public;
grant execute on function private.policy_of(uuid) to fleetflow_fn;
-- <<< sql/functions/policy_of.sql

-- >>> sql/functions/rate_plan_of.sql
-- What: the rate plan that prices a car: its own, else its class's, else its fleet's; NULL where there is none.
-- Who: functions that price a car that the caller sees. Runs as fleetflow_sys: what a car costs does not depend on who asks.
create or replace function private.rate_plan_of(car public.cars) returns public.rate_plans
  language plpgsql stable security definer
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  v_plan public.rate_plans;
begin
  select p.* into v_plan
    from public.fleets as f
    join public.car_classes as cc on cc.id = (rate_plan_of.car).car_class_id
    join public.rate_plans as p on p.id = coalesce((rate_plan_of.car).rate_plan_id, cc.rate_plan_id, f.rate_plan_id)
   where f.id = (rate_plan_of.car).fleet_id;
  return v_plan;
end
$$;

comment on function private.rate_plan_of(public.cars) is 'The rate plan that prices a car.';
alter function private.rate_plan_of(public.cars) owner to fleetflow_sys;
revoke all on function private.rate_plan_of(public.cars) from public;
grant execute on function private.rate_plan_of(public.cars) to fleetflow_fn, fleetflow_sys;
-- <<< sql/functions/rate_plan_of.sql

-- >>> sql/functions/run_operation.sql
-- What: the inner function of an operation. One statement a branch: PostgreSQL prepares an expression whole, once in each transaction, also the
--   branches that it does not take; bookings come first because the branches are tried in their order.
-- Who: perform, inside its subtransaction, and attempt, inside its caller's. Raises: what the inner function raises.
create or replace function private.run_operation(operation text, actor uuid, input jsonb) returns jsonb
  language plpgsql volatile
  set search_path = pg_catalog, public, pg_temp
as $$
begin
  case run_operation.operation
    when 'trips.create' then
      return private.create_trip(run_operation.actor, run_operation.input);
    when 'apiKeys.create' then
      return private.create_api_key(run_operation.actor, run_operation.input);
    when 'apiKeys.revoke' then
      return private.revoke_api_key(run_operation.actor, run_operation.input);
    when 'carClasses.create' then
      return private.create_class(run_operation.actor, run_operation.input);
    when 'cars.create' then
      return private.create_car(run_operation.actor, run_operation.input);
    when 'cars.retire' then
      return private.retire_car(run_operation.actor, run_operation.input);
    when 'cars.update' then
      return private.update_car(run_operation.actor, run_operation.input);
    when 'fleets.create' then
      return private.create_fleet(run_operation.actor, run_operation.input);
    when 'fleets.setRules' then
      return private.set_fleet_rules(run_operation.actor, run_operation.input);
    when 'fleets.transfer' then
      return private.transfer_fleet(run_operation.actor, run_operation.input);
    when 'fleets.update' then
      return private.update_fleet(run_operation.actor, run_operation.input);
    when 'invitations.accept' then
      return private.accept_invitation(run_operation.actor, run_operation.input);
    when 'invitations.create' then
      return private.create_invitation(run_operation.actor, run_operation.input);
    when 'invitations.revoke' then
      return private.revoke_invitation(run_operation.actor, run_operation.input);
    when 'me.erase' then
      return private.erase_me(run_operation.actor, run_operation.input);
    when 'me.update' then
      return private.update_me(run_operation.actor, run_operation.input);
    when 'members.leave' then
      return private.leave_fleet(run_operation.actor, run_operation.input);
    when 'members.remove' then
      return private.remove_member(run_operation.actor, run_operation.input);
    when 'members.setRole' then
      return private.set_member_role(run_operation.actor, run_operation.input);
    when 'ratePlans.assign' then
      return private.assign_rate_plan(run_operation.actor, run_operation.input);
    when 'ratePlans.create' then
      return private.create_rate_plan(run_operation.actor, run_operation.input);
    when 'ratePlans.preview' then
      return private.preview_rate_plan(run_operation.actor, run_operation.input);
    when 'reviews.create' then
      return private.create_review(run_operation.actor, run_operation.input);
    when 'trips.approve' then
      return private.answer_request(run_operation.actor, run_operation.input, 'approve');
    when 'trips.block' then
      return private.block_car(run_operation.actor, run_operation.input);
    when 'trips.cancel' then
      return private.cancel_trip(run_operation.actor, run_operation.input);
    when 'trips.complete' then
      return private.complete_trip(run_operation.actor, run_operation.input);
    when 'trips.createInClass' then
      return private.create_trip_in_class(run_operation.actor, run_operation.input);
    when 'trips.createSeries' then
      return private.create_trip_series(run_operation.actor, run_operation.input);
    when 'trips.decline' then
      return private.answer_request(run_operation.actor, run_operation.input, 'decline');
    when 'trips.hold' then
      return private.hold_trip(run_operation.actor, run_operation.input);
    when 'trips.modify' then
      return private.modify_trip(run_operation.actor, run_operation.input);
    when 'trips.noShow' then
      return private.no_show_trip(run_operation.actor, run_operation.input);
    when 'trips.quote' then
      return private.quote_trip(run_operation.actor, run_operation.input);
    when 'trips.start' then
      return private.start_trip(run_operation.actor, run_operation.input);
    when 'trips.swap' then
      return private.swap_trips(run_operation.actor, run_operation.input);
    when 'users.reinstate' then
      return private.reinstate_user(run_operation.actor, run_operation.input);
    when 'users.suspend' then
      return private.suspend_user(run_operation.actor, run_operation.input);
  end case;
end
$$;

comment on function private.run_operation(text, uuid, jsonb) is 'Runs the inner function of an operation.';
revoke all on function private.run_operation(text, uuid, jsonb) from public;
grant execute on function private.run_operation(text, uuid, jsonb) to fleetflow_fn;
-- <<< sql/functions/run_operation.sql

-- >>> sql/functions/same_extras.sql
-- What: whether a choice of extras is the one that was quoted, in any order; a quantity that is not given is 1. NULL is any choice.
-- Who: use_quote.
create or replace function private.same_extras(chosen jsonb, quoted jsonb) returns boolean
  language plpgsql immutable parallel safe
  set search_path = pg_catalog, public, pg_temp
as $$
begin
  if same_extras.chosen is null or same_extras.chosen = 'null' then
    return true;
  end if;
  return not exists (
    select from jsonb_array_elements(same_extras.chosen) as c (x)
      full join jsonb_array_elements(same_extras.quoted) as q (y) on x ->> 'code' = y ->> 'code'
     where coalesce(x ->> 'quantity', case when x is not null then '1' end) is distinct from y ->> 'quantity');
end
$$;

comment on function private.same_extras(jsonb, jsonb) is 'Whether a choice of extras is the one that was quoted.';
revoke all on function private.same_extras(jsonb, jsonb) from public;
grant execute on function private.same_extras(jsonb, jsonb) to fleetflow_fn;
-- <<< sql/functions/same_extras.sql

-- >>> sql/functions/settle_key.sql
-- What: stores the outcome of a mutation under its key, in the mutation's own transaction.
-- Who: perform.
create or replace function private.settle_key(actor uuid, operation text, key text, outcome jsonb) returns void
  language plpgsql volatile
  set search_path = pg_catalog, public, pg_temp
as $$
begin
  update public.idempotency_keys as k
     set outcome = settle_key.outcome
   where k.user_id = settle_key.actor and k.operation = settle_key.operation and k.key = settle_key.key;
end
$$;

comment on function private.settle_key(uuid, text, text, jsonb) is 'Stores what became of a mutation.';
revoke all on function private.settle_key(uuid, text, text, jsonb) from public;
grant execute on function private.settle_key(uuid, text, text, jsonb) to fleetflow_fn;
-- <<< sql/functions/settle_key.sql

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
         <@ private.hours_within((start_fault.fleet).opening_hours, (start_fault.fleet).closed_days, start_fault.time_zone, tstzrange(start_fault.starts, start_fault.starts, '[]')) then
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
  v_car := private.lock_car(take_car.car_id);
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
     and (i.email is null or exists (select from public.users as u where u.id = private.uid() and private.folded(u.email) = i.email))
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

-- >>> sql/functions/tariff_of.sql
-- What: a version of a rate plan with its seasons, as the one document that private.price_rental reads.
-- Who: price_trip, reprice_lines; for many cars of one plan once. Runs as fleetflow_sys, as rate_plan_of does.
create or replace function private.tariff_of(plan public.rate_plans) returns jsonb
  language plpgsql stable parallel safe security definer
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  v_seasons jsonb;
begin
  select jsonb_agg(jsonb_strip_nulls(jsonb_build_object('name', s.name, 'from', lower(s.days), 'to', upper(s.days) - 1,
           'dayRate', s.day_rate, 'ppm', s.ppm)) order by s.days) into v_seasons
    from public.rate_plan_seasons as s where s.rate_plan_id = (tariff_of.plan).id;
  return (tariff_of.plan).rules || jsonb_build_object('currency', (tariff_of.plan).currency, 'dayRate', (tariff_of.plan).day_rate,
    'hourRate', (tariff_of.plan).hour_rate, 'minimumCharge', (tariff_of.plan).minimum_charge, 'seasons', coalesce(v_seasons, '[]'));
end
$$;

comment on function private.tariff_of(public.rate_plans) is 'A version of a rate plan as one document.';
alter function private.tariff_of(public.rate_plans) owner to fleetflow_sys;
revoke all on function private.tariff_of(public.rate_plans) from public;
grant execute on function private.tariff_of(public.rate_plans) to fleetflow_fn, fleetflow_sys;
-- <<< sql/functions/tariff_of.sql

-- >>> sql/functions/transfer_fleet.sql
-- What: hands a fleet to another member, who becomes an owner as the caller becomes a manager.
-- Who: perform, for transfer_fleet_rpc. Input: fleet, userId.
-- Raises: NOT_FOUND (fleet; userId: no member, or suspended), FORBIDDEN, BAD_INPUT (userId with reason SERVICE_USER or ONESELF).
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
    raise exception using errcode = 'FF400', message = 'BAD_INPUT', detail = jsonb_build_object('field', 'userId', 'reason', 'ONESELF');
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

-- >>> sql/functions/trip_json.sql
-- What: a trip as the API shows it.
-- Who: entry functions, with a row they have read under the caller's policies.
create or replace function private.trip_json(trip public.trips) returns jsonb
  language plpgsql stable parallel safe
  set search_path = pg_catalog, public, pg_temp
as $$
begin
  return jsonb_build_object(
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
      'updatedAt', private.iso((trip_json.trip).updated_at));
end
$$;

comment on function private.trip_json(public.trips) is 'A trip as the API shows it.';
revoke all on function private.trip_json(public.trips) from public;
grant execute on function private.trip_json(public.trips) to fleetflow_fn, fleetflow_sys;
-- <<< sql/functions/trip_json.sql

-- >>> sql/functions/uid.sql
-- What: the user that private.enter recognised in this transaction, or NULL.
-- Who: policies and entry functions. A setting that was never set is NULL, one that was set locally before is ''.
create or replace function private.uid() returns uuid
  language plpgsql stable parallel safe
  set search_path = pg_catalog, public, pg_temp
as $$
begin
  return nullif(current_setting('fleetflow.uid', true), '')::uuid;
end
$$;

comment on function private.uid() is 'The acting user of this transaction, or NULL.';
revoke all on function private.uid() from public;
grant execute on function private.uid() to fleetflow_fn, fleetflow_sys;
-- <<< sql/functions/uid.sql

-- >>> sql/functions/update_me.sql
-- What: changes the caller's display name.
-- Who: perform, for update_me_rpc. Input: name. Raises: FORBIDDEN (API keys), BAD_INPUT (field name). Locks: the user.
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
  update public.users as u set name = v_name where u.id = update_me.actor and u.erased_at is null;
  -- Erased while this waited for the row: nobody is recognised the next time.
  if not found then
    perform private.try_again();
  end if;
  return private.me_json(update_me.actor);
end
$$;

comment on function private.update_me(uuid, jsonb) is 'Changes the caller''s display name.';
revoke all on function private.update_me(uuid, jsonb) from public;
grant execute on function private.update_me(uuid, jsonb) to fleetflow_fn;
-- <<< sql/functions/update_me.sql

-- >>> sql/constraints/trips_sound.sql
-- The rules of one row of trips but those on `blocked`, each under its own name in private.check_trip.
alter table public.trips drop constraint if exists trips_sound;

-- squawk-ignore constraint-missing-not-valid
alter table public.trips add constraint trips_sound check (private.check_trip(
  status, purpose, currency, trip_start_date, trip_end_date, returned_at, blocked, cut, prep_minutes, turnaround_minutes,
  hold_expires_at, respond_by, total_cost, version, odometer_start, odometer_end, fuel_start, fuel_end,
  near_lat_microdegrees, near_lng_microdegrees, near_metres, note, cancel_reason, external_id));
-- <<< sql/constraints/trips_sound.sql

-- >>> sql/triggers/idempotency_keys_person.sql
-- Nothing new is stored about somebody who was erased meanwhile.
drop trigger if exists _110_person on public.idempotency_keys;
create trigger _110_person after insert on public.idempotency_keys
  for each row execute function private.check_person('user_id');
-- <<< sql/triggers/idempotency_keys_person.sql

-- >>> sql/triggers/trips_total.sql
-- `trips.total_cost` is what the lines say, whatever the rights of who writes: a trip may begin with a total if its lines come in the same
-- statement; after that only the trigger on trip_lines moves it.
drop trigger if exists _050_total_insert on public.trips;
drop trigger if exists _110_total_insert on public.trips;
create trigger _110_total_insert after insert on public.trips
  for each row when (new.total_cost <> 0) execute function private.check_total();

drop trigger if exists _050_total_update on public.trips;
create trigger _050_total_update before update of total_cost on public.trips
  for each row when (old.total_cost is distinct from new.total_cost) execute function private.guard_total();
-- <<< sql/triggers/trips_total.sql

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
  with check (private.may_add_lines(car_id, trip_id));
-- <<< sql/policies/trip_lines.sql

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
  with check (private.may_book(fleet_id, booked_by_id, purpose));

drop policy if exists trips_change on public.trips;
create policy trips_change on public.trips for update to fleetflow_fn
  using ((booked_by_id = (select private.uid()) and fleet_id = coalesce((select private.key_fleet()), fleet_id) and purpose = 'rental')
    or fleet_id = any (array(select private.my_fleets('{owner,manager}')))
    or ((select current_setting('fleetflow.operation', true)) in ('trips.start', 'trips.complete') and fleet_id = any (array(select private.my_fleets()))))
  with check ((booked_by_id = (select private.uid()) and fleet_id = coalesce((select private.key_fleet()), fleet_id) and purpose = 'rental')
    or fleet_id = any (array(select private.my_fleets('{owner,manager}')))
    or ((select current_setting('fleetflow.operation', true)) in ('trips.start', 'trips.complete') and fleet_id = any (array(select private.my_fleets()))));
-- <<< sql/policies/trips.sql

-- >>> sql/grants/issuer.sql
-- What the issuer's role may touch, and what fleetflow_sys may see of it: whether a session lives, what a new user is called, what to show and whom to erase.
-- Deleting a user takes their sessions and accounts along (foreign keys act as the owner of the tables).
revoke all on issuer.users, issuer.sessions, issuer.accounts, issuer.verifications, issuer.jwks
  from fleetflow_fn, fleetflow_sys, fleetflow_api, fleetflow_auth;

grant select, insert, update, delete on issuer.users, issuer.sessions, issuer.accounts, issuer.verifications, issuer.jwks to fleetflow_auth;
grant select (id, user_id, created_at, expires_at, user_agent) on issuer.sessions to fleetflow_sys;
grant select (id, email, email_verified, name, created_at) on issuer.users to fleetflow_sys;
grant delete on issuer.users to fleetflow_sys;
-- <<< sql/grants/issuer.sql

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
grant insert (car_id, id, fleet_id, booked_by_id, total_cost, purpose, status, trip_start_date, trip_end_date, prep_minutes,
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

