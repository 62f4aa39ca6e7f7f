// Calls an entry function: one statement, one round trip, the identity inside it.
import { setTimeout as delay } from 'node:timers/promises'
import type { Database } from './connect.ts'
import { toDatabaseError } from './errors.ts'
import { type Arguments, type FunctionName, functions } from './functions.ts'

/** How often a statement that lost a deadlock or a serialisation conflict is tried again. */
const retries = 3

/** The statement for a function and the parameters that are given; absent ones take the function's default. */
function statementOf(fn: FunctionName, names: readonly string[]): string {
  const types: Readonly<Record<string, string>> = functions[fn]
  return `select public.${fn}(${names.map((name, i) => `${name} => $${i + 1}::${types[name]}`).join(', ')}) as answer`
}

/**
 * Runs one entry function as one statement and answers its JSON. `undefined` arguments are left out, `null` is passed on.
 * Errors: DatabaseError. 40P01 and 40001 are retried at most 3 times with jitter, nothing else ever is.
 */
export async function call<F extends FunctionName>(db: Database, fn: F, args: Arguments<F>): Promise<unknown> {
  const given = Object.entries(args).filter(([, value]) => value !== undefined)
  const types: Readonly<Record<string, string>> = functions[fn]
  const unknown = given.find(([name]) => !Object.hasOwn(types, name))
  if (unknown) throw new TypeError(`${fn} has no parameter ${unknown[0]}`)
  const statement = statementOf(
    fn,
    given.map(([name]) => name),
  )
  for (let attempt = 0; ; attempt += 1) {
    try {
      const [row] = await db.sql.unsafe(
        statement,
        given.map(([, value]) => value),
        { prepare: true },
      )
      return row?.answer
    } catch (cause) {
      const error = toDatabaseError(cause)
      if (error.code !== 'TRY_AGAIN' || attempt >= retries) throw error
      await delay(5 + Math.random() * 20 * 2 ** attempt)
    }
  }
}
