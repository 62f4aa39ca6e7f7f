-- Everything that is not an entry function lives here; the API's login role cannot look inside.
create schema if not exists private;

comment on schema private is 'Helpers, trigger functions and the migration journal; no access for the API role.';
