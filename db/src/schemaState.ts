// How far a database's schema is, readable by every role: the migrator leaves the newest migration's name as a comment.
import postgres from 'postgres'
import { adminOptions } from './connect.ts'
import { migrations } from './migrations/files.ts'

export interface SchemaState {
  /** The newest migration of the database, null when there is none. */
  applied: string | null
  /** Migrations that this version has and the database lacks. */
  missing: string[]
}

/** Where the mark is: any role may read comments, only the owner may write this one. */
export const markOf = (name: string): string => `comment on table private.migrations is 'newest: ${name}'`

/** Errors: PostgreSQL's own. */
export async function schemaState(url: string): Promise<SchemaState> {
  const sql = postgres(url, adminOptions('fleetflow-schema'))
  try {
    const [row] = await sql<{ mark: string | null }[]>`
      select obj_description(c.oid, 'pg_class') as mark
        from pg_class as c join pg_namespace as n on n.oid = c.relnamespace
       where n.nspname = 'private' and c.relname = 'migrations'`
    const applied = /^newest: (\S+)$/.exec(row?.mark ?? '')?.[1] ?? null
    const names = migrations().map((migration) => migration.name)
    // A name that is not ours was written by a newer version, which has all of ours.
    const known = applied === null ? 0 : names.indexOf(applied) + 1 || names.length
    return { applied, missing: names.slice(known) }
  } finally {
    await sql.end()
  }
}
