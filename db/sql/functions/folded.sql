-- What: an e-mail address by which two spellings are one: in any case of ASCII letters, and of no others. The lower case of KELVIN SIGN is k, and
--   whoever has that address has not the other.
-- Who: whatever asks whether somebody has an address.
create or replace function private.folded(email text) returns text
  language sql immutable parallel safe
  set search_path = pg_catalog, public, pg_temp
as $$
  select lower(folded.email collate "C")
$$;

comment on function private.folded(text) is 'An e-mail address in any case of ASCII letters.';
revoke all on function private.folded(text) from public;
grant execute on function private.folded(text) to fleetflow_fn, fleetflow_sys;
