-- What the issuer's role may touch, and what fleetflow_sys may see of it: whether a session lives, what a new user is called, whom to erase.
-- Deleting a user takes their sessions and accounts along (foreign keys act as the owner of the tables).
revoke all on auth.users, auth.sessions, auth.accounts, auth.verifications, auth.jwks
  from fleetflow_fn, fleetflow_sys, fleetflow_api, fleetflow_auth;

grant select, insert, update, delete on auth.users, auth.sessions, auth.accounts, auth.verifications, auth.jwks to fleetflow_auth;
grant select (id, user_id, expires_at) on auth.sessions to fleetflow_sys;
grant select (id, email, email_verified, name) on auth.users to fleetflow_sys;
grant delete on auth.users to fleetflow_sys;
