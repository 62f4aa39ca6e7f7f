-- What a fleet is called, who sees it and its time zone are changed by owners alone.
drop trigger if exists _050_owned on public.fleets;
create trigger _050_owned before update of slug, name, time_zone, visibility on public.fleets
  for each row execute function private.guard_fleet();
