// The traps of the stack as lints over the catalog: each is silent about our schema, and each notices what it is there for.
import { describe, expect, test } from 'vitest'
import { openTestDatabase } from '../../support/database.ts'
import { functionLints } from '../../support/lints/functions.ts'
import { faults, type Lint } from '../../support/lints/lint.ts'
import { policyLints } from '../../support/lints/policies.ts'
import { roleLints } from '../../support/lints/roles.ts'
import { tableLints } from '../../support/lints/tables.ts'
import { openSuperuser } from '../../support/superuser.ts'

const db = await openTestDatabase()
const superuser = openSuperuser(db)

/** What a lint says after a change that is taken back. */
async function faultsAfter(lint: Lint, change: string): Promise<string[]> {
  await superuser.unsafe('begin')
  try {
    await superuser.unsafe(change)
    return faults(await lint.examine(superuser))
  } finally {
    await superuser.unsafe('rollback')
  }
}

describe.each([
  ['functions', functionLints],
  ['policies', policyLints],
  ['tables', tableLints],
  ['roles', roleLints],
])('lints of %s', (_, lints) => {
  // Not describe.each, which cuts a guarantee short in the title.
  for (const lint of lints)
    describe(lint.guarantee, () => {
      test('holds', async () => {
        const examined = await lint.examine(db.admin)
        expect(examined.length).toBeGreaterThanOrEqual(lint.least)
        expect(faults(examined)).toEqual([])
      })

      test.each(lint.breaks)('notices $does', async ({ sql, reports }) => {
        const found = await faultsAfter(lint, sql)
        expect(
          found.filter((fault) => fault.startsWith(reports)),
          found.join('; '),
        ).not.toEqual([])
      })
    })
})
