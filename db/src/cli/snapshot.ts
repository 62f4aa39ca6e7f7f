// `pnpm db:snapshot`: writes down what the newest schema looks like in the catalog, for `fleetflow verify` to compare with.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import postgres from 'postgres'
import { readCatalog } from '../catalog.ts'
import { adminOptions } from '../connect.ts'
import { acquireEmbedded } from '../embedded/index.ts'
import { migrate } from '../migrate.ts'
import { catalogFile } from '../verify.ts'

const home = mkdtempSync(join(tmpdir(), 'fleetflow-snapshot-'))
const embedded = await acquireEmbedded({ home, unsafeNoSync: true })
try {
  await migrate(embedded.adminUrl)
  const sql = postgres(embedded.adminUrl, adminOptions('fleetflow-snapshot'))
  const catalog = await readCatalog(sql)
  await sql.end()
  writeFileSync(catalogFile, `${JSON.stringify(catalog, null, 2)}\n`)
  console.log(`db/migrations/catalog.json: ${Object.keys(catalog).length} objects.`)
} finally {
  await embedded.release()
  rmSync(home, { recursive: true, force: true })
}
