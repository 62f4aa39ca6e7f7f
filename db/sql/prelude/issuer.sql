-- The tables of the bundled issuer: the library reads and writes them as fleetflow_auth, which sees nothing else.
create schema if not exists issuer;

comment on schema issuer is 'People, sessions and keys of the bundled issuer; no access for the API role.';
