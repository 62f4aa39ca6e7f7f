// The history and the current definitions make the same database: neither can change without the other.
import { bootstrap, drizzleKit, readCatalog, splitStatements, sqlObjects } from '@fleetflow/db/admin'
import type postgres from 'postgres'
import { describe, expect, test } from 'vitest'
import { openTestDatabase } from '../support/database.ts'

/** Builds the schema without the history: prelude, tables, then everything else in db/sql. */
async function build(tx: postgres.TransactionSql): Promise<void> {
  const objects = sqlObjects()
  await tx`set local role fleetflow_owner`
  await tx`set local check_function_bodies = off`
  const of = (prelude: boolean) => objects.filter((o) => (o.folder === 'prelude') === prelude).map((o) => o.text)
  const [first, ...rest] = of(true)
  await tx.unsafe('create schema if not exists private')
  await tx.unsafe('grant create on schema public, private to fleetflow_fn, fleetflow_sys')
  for (const text of [first ?? '', ...rest, drizzleKit('export'), ...of(false)]) {
    for (const statement of splitStatements(text)) await tx.unsafe(statement)
  }
  await tx.unsafe('revoke create on schema public, private from fleetflow_fn, fleetflow_sys')
}

describe('drift', async () => {
  const migrated = await openTestDatabase()
  const built = await openTestDatabase({ empty: true })
  await bootstrap(built.adminUrl)
  await built.admin.begin(build)

  test('an empty database built from db/schema and db/sql equals a migrated one', async () => {
    const expected = await readCatalog(migrated.admin)
    const kinds = Object.keys(expected).map((key) => key.split(' ')[0])
    for (const kind of ['table', 'function', 'policy', 'trigger', 'constraint', 'index']) expect(kinds).toContain(kind)
    const withoutJournal = Object.fromEntries(Object.entries(expected).filter(([key]) => !key.includes('migrations')))
    expect(Object.keys(withoutJournal).length).toBeGreaterThan(200)
    expect(await readCatalog(built.admin)).toEqual(withoutJournal)
  })
})
