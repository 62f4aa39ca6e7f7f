-- Who may look into which schema. Creating objects is granted to function owners only while a migration runs.
grant usage on schema public to fleetflow_owner, fleetflow_fn, fleetflow_sys, fleetflow_api;
grant usage on schema private to fleetflow_fn, fleetflow_sys;
-- fleetflow_sys sees whether a session lives, and erases.
grant usage on schema issuer to fleetflow_auth, fleetflow_sys;
