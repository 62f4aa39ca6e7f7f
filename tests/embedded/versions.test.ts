// Other installed versions of PostgreSQL through `binaries`, and what happens when versions are mixed.
import { existsSync } from 'node:fs'
import { acquireEmbedded } from '@fleetflow/db/embedded'
import postgres from 'postgres'
import { expect, test } from 'vitest'
import { newHome, temporaryDirectory } from './support.ts'

const binaries = '/usr/lib/postgresql/15/bin'
const isInstalled = existsSync(`${binaries}/initdb`)
if (!isInstalled) console.warn(`SKIPPED: PostgreSQL 15 is not installed in ${binaries}`)

test.runIf(isInstalled)('PostgreSQL 15 runs with UTF-8, checksums and the same settings, and 18 refuses its data directory', async () => {
  const home = newHome()
  const embedded = await acquireEmbedded({ home, binaries, unsafeNoSync: true })
  const sql = postgres(embedded.adminUrl, { max: 1 })
  const [row] =
    await sql`select version(), lower('ÄÖ') as lowered, current_setting('data_checksums') as checksums, current_setting('server_encoding') as encoding`
  expect(row).toMatchObject({ lowered: 'äö', checksums: 'on', encoding: 'UTF8' })
  expect(row?.version).toMatch(/^PostgreSQL 15\./)
  await sql.end()
  await embedded.release()
  await expect(acquireEmbedded({ home })).rejects.toThrow(/made by PostgreSQL 15 and the binaries are 18/)
})

test('binaries that are not there are named', async () => {
  const directory = temporaryDirectory()
  await expect(acquireEmbedded({ home: newHome(), binaries: directory })).rejects.toThrow(`${directory}/initdb cannot be run`)
})
