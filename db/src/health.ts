// What a process asks the database about itself: is it there, and with which rights do we talk to it?
import type { Database } from './connect.ts'
import { withinDeadline } from './deadline.ts'
import { toDatabaseError } from './errors.ts'
import { onlyRow } from './row.ts'

export interface Privileges {
  /** The role that logged in. */
  sessionUser: string
  /** The role in whose name statements run. */
  currentUser: string
  superuser: boolean
  bypassRls: boolean
  createRole: boolean
  /** May become the role that owns the tables. */
  owner: boolean
}

const probeMs = 2000
const asked = new WeakMap<Database, Promise<unknown>>()

/**
 * Resolves when the database answers, on a connection of its own: not behind what the pool is busy with. However many ask, one question is
 * under way. Errors: DatabaseError, UNAVAILABLE when there is no answer within 2 seconds.
 */
export async function ready(db: Database): Promise<void> {
  let answer = asked.get(db)
  if (answer === undefined) {
    answer = withinDeadline({ deadlineMs: Math.min(probeMs, db.deadlineMs) }, db.probe`select 1`).finally(() => asked.delete(db))
    asked.set(db, answer)
  }
  try {
    await answer
  } catch (error) {
    throw toDatabaseError(error)
  }
}

/** The rights of this pool's connections: those of the login and those in force, whichever is more. */
export async function privileges(db: Pick<Database, 'sql'>): Promise<Privileges> {
  try {
    const rows = await db.sql<Privileges[]>`
      select session_user as "sessionUser", current_user as "currentUser",
             bool_or(r.rolsuper) as superuser, bool_or(r.rolbypassrls) as "bypassRls", bool_or(r.rolcreaterole) as "createRole",
             bool_or(pg_has_role(r.oid, 'fleetflow_owner', 'MEMBER')) as owner
        from pg_roles as r
       where r.rolname in (session_user, current_user)`
    const row = onlyRow(rows)
    if (!row) throw new Error('no such role')
    return row
  } catch (error) {
    throw toDatabaseError(error)
  }
}

/** How many connections the server lets ordinary roles have, all together. */
export async function connectionLimit(db: Pick<Database, 'sql'>): Promise<number> {
  try {
    const rows = await db.sql<{ limit: number }[]>`
      select current_setting('max_connections')::integer - current_setting('superuser_reserved_connections')::integer as limit`
    return onlyRow(rows)?.limit ?? 0
  } catch (error) {
    throw toDatabaseError(error)
  }
}
