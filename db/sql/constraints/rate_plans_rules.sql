-- A rate plan holds only rules that can be priced.
alter table public.rate_plans drop constraint if exists rate_plans_rules_valid;

-- squawk-ignore constraint-missing-not-valid
alter table public.rate_plans add constraint rate_plans_rules_valid check (private.rules_fault(rules) is null);

comment on constraint rate_plans_rules_valid on public.rate_plans is 'A rate plan holds only rules that can be priced.';
