-- What the issuer's role may touch, and what fleetflow_sys may see of it: whether a session lives, what a new user is called, what to show and whom to erase.
-- Deleting a user takes their sessions and accounts along (foreign keys act as the owner of the tables).
revoke all on issuer.users, issuer.sessions, issuer.accounts, issuer.verifications, issuer.jwks
  from fleetflow_fn, fleetflow_sys, fleetflow_api, fleetflow_auth;

grant select, insert, update, delete on issuer.users, issuer.sessions, issuer.accounts, issuer.verifications, issuer.jwks to fleetflow_auth;
grant select (id, user_id, created_at, expires_at, user_agent) on issuer.sessions to fleetflow_sys;
grant select (id, email, email_verified, name, created_at) on issuer.users to fleetflow_sys;
grant delete on issuer.users to fleetflow_sys;
