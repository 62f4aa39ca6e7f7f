// What PostgreSQL is relied on for: constraints, locks, limits of a connection, the history, the embedded server.
import { type Guard, testsOf } from '../guard.ts'

const evasion = testsOf('db', 'tests/db/evasion.test.ts')
const hotCars = testsOf('db', 'tests/db/hotCars.test.ts')
const flaws = testsOf('db', 'tests/db/flaws.test.ts')
const migrations = testsOf('db', 'tests/db/migrations.test.ts')
const catalog = testsOf('db', 'tests/db/catalog.test.ts')
const attempts = testsOf('db', 'tests/db/wall/attempts.test.ts')
const connection = testsOf('db', 'tests/db/connection.test.ts')
const acquire = testsOf('embedded', 'tests/embedded/acquire.test.ts')
const limits = attempts('a connection of the API has its limits from its first statement on, and acts as fleetflow_api')

const withoutCheck = (table: string, constraint: string, title: string, guards: string): Guard => ({
  name: `check ${constraint}`,
  guards,
  remove: [{ sql: `alter table public.${table} drop constraint ${constraint}` }],
  test: evasion(`refuses ${title} on insert (NOT NULL or CHECK)`),
  says: 'nothing was refused',
})

/** A rule of check_trip that nothing breaks any more. */
const withoutRule = (name: string, rule: string, title: string, guards: string): Guard => ({
  ...withoutCheck('trips', name, title, guards),
  remove: [{ file: 'db/sql/functions/check_trip.sql', find: `    when ${rule} is false then '${name}'\n`, replace: '' }],
})

