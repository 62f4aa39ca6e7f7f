-- The product's guarantee: no two occupying trips of one car have a common instant in their blocked ranges.
-- Everything else (locks, refusals, alternatives) is courtesy; this is the proof.
alter table public.trips drop constraint if exists prevent_overlap;

-- squawk-ignore constraint-missing-not-valid
alter table public.trips add constraint prevent_overlap
  exclude using gist (car_id with =, blocked with &&)
  where (status in ('held', 'requested', 'confirmed', 'active', 'completed'));

comment on constraint prevent_overlap on public.trips is 'No two occupying trips of one car overlap.';
