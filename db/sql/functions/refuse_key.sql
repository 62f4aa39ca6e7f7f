-- What: refuses what is for people alone, whatever an API key lists: a key acts in its fleet, it has no fleets of its own and goes nowhere.
-- Who: create_fleet, leave_fleet, accept_invitation. Raises: FORBIDDEN.
create or replace function private.refuse_key() returns void
  language plpgsql stable
  set search_path = pg_catalog, public, pg_temp
as $$
begin
  if private.key_fleet() is not null then
    raise exception using errcode = 'FF403', message = 'FORBIDDEN';
  end if;
end
$$;

comment on function private.refuse_key() is 'Refuses an API key what is for people alone.';
revoke all on function private.refuse_key() from public;
grant execute on function private.refuse_key() to fleetflow_fn;
