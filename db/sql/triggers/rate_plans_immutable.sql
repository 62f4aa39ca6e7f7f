-- A version of a rate plan is never changed.
drop trigger if exists _050_immutable on public.rate_plans;
create trigger _050_immutable before update or delete on public.rate_plans
  for each row execute function private.guard_rate_plan();

drop trigger if exists _050_immutable on public.rate_plan_seasons;
create trigger _050_immutable before insert or update or delete on public.rate_plan_seasons
  for each row execute function private.guard_rate_plan();
