// Sends one call as a statement of its own, without the retries of `call`, so that nothing that PostgreSQL says is hidden.
import { type Database, functions } from '@fleetflow/db'
import { toDatabaseError } from '@fleetflow/db/admin'
import type { Call } from './operation.ts'

export type Outcome =
  | { done: true; answer: unknown; replayed: boolean }
  | { done: false; code: string; details: unknown; replayed: boolean; sqlstate: string | undefined; message: string }

interface Stored {
  answer?: unknown
  refusal?: { code: string; detail: unknown }
  replayed?: boolean
}

const sqlstateOf = (error: unknown): string | undefined => (error instanceof Error && 'code' in error ? String(error.code) : undefined)

export async function send(db: Database, { fn, args }: Call, key: string, rehearse: boolean): Promise<Outcome> {
  const given: Readonly<Record<string, unknown>> = { ...args, idempotency_key: key, dry_run: rehearse }
  const parameters = Object.entries<string>(functions[fn])
  const list = parameters.map(([name, type], i) => `${name} => $${i + 1}::${type}`).join(', ')
  try {
    const values = parameters.map(([name]) => (given[name] ?? null) as never)
    const [row] = await db.sql.unsafe<{ outcome: Stored }[]>(`select public.${fn}(${list}) as outcome`, values, { prepare: true })
    const { answer, refusal, replayed = false } = row?.outcome ?? {}
    if (refusal === undefined) return { done: true, answer, replayed }
    return { done: false, code: refusal.code, details: refusal.detail, replayed, sqlstate: undefined, message: refusal.code }
  } catch (error) {
    const { code, details } = toDatabaseError(error)
    const message = error instanceof Error ? error.message : String(error)
    return { done: false, code, details, replayed: false, sqlstate: sqlstateOf(error), message }
  }
}
