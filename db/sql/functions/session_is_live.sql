-- What: whether a session of the bundled issuer lives and is this subject's: signing out, revoking and resetting a password end it at once.
-- Who: private.enter, as fleetflow_sys, for an actor whose token names a session.
create or replace function private.session_is_live(session text, subject text) returns boolean
  language plpgsql stable
  set search_path = pg_catalog, public, pg_temp
as $$
declare
  c_uuid constant text := '^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$';
begin
  if session_is_live.session !~ c_uuid or session_is_live.subject !~ c_uuid then
    return false;
  end if;
  return exists (
    select from issuer.sessions as s
     where s.id = session_is_live.session::uuid and s.user_id = session_is_live.subject::uuid and s.expires_at > now());
end
$$;

comment on function private.session_is_live(text, text) is 'Whether a session of the bundled issuer lives.';
revoke all on function private.session_is_live(text, text) from public;
grant execute on function private.session_is_live(text, text) to fleetflow_sys;
