// The traps of this stack that the product has to step around, in our words, each with the guards that do.

export interface Trap {
  trap: string
  /** Names of guards in the list. */
  guards: readonly [string, ...string[]]
}

const roles: readonly Trap[] = [
  {
    trap: 'A search path that is not pinned, or pinned without pg_temp at its end, lets a temporary table of the caller stand in for ours.',
    guards: [
      'lint: every function pins its search path with pg_temp last',
      'paths without the caller',
      'names in full',
      'no temporary tables',
    ],
  },
  {
    trap: 'PUBLIC may execute every new function, and default privileges in a schema do not change that.',
    guards: [
      'lint: no function is executable by PUBLIC or by a role that is not ours',
      "lint: what is created next is nobody else's: functions of fleetflow_owner are not for PUBLIC and no default grants anything of it",
      'strangers are revoked',
      'listed functions only',
    ],
  },
  {
    trap: "A setting is NULL on a fresh connection and '' after a local set.",
    guards: [
      'no identity is NULL',
      'lint: policies compare the identity with = so that nobody is nobody: never with is null is distinct from or <>',
    ],
  },
  {
    trap: 'A setting for the session leaks to the next user of the pooled connection.',
    guards: ['identity ends with the transaction', 'lint: no function leaves a setting behind that outlives its transaction'],
  },
  {
    trap: 'Foreign keys and unique keys look past row level security: a hidden car can be booked, a detail shows the row of somebody else.',
    guards: ['a hidden car is not booked', 'a hidden fleet hides its cars', 'details of PostgreSQL stay inside'],
  },
  {
    trap: 'A row lock under row level security asks for an UPDATE policy; without one it finds nothing and locks nothing.',
    guards: [
      'a lock under policies is checked',
      'lint: whoever locks a row has a policy to update it: without one the lock finds nothing and locks nothing',
    ],
  },
  {
    trap: 'A policy that calls a function for every row is four times as slow.',
    guards: [
      'lint: policies read the identity once a statement in a sub-select not once a row',
      'lint: every column that a policy compares with the identity leads an index',
    ],
  },
  {
    trap: 'Views answer as their owner, and materialised views know no row level security.',
    guards: [
      'lint: there is no way around the tables: no view without security_invoker no materialised view rule foreign table or child table',
    ],
  },
  {
    trap: 'An UPDATE policy without a check lets a row move to somebody else.',
    guards: [
      'lint: a policy for changes says what a row may become so that none moves to another owner',
      'lint: fleetflow_fn updates named columns none of which says whose a row is what it costs or what its user may do; roles are set by owners',
    ],
  },
  { trap: 'One request carries hundreds of logins in a batch.', guards: ['a batch is small', 'calls are counted'] },
  {
    trap: 'The login of the API, or a function owner, holds a right beyond its functions.',
    guards: [
      'lint: our roles are no superusers bypass no row level security make nothing and only those that log in log in',
      'lint: no table sequence or column is granted to PUBLIC to a login role or to a stranger',
      'lint: row level security is enabled and forced on every table',
      'the API acts as its role',
      'production acts with few rights',
    ],
  },
  { trap: 'A right that a token claims is believed.', guards: ['roles come from the tables', 'suspension at the next call'] },
]

const postgres: readonly Trap[] = [
  {
    trap: 'An exclusion constraint alone deadlocks under contention; a check before the insert lets overlaps through.',
    guards: ['prevent_overlap as written', 'prevent_overlap in every occupying state', 'overlap is no error', 'the car is locked first'],
  },
  { trap: 'Locks on several cars in the order of the caller deadlock.', guards: ['cars are locked in one order'] },
  {
    trap: "'infinity' is a value and no open bound; numeric takes NaN.",
    guards: [
      'check trips_blocked_finite',
      'lint: every range is there not empty and bounded by finite values',
      'lint: no column is a float a naive timestamp json or a free numeric but the average that the database derives from two integers',
    ],
  },
  { trap: 'Arithmetic with days depends on the TimeZone of the session.', guards: ['one time zone', 'naive times are refused'] },
  {
    trap: "A bell in the writer's transaction costs most of its throughput.",
    guards: ["lint: no function rings a bell in a writer's transaction: only the relay does"],
  },
  {
    trap: 'The statement of a client that was killed runs on, and settings of a role do not follow SET ROLE.',
    guards: ['clients are looked after', 'timeouts of locks', 'timeouts of statements', 'timeouts of idle transactions'],
  },
  {
    trap: 'A migrator that compares only the newest timestamp and takes no lock skips an edited or misdated file in silence.',
    guards: [
      'one migrator at a time',
      'an edited migration is refused',
      'a database ahead is refused',
      'the journal is whole',
      'frozen copies are current',
    ],
  },
  {
    trap: 'The message of a database error holds SQL and parameters.',
    guards: ['errors say a code', 'the formatter names members', 'details of PostgreSQL stay inside', 'codes: raised and mapped'],
  },
  {
    trap: 'An embedded server trusts everybody, refuses root, and may not be the one that answers on its port.',
    guards: [
      'the embedded server asks for passwords',
      'the embedded server is on loopback',
      'a stranger’s server is refused',
      'every acquire proves the server',
      'root steps down',
    ],
  },
  {
    trap: 'A server without fsync loses acknowledged bookings.',
    guards: ['durable unless told otherwise', 'no durable use of an unsafe server'],
  },
]

const node: readonly Trap[] = [
  { trap: 'requestTimeout alone closes nothing for many seconds.', guards: ['connections are looked at in time', 'headers end in time'] },
  {
    trap: 'Error texts and stacks reach clients in production.',
    guards: ['errors say a code', 'the formatter names members', 'input is never repeated'],
  },
  {
    trap: '__proto__ reaches handlers behind the guard of Fastify; multipart and very deep JSON are accepted.',
    guards: [
      'no keys of prototypes',
      'only JSON comes in',
      'inputs are not deep',
      'bodies are bounded',
      'unknown keys are refused',
      'JSON is parsed once',
    ],
  },
  {
    trap: 'NUL, halves of characters, dates and numbers out of range reach SQL.',
    guards: ['no NUL reaches SQL', 'no halves of characters reach SQL', 'instants are of our time', 'offsets are PostgreSQL’s'],
  },
  { trap: 'Whoever is believed about X-Forwarded-For has a new address each time.', guards: ['proxies are named', 'a subscriber is one'] },
  {
    trap: 'Libraries for tokens are lax: algorithms, audiences, keys that a token brings along.',
    guards: [
      'algorithms are listed',
      'signatures are checked',
      'audiences are compared',
      'tokens end',
      'tokens bring no keys',
      'verifications die with their key',
    ],
  },
]

export const traps: readonly Trap[] = [...roles, ...postgres, ...node]
