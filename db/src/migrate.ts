// Applies the history under an advisory lock, one statement a query, and proves that the journal and the files agree.
import postgres from 'postgres'
import { type BootstrapOptions, bootstrap } from './bootstrap.ts'
import { adminOptions } from './connect.ts'
import { type Migration, migrations } from './migrations/files.ts'
import { revokeStrangers } from './migrations/grantees.ts'
import { splitStatements } from './migrations/statements.ts'
import { markOf } from './schemaState.ts'

export interface MigrateOptions extends BootstrapOptions {
  /** The history to apply; db/migrations unless told. */
  history?: readonly Migration[]
  onMigration?: (name: string) => void
}

export interface MigrateResult {
  /** Names applied by this call, oldest first. */
  applied: string[]
  /** Migrations in the journal afterwards. */
  total: number
}

/** The journal and the files disagree: a migration was edited, removed or inserted after it had been applied. */
export class MigrationMismatch extends Error {
  override name = 'MigrationMismatch'
}

const lockKey = 4_729_163_001

/** The policy comes last: where it is, the journal is whole. Each statement may be run again after a run that was cut off. */
const journalTable = [
  'create schema if not exists private',
  `create table if not exists private.migrations (
     index integer constraint migrations_pkey primary key,
     name text not null constraint migrations_name_key unique,
     checksum text not null,
     applied_at timestamptz not null default now())`,
  'alter table private.migrations enable row level security',
  'alter table private.migrations force row level security',
  'alter default privileges for role fleetflow_owner revoke execute on functions from public',
  'create policy migrations_owner on private.migrations to fleetflow_owner using (true) with check (true)',
]

async function readJournal(sql: postgres.Sql | postgres.TransactionSql): Promise<{ name: string; checksum: string }[]> {
  return sql<{ name: string; checksum: string }[]>`select name, checksum from private.migrations order by index`
}

/** Refuses a history whose already applied part differs from the journal. */
function verifyApplied(history: readonly Migration[], journal: readonly { name: string; checksum: string }[]): void {
  journal.forEach((row, index) => {
    const file = history[index]
    if (file?.name !== row.name)
      throw new MigrationMismatch(`The database has migration ${row.name} where the files have ${file?.name ?? 'none'}.`)
    if (file.checksum !== row.checksum) throw new MigrationMismatch(`Migration ${row.name} was changed after it had been applied.`)
  })
}

async function applyOne(sql: postgres.Sql, migration: Migration): Promise<void> {
  await sql.begin(async (tx) => {
    await tx`set local check_function_bodies = off`
    await tx`grant create on schema public, private to fleetflow_fn, fleetflow_sys`
    for (const statement of splitStatements(migration.text)) await tx.unsafe(statement)
    await tx`revoke create on schema public, private from fleetflow_fn, fleetflow_sys`
    await tx`insert into private.migrations ${tx({ index: migration.index, name: migration.name, checksum: migration.checksum })}`
    await tx.unsafe(markOf(migration.name))
  })
}

/**
 * Brings a database to the newest schema: roles first, then each missing migration in a transaction of its own. Twenty at once are safe.
 * Errors: MigrationMismatch, or PostgreSQL's own with the failed migration rolled back.
 */
export async function migrate(adminUrl: string, options: MigrateOptions = {}): Promise<MigrateResult> {
  const history = options.history ?? migrations()
  await bootstrap(adminUrl, options)
  const sql = postgres(adminUrl, adminOptions('fleetflow-migrate'))
  try {
    await sql`select pg_advisory_lock(${lockKey})`
    await sql`set role fleetflow_owner`
    await sql`set lock_timeout = '10s'`
    const [journal] = await sql`select from pg_policies where schemaname = 'private' and tablename = 'migrations'`
    if (!journal) for (const statement of journalTable) await sql.unsafe(statement)
    const before = await readJournal(sql)
    verifyApplied(history, before)
    const missing = history.slice(before.length)
    for (const migration of missing) {
      await applyOne(sql, migration)
      options.onMigration?.(migration.name)
    }
    await revokeStrangers(sql)
    const after = await readJournal(sql)
    verifyApplied(history, after)
    if (after.length !== history.length) throw new MigrationMismatch(`The journal has ${after.length} rows for ${history.length} files.`)
    return { applied: missing.map((m) => m.name), total: after.length }
  } finally {
    await sql.end()
  }
}
