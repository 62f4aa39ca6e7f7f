-- What: refuses to change or delete a version of a rate plan or its seasons, and to add a season once the version's transaction is over:
--   every past price can be computed again.
-- Who: the triggers on rate_plans and rate_plan_seasons, whoever writes.
create or replace function private.guard_rate_plan() returns trigger
  language plpgsql volatile
  set search_path = pg_catalog, public, pg_temp
as $$
begin
  if tg_op = 'INSERT' then
    if exists (select from public.rate_plans as p where p.id = new.rate_plan_id and p.created_at = now()) then
      return new;
    end if;
  end if;
  raise exception using errcode = 'insufficient_privilege', message = 'versions of rate plans are never changed: make a new one';
end
$$;

comment on function private.guard_rate_plan() is 'Refuses to change a version of a rate plan.';
revoke all on function private.guard_rate_plan() from public;
