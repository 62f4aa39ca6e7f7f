// Where Debian puts PostgreSQL 15; without it its tests are left out, and the last lines of the run say so.
export const binaries15 = '/usr/lib/postgresql/15/bin'
