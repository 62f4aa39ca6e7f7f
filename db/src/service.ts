// Calls a function of the server's own loops: nobody acts in it.
import type { Database } from './connect.ts'
import { withinDeadline } from './deadline.ts'
import { toDatabaseError } from './errors.ts'
import type { ServiceName } from './functions.ts'
import { onlyRow } from './row.ts'

/** Answers how much it did, or null where another process does it. Errors: DatabaseError. */
export async function service(db: Database, name: ServiceName, batch: number): Promise<number | null> {
  try {
    const rows = await withinDeadline(db, db.sql.unsafe(`select public.${name}(batch => $1::integer) as done`, [batch], { prepare: true }))
    return onlyRow(rows)?.done ?? null
  } catch (error) {
    throw toDatabaseError(error)
  }
}
