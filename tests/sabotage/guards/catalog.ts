// What the lints over the catalog hold: each with the slip in the schema that its test has to notice.
import { type Guard, testsOf } from '../guard.ts'

const test = testsOf('db', 'tests/db/catalog.test.ts')

export const catalogGuards: readonly Guard[] = [
  {
    name: 'tables are counted',
    guards: 'a table that no lint was looked at with',
    remove: [{ sql: 'create table public.stray (id uuid primary key)' }],
    test: test('looks at every table and function'),
  },
  {
    name: 'row security is forced',
    guards: 'the owner of a table reads past its policies',
    remove: [
      {
        file: 'db/sql/policies/trips.sql',
        find: 'alter table public.trips force row level security;',
        replace: 'alter table public.trips no force row level security;',
      },
    ],
    test: test('row level security is enabled and forced on every table, and each belongs to fleetflow_owner'),
  },
  {
    name: 'search paths are pinned',
    guards: 'a temporary table of the caller takes the place of ours',
    remove: [
      {
        file: 'db/sql/functions/line.sql',
        find: 'set search_path = pg_catalog, public, pg_temp',
        replace: 'set search_path = pg_catalog, public',
      },
    ],
    test: test('every function pins its search path with pg_temp last'),
  },
  {
    name: 'PUBLIC executes nothing',
    guards: 'PostgreSQL lets everybody execute a new function',
    remove: [
      { sql: 'grant execute on function private.uid() to public' },
      { file: 'db/src/migrations/grantees.ts', find: 'for (const { statement } of rows) await sql.unsafe(statement)', replace: '' },
    ],
    test: test('no function is executable by PUBLIC or by a role that is not ours'),
  },
  {
    name: 'strangers are revoked',
    guards: 'a managed platform grants every new function to a role of its own',
    remove: [{ file: 'db/src/migrations/grantees.ts', find: 'for (const { statement } of rows) await sql.unsafe(statement)', replace: '' }],
    test: { ...test('no function is executable by PUBLIC or by a role that is not ours'), project: 'db-managed' },
  },
  {
    name: 'definers own no table',
    guards: 'a function that runs as the owner of tables is bound by nothing',
    remove: [{ sql: 'alter function private.my_fleets(text[]) owner to fleetflow_owner' }],
    test: test('definers run as fleetflow_fn where people enter and as fleetflow_sys in helpers, never as an owner of tables'),
  },
  {
    name: 'entries recognise first',
    guards: 'an entry function that works before it knows for whom',
    remove: [
      {
        file: 'db/sql/functions/get_me_rpc.sql',
        find: 'declare\n  v_actor uuid := private.enter(',
        replace: 'declare\n  v_now timestamptz := now();\n  v_actor uuid := private.enter(',
      },
    ],
    test: test('every entry function recognises its actor first'),
  },
  {
    name: 'API role executes the list only',
    guards: 'the login of the API reaches a helper that sees across people',
    remove: [{ sql: 'grant execute on function private.expire_holds(uuid, tstzrange) to fleetflow_api' }],
    test: test('the API role can execute exactly the listed functions, with the listed signatures'),
  },
  {
    name: 'API role has no table',
    guards: 'the login of the API reads a table past the functions',
    remove: [{ sql: 'grant select on public.trips to fleetflow_api' }],
    test: test('the API role can read, write and create nothing'),
  },
  {
    name: 'functions owners create nothing',
    guards: 'a function that is taken over makes objects of its own',
    remove: [
      {
        file: 'db/src/migrate.ts',
        find: 'await tx`revoke create on schema public, private from fleetflow_fn, fleetflow_sys`',
        replace: '',
      },
    ],
    test: test('function owners cannot create objects outside a migration'),
  },
  {
    name: 'roles bypass nothing',
    guards: 'a role that row level security does not bind',
    remove: [
      {
        file: 'db/src/bootstrap.ts',
        find: "{ name: 'fleetflow_fn', attributes: 'nologin noinherit nobypassrls' }",
        replace: "{ name: 'fleetflow_fn', attributes: 'nologin noinherit bypassrls' }",
      },
    ],
    test: test('our roles are what they should be, and none bypasses row level security'),
  },
  {
    name: 'policies read identity once',
    guards: 'a policy that calls a function for every row is four times as slow',
    remove: [{ file: 'db/sql/policies/users.sql', find: 'id = (select private.uid())', replace: 'id = private.uid()' }],
    test: test('every policy names its roles and reads the identity once a statement, not once a row'),
  },
  {
    name: 'policies name their role',
    guards: 'a policy for everybody is one for roles nobody thought of',
    remove: [{ file: 'db/sql/policies/users.sql', find: 'for select to fleetflow_fn\n', replace: 'for select\n' }],
    test: test('every policy names its roles and reads the identity once a statement, not once a row'),
  },
  {
    name: 'foreign keys are indexed',
    guards: 'a delete that reads a whole table to find its children',
    remove: [{ sql: 'alter table public.cars add column keeper_id uuid references public.users (id) on delete restrict' }],
    test: test('every foreign key is indexed, except to rows that are never deleted'),
  },
  {
    name: 'no float and no free numeric',
    guards: 'NaN and rounding errors in a column',
    remove: [{ sql: 'alter table public.trip_lines add column weight numeric' }],
    test: test('no column is a float, a naive timestamp or a free numeric'),
  },
  {
    name: 'no view',
    guards: 'a view answers with the rights of its owner',
    remove: [{ sql: 'create view public.all_trips as select * from public.trips' }],
    test: test('no view, no dynamic SQL, no setting that outlives its transaction, no disabled trigger'),
  },
  {
    name: 'no dynamic SQL',
    guards: 'text that becomes a statement',
    remove: [
      {
        sql: `create function private.stray() returns void language plpgsql set search_path = pg_catalog, public, pg_temp as $$ begin execute 'select 1'; end $$; alter function private.stray() owner to fleetflow_fn; revoke all on function private.stray() from public`,
      },
    ],
    test: test('no view, no dynamic SQL, no setting that outlives its transaction, no disabled trigger'),
  },
  {
    name: 'no setting outlives its transaction',
    guards: 'an identity that the next user of the connection inherits',
    remove: [
      {
        file: 'db/sql/functions/expire_holds.sql',
        find: "set_config('fleetflow.operation', 'time', true)",
        replace: "set_config('fleetflow.operation', 'time', false)",
      },
    ],
    test: test('no view, no dynamic SQL, no setting that outlives its transaction, no disabled trigger'),
  },
  {
    name: 'no trigger is disabled',
    guards: 'a rule of the life of a trip that was switched off and forgotten',
    remove: [{ sql: 'alter table public.trips disable trigger _100_transition' }],
    test: test('no view, no dynamic SQL, no setting that outlives its transaction, no disabled trigger'),
  },
  {
    name: 'prevent_overlap as written',
    guards: 'a status that occupies a car and is not in the constraint',
    remove: [{ file: 'db/sql/constraints/prevent_overlap.sql', find: "'active', 'completed'", replace: "'active'" }],
    test: test('prevent_overlap is the constraint it should be'),
  },
]