export const postgresGuards: readonly Guard[] = [
  {
    name: 'prevent_overlap as written',
    guards: 'a status that occupies a car and is not in the constraint',
    remove: [{ file: 'db/sql/constraints/prevent_overlap.sql', find: "'active', 'completed'", replace: "'active'" }],
    test: catalog('prevent_overlap is the constraint it should be'),
  },
  {
    name: 'prevent_overlap in every occupying state',
    guards: 'two trips of one car at the same time',
    remove: [{ file: 'db/sql/constraints/prevent_overlap.sql', find: 'where (status in (', replace: 'where (cut and status in (' }],
    test: evasion('takes its car in the five occupying states and in no other'),
  },
  {
    name: 'drivers and seasons apart',
    guards: 'a driver on two trips at once, a day with two prices',
    remove: [{ sql: 'alter table public.driver_assignments drop constraint driver_busy' }],
    test: catalog('driver_busy and the seasons of a plan are kept apart by constraints as well'),
  },
  {
    name: 'one active trip a car',
    guards: 'a car that is out twice',
    remove: [{ sql: 'drop index public.trips_one_active_per_car' }],
    test: evasion('may be active only once a car, however far apart the periods are (23505)'),
  },
  withoutCheck('trips', 'trips_blocked_covers', 'a range that ends before the end', 'a range that does not hold its whole trip'),
  withoutCheck('trips', 'trips_blocked_finite', 'a range to infinity', "'infinity' is a value and no open bound"),
  withoutRule('trips_period_forward', '(starts < ends)', 'a reversed period', 'a trip that ends before it begins'),
  withoutRule(
    'trips_period_bounded',
    "(starts >= '1900-01-01 00:00:00+00' and ends < '9999-01-01 00:00:00+00')",
    'an end in 9999',
    'an instant that JSON and Date cannot say',
  ),
  withoutCheck('trips', 'trips_blocked_bounds', 'a closed range of a car that goes back to back', 'bounds that do not follow the car'),
  {
    name: 'overlap is no error',
    guards: 'the constraint raises where it should only answer, and the transaction is lost',
    remove: [{ file: 'db/sql/functions/book_trip.sql', find: '  on conflict on constraint prevent_overlap do nothing\n', replace: '' }],
    test: flaws('is neither a conflict nor in the way of the next free start'),
  },
  {
    name: 'the car is locked first',
    guards: 'callers deadlock in the constraint instead of queueing',
    remove: [{ file: 'db/sql/functions/lock_car.sql', find: ' for no key update;', replace: ';' }],
    test: hotCars('is waited for by booking, modifying, cancelling and reviewing (CAR_BUSY), and by nobody who wants another car'),
  },
  {
    name: 'cars are locked in one order',
    guards: 'two callers who want the same cars in different orders deadlock',
    remove: [{ file: 'db/sql/functions/lock_cars.sql', find: 'order by c.id loop', replace: 'order by c.id desc loop' }],
    test: testsOf(
      'db',
      'tests/db/lockOrder.test.ts',
    )('are locked in ascending order, however they are named: who waits for one holds none behind it'),
  },
  {
    name: 'timeouts of locks',
    guards: 'a caller waits for a car for ever',
    remove: [{ file: 'db/src/connect.ts', find: '      lock_timeout: lockTimeoutMs,\n', replace: '' }],
    test: limits,
  },
  {
    name: 'timeouts of statements',
    guards: 'a statement runs for ever',
    remove: [{ file: 'db/src/connect.ts', find: '      statement_timeout: statementTimeoutMs,\n', replace: '' }],
    test: testsOf('db', 'tests/db/retryable.test.ts')('is free after a statement timeout (TIMEOUT)'),
  },
  {
    name: 'timeouts of idle transactions',
    guards: 'a transaction that is left open holds its locks',
    remove: [{ file: 'db/src/connect.ts', find: '      idle_in_transaction_session_timeout: 15_000,\n', replace: '' }],
    test: limits,
  },
  {
    name: 'clients are looked after',
    guards: 'the statement of a client that was killed runs on',
    remove: [
      { file: 'db/src/connect.ts', find: '      client_connection_check_interval: 1_000,\n', replace: '' },
      { file: 'db/src/embedded/server.ts', find: "    client_connection_check_interval: '1s',\n", replace: '' },
    ],
    test: limits,
  },
  {
    name: 'the API acts as its role',
    guards: 'whoever the address logs in as keeps their rights',
    remove: [{ file: 'db/src/connect.ts', find: "      role: 'fleetflow_api',\n", replace: '' }],
    test: connection('acts as fleetflow_api whoever its address logs in as, and reads no table (42501)'),
  },
  {
    name: 'no temporary tables',
    guards: 'everybody may make temporary tables in a new database, and name them like ours',
    remove: [
      {
        file: 'db/src/bootstrap.ts',
        find: 'statement: `revoke temporary ',
        replace: 'statement: `select 1 -- ',
      },
    ],
    test: connection('to a database that was just migrated makes no temporary table (42501)'),
  },
  {
    name: 'details of PostgreSQL stay inside',
    guards: 'a violated constraint shows the row of somebody else in its detail',
    remove: [
      {
        file: 'db/src/errors.ts',
        find: 'if (constraint) return new DatabaseError(constraint, error)',
        replace: 'if (constraint) return new DatabaseError(constraint, error, { detail: error.detail })',
      },
    ],
    test: connection('is told of a violated constraint by its code alone, never by the row that PostgreSQL shows'),
  },
  {
    name: 'one time zone',
    guards: 'days and equal inputs depend on the TimeZone of the session',
    remove: [{ file: 'db/sql/functions/enter.sql', find: "set_config('TimeZone', 'UTC', true), ", replace: '' }],
    test: testsOf('db', 'tests/db/idempotency.test.ts')('takes equal instants for the same whatever the time zone of the session'),
    says: 'IDEMPOTENCY_KEY_REUSED',
  },
  {
    name: 'one migrator at a time',
    guards: 'two migrators apply the same file',
    remove: [{ file: 'db/src/migrate.ts', find: 'await sql`select pg_advisory_lock(', replace: 'await sql`select (' }],
    test: migrations('20 migrators at once on an empty database apply each migration once'),
    says: 'PostgresError',
  },
  {
    name: 'an edited migration is refused',
    guards: 'a history that was changed after it had been applied',
    remove: [{ file: 'db/src/migrate.ts', find: 'if (file.checksum !== row.checksum)', replace: 'if (file.checksum === undefined)' }],
    test: migrations('refuses a history whose applied part was edited (MigrationMismatch)'),
  },
  {
    name: 'a database ahead is refused',
    guards: 'an old program migrates a newer database',
    remove: [
      { file: 'db/src/migrate.ts', find: 'if (file?.name !== row.name)', replace: 'if (file !== undefined && file.name !== row.name)' },
      {
        file: 'db/src/migrate.ts',
        find: 'if (file.checksum !== row.checksum)',
        replace: 'if (file !== undefined && file.checksum !== row.checksum)',
      },
      { file: 'db/src/migrate.ts', find: 'if (after.length !== history.length)', replace: 'if (after.length < history.length)' },
    ],
    test: migrations('refuses a database that is ahead of the files (MigrationMismatch)'),
  },
  {
    name: 'the journal is whole',
    guards: 'a file that is in the folder and not in the journal is skipped in silence',
    remove: [{ file: 'db/src/migrations/files.ts', find: 'if (stray !== undefined)', replace: 'if (stray === folder)' }],
    test: migrations('every file of the history is in the journal, in order'),
  },
  {
    name: 'a migration is one transaction',
    guards: 'half of a migration that failed stays',
    remove: [
      {
        file: 'db/src/migrate.ts',
        find: '  await sql.begin(async (tx) => {\n    await tx`set local check',
        replace: '  await (async (tx) => {\n    await tx`set check',
      },
      {
        file: 'db/src/migrate.ts',
        find: 'await tx.unsafe(markOf(migration.name))\n  })',
        replace: 'await tx.unsafe(markOf(migration.name))\n  })(sql)',
      },
    ],
    test: migrations('a migration that fails leaves nothing of itself behind'),
  },
  {
    name: 'the embedded server asks for passwords',
    guards: 'initdb trusts everybody on the machine',
    remove: [{ file: 'db/src/embedded/cluster.ts', find: "    'scram-sha-256',\n", replace: "    'trust',\n" }],
    test: acquire('it listens on the loopback address only and asks everybody for a password'),
  },
  {
    name: 'the embedded server is on loopback',
    guards: 'the database is open to the network',
    remove: [{ file: 'db/src/embedded/server.ts', find: "listen_addresses: '127.0.0.1'", replace: "listen_addresses: '*'" }],
    test: acquire('it listens on the loopback address only and asks everybody for a password'),
  },
  {
    name: 'a stranger’s server is refused',
    guards: 'the port was taken and the program talks to the server of somebody else',
    remove: [
      {
        file: 'db/src/embedded/prove.ts',
        find: 'found?.dataDirectory === expected.dataDirectory && found.systemIdentifier === expected.systemIdentifier',
        replace: 'found !== undefined',
      },
    ],
    test: acquire(
      "refuses a stranger's server: another cluster on the port, also one with the same password (data_directory, system_identifier)",
    ),
  },
  {
    name: 'every acquire proves the server',
    guards: 'the proof is made once and believed for ever',
    remove: [
      {
        file: 'db/src/embedded/acquire.ts',
        find: "await proveOwnCluster(urlFor('postgres', superuserPassword, facts.port, 'fleetflow'), {\n    systemIdentifier,\n    dataDirectory: pathsOf(home).data,\n  })",
        replace: 'void [proveOwnCluster, systemIdentifier, superuserPassword]',
      },
    ],
    test: acquire('every acquire proves the running server against what initdb recorded, and lets go when the proof fails'),
  },
  {
    name: 'durable unless told otherwise',
    guards: 'acknowledged bookings are lost with the power',
    remove: [
      {
        file: 'db/src/embedded/server.ts',
        find: "const durable = unsafeNoSync ? 'off' : 'on'",
        replace: "const durable = unsafeNoSync ? 'off' : 'off'",
      },
    ],
    test: acquire('it is durable unless told otherwise, and a durable acquire refuses a server that is not'),
  },
  {
    name: 'no durable use of an unsafe server',
    guards: 'a program shares the server of a test that runs without fsync',
    remove: [
      {
        file: 'db/src/embedded/acquire.ts',
        find: 'if (facts.unsafeNoSync && !unsafeNoSync) {',
        replace: 'if (facts.unsafeNoSync && unsafeNoSync && home === "") {',
      },
    ],
    test: acquire('it is durable unless told otherwise, and a durable acquire refuses a server that is not'),
  },
  {
    name: 'root steps down',
    guards: 'PostgreSQL refuses root, and root would own its data',
    remove: [{ file: 'db/src/embedded/identity.ts', find: 'if (!(await isReachable(home, user.uid))) {', replace: 'if (home === "") {' }],
    test: testsOf(
      'embedded',
      'tests/embedded/identity.test.ts',
    )('as root without user namespaces an unreachable home is refused with the reason'),
  },
]
