// What a process asks the database about itself: is it there, and with which rights do we talk to it?
import type { Database } from './connect.ts'
import { withinDeadline } from './deadline.ts'
import { toDatabaseError } from './errors.ts'

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

/** Resolves when the database answers. Errors: DatabaseError, UNAVAILABLE when it does not. */
export async function ready(db: Database): Promise<void> {
  try {
    await withinDeadline(db, db.sql`select 1`)
  } catch (error) {
    throw toDatabaseError(error)
  }
}

/** The rights of this pool's connections: those of the login and those in force, whichever is more. */
export async function privileges(db: Pick<Database, 'sql'>): Promise<Privileges> {
  try {
    const [row] = await db.sql<Privileges[]>`
      select session_user as "sessionUser", current_user as "currentUser",
             bool_or(r.rolsuper) as superuser, bool_or(r.rolbypassrls) as "bypassRls", bool_or(r.rolcreaterole) as "createRole",
             bool_or(pg_has_role(r.oid, 'fleetflow_owner', 'MEMBER')) as owner
        from pg_roles as r
       where r.rolname in (session_user, current_user)`
    if (!row) throw new Error('no such role')
    return row
  } catch (error) {
    throw toDatabaseError(error)
  }
}
