// Calls an entry function: one statement, one round trip, the identity inside it.
import { setTimeout as delay } from 'node:timers/promises'
import type postgres from 'postgres'
import { type Booking, type Bookings, bookTogether, type Ways } from './bookings.ts'
import type { Database } from './connect.ts'
import { withinDeadline } from './deadline.ts'
import { type DatabaseCode, DatabaseError, toDatabaseError } from './errors.ts'
import { type Arguments, type BatchName, type FunctionName, functions, type MutationName } from './functions.ts'
import { onlyRow } from './row.ts'

/** How often a statement that lost a deadlock or a serialisation conflict is tried again. */
const retries = 3

/** The one statement that calls a function: every parameter, in the signature's order, cast to its type. */
function statementOf(fn: FunctionName): string {
  const parameters = Object.entries(functions[fn]).map(([name, type], i) => `${name} => $${i + 1}::${type}`)
  return `select public.${fn}(${parameters.join(', ')}) as answer`
}

const statements = Object.fromEntries(Object.keys(functions).map((fn) => [fn, statementOf(fn as FunctionName)])) as Record<
  FunctionName,
  string
>

export interface Outcome {
  answer: unknown
  /** The idempotency key had its outcome already; nothing was done. */
  replayed: boolean
}

interface Stored {
  answer?: unknown
  refusal?: { code: DatabaseCode; detail: Record<string, unknown> }
  replayed?: boolean
}

/**
 * Runs one entry function as one statement and answers its JSON. An absent argument is NULL, which the functions read as their default.
 * Errors: DatabaseError. 40P01 and 40001 are retried at most 3 times with jitter, nothing else ever is.
 */
export async function call<F extends FunctionName>(db: Database, fn: F, args: Arguments<F>): Promise<unknown> {
  return 'idempotency_key' in functions[fn] ? settle(await run(db, fn, args)).answer : run(db, fn, args)
}

/** As `call`, for a mutation, and says whether its idempotency key has answered instead of it. */
export async function perform<F extends MutationName>(db: Database, fn: F, args: Arguments<F>): Promise<Outcome> {
  return settle(await run(db, fn, args))
}

/** What a mutation answers is an answer or a refusal; a refusal has been stored, so it is no error to the database. */
function settle(outcome: unknown): Outcome {
  const { answer, refusal, replayed = false } = outcome as Stored
  if (refusal === undefined) return { answer, replayed }
  const error = new DatabaseError(refusal.code, undefined, refusal.detail)
  error.replayed = replayed
  throw error
}

async function run<F extends FunctionName>(db: Database, fn: F, args: Arguments<F>): Promise<unknown> {
  return isBooking(fn, args) ? bookingsOf(db).book(args) : runAlone(db, fn, args)
}

/** Whether it may travel with others: a rehearsal undoes what it did, and a booking without a car is refused by itself. */
function isBooking(fn: FunctionName, args: Arguments<FunctionName>): args is Booking {
  return fn === 'create_trip_rpc' && 'car_id' in args && typeof args.car_id === 'string' && !('dry_run' in args && args.dry_run)
}

/** A batch does not know it. */
const withoutRehearsal = ({ dry_run: _, ...booking }: Booking): Booking => booking

const queues = new WeakMap<Database['sql'], Bookings>()

/** The bookings of a pool, or of the one connection that stands in for it: they never travel over another one. */
export function bookingsOf(db: Database): Bookings {
  let bookings = queues.get(db.sql)
  if (bookings === undefined) {
    const ways: Ways = {
      alone: (booking) => runAlone(db, 'create_trip_rpc', booking),
      together: (together) => runTogether(db, 'create_trips_rpc', together.map(withoutRehearsal)),
    }
    bookings = bookTogether(ways, db.bookings)
    queues.set(db.sql, bookings)
  }
  return bookings
}

async function runAlone<F extends FunctionName>(db: Database, fn: F, args: Arguments<F>): Promise<unknown> {
  const given: Readonly<Record<string, unknown>> = args
  const values = Object.keys(functions[fn]).map((name) => (given[name] ?? null) as postgres.ParameterOrJSON<never>)
  // Reads wait for no lock.
  const car = 'idempotency_key' in functions[fn] ? given.car_id : undefined
  // In this order: who waits for a busy car keeps nothing from their own other calls.
  const endOfCar = typeof car === 'string' ? await db.turns(car) : undefined
  try {
    const endOfCaller = await db.callerTurns(JSON.stringify(given.actor))
    try {
      return await send(db, fn, values)
    } finally {
      endOfCaller()
    }
  } finally {
    endOfCar?.()
  }
}

/** Never tried again as a whole: one call that cannot be done would take the others with it once more. */
async function runTogether(db: Database, fn: BatchName, calls: readonly object[]): Promise<readonly unknown[]> {
  // As text: the driver would write JSON of its own accord, and in another way where it does not know the type yet.
  const rows = await withinDeadline(
    db,
    db.sql.unsafe(`select public.${fn}(calls => $1::text::jsonb) as answer`, [JSON.stringify(calls)], { prepare: true }),
  )
  return onlyRow(rows)?.answer
}

async function send(db: Database, fn: FunctionName, values: postgres.ParameterOrJSON<never>[]): Promise<unknown> {
  for (let attempt = 0; ; attempt += 1) {
    try {
      return onlyRow(await withinDeadline(db, db.sql.unsafe(statements[fn], values, { prepare: true })))?.answer
    } catch (cause) {
      const error = toDatabaseError(cause)
      if (error.code !== 'TRY_AGAIN' || attempt >= retries) throw error
      await delay(5 + Math.random() * 20 * 2 ** attempt)
    }
  }
}
