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
