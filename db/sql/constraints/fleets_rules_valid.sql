-- Opening hours and cancellation policies are jsonb; whoever reads them may rely on their shape.
alter table public.fleets drop constraint if exists fleets_rules_valid;

-- squawk-ignore constraint-missing-not-valid
alter table public.fleets add constraint fleets_rules_valid
  check (private.hours_fault(opening_hours) is null and private.policy_fault(cancellation_policy) is null);

comment on constraint fleets_rules_valid on public.fleets is 'Opening hours and cancellation policies have their shape.';
