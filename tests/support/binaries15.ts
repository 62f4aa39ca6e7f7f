// Where Debian puts PostgreSQL 15; without it its tests are left out, and the last lines of the run say so.
export const binaries15 = '/usr/lib/postgresql/15/bin'

/** A linter of plpgsql for PostgreSQL 15; without it `tests/db15` is left out. */
export const plpgsqlCheck15 = '/usr/lib/postgresql/15/lib/plpgsql_check.so'
