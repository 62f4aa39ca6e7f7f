-- What: refuses a rental that breaks a rule of the car's fleet; who is bound and what counts of a change is said at rule_fault.
-- Who: every function that books or moves a rental, after the car's lock. Locks: the renter, where the fleet has a quota.
-- Raises: OUTSIDE_HOURS (field, nearest), TOO_SHORT and TOO_LONG (limit in minutes, nearest), TOO_SOON (earliest), TOO_FAR (latest),
--   QUOTA_EXCEEDED (limit).
create or replace function private.check_rules(
  car public.cars, renter uuid, purpose text, starts timestamptz, ends timestamptz, manages boolean,
  was tstzrange default null, except_ids uuid[] default '{}'
) returns void
  language plpgsql volatile
  set search_path = pg_catalog, public, pg_temp
as $$
begin
  perform private.refuse_rule(private.rule_fault(check_rules.car, check_rules.renter, check_rules.purpose, check_rules.starts, check_rules.ends,
    check_rules.manages, check_rules.was, check_rules.except_ids));
end
$$;

comment on function private.check_rules(public.cars, uuid, text, timestamptz, timestamptz, boolean, tstzrange, uuid[]) is
  'Refuses a rental that breaks a rule of the car''s fleet.';
revoke all on function private.check_rules(public.cars, uuid, text, timestamptz, timestamptz, boolean, tstzrange, uuid[]) from public;
grant execute on function private.check_rules(public.cars, uuid, text, timestamptz, timestamptz, boolean, tstzrange, uuid[]) to fleetflow_fn;
