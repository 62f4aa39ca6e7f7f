-- The seasons of a plan do not overlap: every day has one price.
alter table public.rate_plan_seasons drop constraint if exists rate_plan_seasons_apart;

-- squawk-ignore constraint-missing-not-valid
alter table public.rate_plan_seasons add constraint rate_plan_seasons_apart
  exclude using gist (rate_plan_id with =, days with &&);

comment on constraint rate_plan_seasons_apart on public.rate_plan_seasons is 'The seasons of a plan do not overlap.';
