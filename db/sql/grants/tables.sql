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
