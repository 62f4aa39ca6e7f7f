// The checks that the product makes of itself: shard_lint, verify, the comparison of schemas, and the rules of this repository.
import { type Guard, testsOf } from '../guard.ts'

const shards = testsOf('db', 'tests/db/shardLint.test.ts')
const verify = testsOf('db', 'tests/db/verify.test.ts')
const codes = testsOf('app', 'tests/house/errorCodes.test.ts')
const reasons = testsOf('app', 'tests/house/inputReasons.test.ts')

/** A rule of shard_lint that finds nothing any more. */
const withoutRule = (name: string, find: string, replace: string, fault: string): Guard => ({
  name: `shard_lint: ${name}`,
  guards: fault,
  remove: [{ file: 'db/sql/functions/shard_lint.sql', find, replace }],
  test: shards(`finds ${fault}`),
})

/** A check of `fleetflow verify` that finds nothing any more. */
const withoutCheck = (name: string, find: string, replace: string, fault: string): Guard => ({
  name: `verify: ${name}`,
  guards: fault,
  remove: [{ file: 'db/src/verify.ts', find, replace }],
  test: verify(`verify finds > ${fault}`),
})

const registered = { file: 'db/src/errors.ts', find: "FF011: 'ODOMETER_LOW'" }

export const checkGuards: readonly Guard[] = [
  withoutRule('declared', 'where t.kind is null', 'where false', 'a table nobody declared'),
  withoutRule('exists', 'where p.name not in (select t.name from tables as t)', 'where false', 'a declared table that is gone'),
  withoutRule('column exists', 't.shard_attnum is null or not t.attnotnull', 'not t.attnotnull', 'a shard column that does not exist'),
  withoutRule('column not null', 't.shard_attnum is null or not t.attnotnull', 't.shard_attnum is null', 'a shard column that may be null'),
  withoutRule(
    'unique keys',
    'where k.indisunique and not k.indisexclusion and',
    'where false and',
    'a unique index without the shard column',
  ),
  withoutRule('included columns', '[0:i.indnkeyatts - 1]', '[0:i.indnatts - 1]', 'a primary key that only includes the shard column'),
  withoutRule(
    'exclusions',
    'where k.indisexclusion and not exists',
    'where false and not exists',
    'an exclusion constraint without the shard column',
  ),
  withoutRule(
    'pairs',
    "where f.from_kind = 'shard' and f.to_kind = 'shard' and",
    'where false and',
    'a foreign key between sharded tables that does not pair their shard columns',
  ),
  withoutRule('set null', "f.confdeltype in ('n', 'd')", 'false', 'a foreign key that sets null'),
  withoutRule('groups', "or f.to_kind = 'shard' and f.from_kind <> 'shard'", '', 'a foreign key from a reference table into a sharded one'),
  withoutRule('deferrable', 'where c.condeferrable', 'where false', 'a deferrable constraint'),
  withoutRule('triggers', "'(?:update|insert", "'(?:never|insert", 'a trigger that writes elsewhere'),
  withoutRule('identities', "where a.attidentity <> '' and", 'where false and', 'an integer identity'),
  {
    name: 'shard_lint is silent',
    guards: 'a schema that cannot be distributed as placement declares',
    remove: [{ sql: 'create unique index reviews_trip on public.reviews (trip_id)' }],
    test: shards('sees every table and finds nothing in the schema'),
  },
  withoutCheck(
    'overlaps',
    "  overlaps: 'two occupying trips of one car share an instant',\n",
    '',
    'prevent_overlap dropped, and an overlap behind it',
  ),
  withoutCheck('ratings', '  ratings: "a car\'s rating aggregates differ from its reviews",\n', '', 'a histogram changed by hand'),
  withoutCheck('totals', '  totals: "a trip\'s total differs from its lines",\n', '', 'a total changed by hand'),
  withoutCheck('ids', "  ids: 'more than one row has this trip id',\n", '', 'one trip id in two rows'),
  withoutCheck('seen', "if (seen('tripTransitions') === 0) blind.add('tripTransitions')", '', 'reference rows gone'),
  withoutCheck('parents seen', 'seen(child) > 0 && seen(parent) === 0', 'seen(child) < 0', 'rows hidden from the checks'),
  withoutCheck('catalog', 'return compareCatalogs(actual, expected)', 'return compareCatalogs(actual, actual)', 'a policy opened'),
  withoutCheck(
    'migrations',
    'return file.checksum === row.checksum ?',
    'return file.checksum !== undefined ?',
    'a migration changed after it had been applied',
  ),
  withoutCheck('newer migrations', 'Math.max(journal.length, files.length)', 'files.length', 'a migration of a newer version'),
  {
    name: 'the catalog is written down',
    guards: 'a schema that is not the one that verify expects',
    remove: [{ sql: 'create index stray on public.trips (note)' }],
    test: verify('the catalog written down is that of a migrated database, on every version of PostgreSQL'),
  },
  {
    name: 'history and definitions agree',
    guards: 'a migration that does what db/sql and db/schema do not say',
    remove: [{ sql: 'alter table public.trips alter column note set default now()::text' }],
    test: testsOf('db', 'tests/db/drift.test.ts')('an empty database built from db/schema and db/sql equals a migrated one'),
  },
  {
    name: 'frozen copies are current',
    guards: 'a file of db/sql that was changed and never migrated',
    remove: [{ file: 'db/sql/functions/line.sql', find: '-- What:', replace: '-- What it does:' }],
    test: testsOf('db', 'tests/db/migrations.test.ts')('the newest frozen copy of every db/sql file is that file'),
  },
  {
    name: 'codes: raised and mapped',
    guards: 'a code that callers get as INTERNAL',
    remove: [{ ...registered, replace: "FF019: 'ODOMETER_LOW'" }],
    test: codes('holds every SQLSTATE that db/sql raises with its code as the message, and nothing that it does not raise'),
  },
  {
    name: 'codes: one each',
    guards: 'two states with one code',
    remove: [{ ...registered, replace: "FF011: 'PLAN_STALE'" }],
    test: codes('has one code for each SQLSTATE of class FF and one SQLSTATE for each code'),
  },
  {
    name: 'codes: the only way to fail',
    guards: 'a raise without a code, which callers get as INTERNAL',
    remove: [{ file: 'db/sql/functions/find_trip.sql', find: 'perform private.try_again();', replace: "raise exception 'try again';" }],
    test: codes('is the only way to fail on purpose, but for guards that no caller of the API can meet'),
  },
  {
    name: 'codes: headers are exact',
    guards: 'a function that raises what its header does not say',
    remove: [
      {
        file: 'db/sql/functions/find_trip.sql',
        find: 'NOT_FOUND (absent, or hidden), FORBIDDEN,',
        replace: 'NOT_FOUND (absent, or hidden),',
      },
    ],
    test: codes('the header of private.find_trip lists exactly what it and the functions it calls raise'),
  },
  {
    name: 'codes: catches have a handler',
    guards: 'a header that says something is caught which is not',
    remove: [
      { file: 'db/sql/functions/book_occurrence.sql', find: 'Catches: TRIP_OVERLAP,', replace: 'Catches: PLAN_STALE, TRIP_OVERLAP,' },
    ],
    test: codes('what a header says is caught has a handler'),
  },
  {
    name: 'codes: outcomes name their function',
    guards: 'an entry function that says another function decides than does',
    remove: [
      { file: 'db/sql/functions/create_trip_rpc.sql', find: 'outcome of private.create_trip', replace: 'outcome of private.hold_trip' },
    ],
    test: codes(
      'every entry function that changes something says which inner function decides, the one that perform runs for its operation',
    ),
  },
  {
    name: 'codes: procedures list theirs',
    guards: 'a code that a procedure answers and its clients do not know',
    remove: [
      {
        file: 'server/src/trpc/reasons.ts',
        find: "'trips.complete': [...everywhere, ...retried, ...step, 'ODOMETER_LOW']",
        replace: "'trips.complete': [...everywhere, ...retried, ...step]",
      },
    ],
    test: testsOf('app', 'tests/api/reasons.test.ts')('trips.complete declares every code that its function can raise'),
  },
  {
    name: 'defaults are part of the input',
    guards: 'the same call with a default written out is another one for its key',
    remove: [
      {
        file: 'db/sql/functions/create_trip_input.sql',
        find: "coalesce(create_trip_input.purpose, 'rental')",
        replace: 'create_trip_input.purpose',
      },
    ],
    test: testsOf('app', 'tests/house/canonicalInput.test.ts')('create_trip_rpc hands perform its defaults as if they had been given'),
  },
  {
    name: 'reasons: a sentence each',
    guards: 'a mistake in an input that nobody can name',
    remove: [{ file: 'server/src/trpc/inputReasons.ts', find: "  SAME_TRIP: 'A trip cannot be swapped with itself',\n", replace: '' }],
    test: reasons('every reason that the database gives has its sentence'),
  },
  {
    name: 'reasons: somebody gives them',
    guards: 'a reason that clients wait for in vain',
    remove: [
      {
        file: 'server/src/trpc/inputReasons.ts',
        find: "  SAME_TRIP: 'A trip cannot be swapped with itself',\n",
        replace: "  SAME_TRIP: 'A trip cannot be swapped with itself',\n  NO_SUCH_REASON: 'Never',\n",
      },
    ],
    test: reasons('every sentence is for a reason that somebody gives'),
  },
  {
    name: 'keys: delegable or reserved',
    guards: 'a procedure of which nobody decided whether a key may call it',
    remove: [{ file: 'db/sql/functions/delegable_procedures.sql', find: "    'me.get',\n", replace: '' }],
    test: testsOf(
      'app',
      'tests/house/delegable.test.ts',
    )('every procedure can be delegated to an API key or is reserved, and none is both'),
  },
  {
    name: 'matrix: a row each',
    guards: 'a procedure of which nobody said who may call it',
    remove: [{ file: 'tests/matrix/rows/index.ts', find: '{ ...trips, ', replace: '{ ' }],
    test: testsOf(
      'app',
      'tests/matrix/matrix.test.ts',
    )('every procedure has a row, every row a procedure, every id of every procedure something to name instead'),
  },
]
