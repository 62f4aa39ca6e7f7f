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
  ('private.migrations', 'local', null, null)
on conflict (name) do update
  set kind = excluded.kind, shard_column = excluded.shard_column, colocated_with = excluded.colocated_with;
