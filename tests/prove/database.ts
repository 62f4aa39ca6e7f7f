// Which database a run works on: the configured one, or an embedded one of its own that is thrown away.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { migrate } from '@fleetflow/db/admin'
import { acquireEmbedded } from '@fleetflow/db/embedded'
import { loadSettings } from '@fleetflow/server'
import { CommandError } from '../../server/src/cli/command.ts'
import { requireCurrent } from '../../server/src/cli/database.ts'
import type { Terminal } from '../../server/src/cli/terminal.ts'

export interface ProveDatabase extends AsyncDisposable {
  adminUrl: string
  apiUrl: string
  throwAway: boolean
}

/** Errors: CommandError for a database that is not up to date, or that a sabotage would damage. */
export async function openProveDatabase(terminal: Terminal, sabotage: boolean): Promise<ProveDatabase> {
  const { databaseUrl, databaseAdminUrl } = loadSettings()
  const [apiUrl, adminUrl] = [databaseUrl ?? databaseAdminUrl, databaseAdminUrl ?? databaseUrl]
  if (apiUrl === undefined || adminUrl === undefined) return openThrowAway(terminal)
  if (sabotage) throw new CommandError('A sabotage damages the database it runs on: unset DATABASE_URL and DATABASE_ADMIN_URL')
  await requireCurrent(adminUrl)
  return { adminUrl, apiUrl, throwAway: false, [Symbol.asyncDispose]: async () => {} }
}

/** Without fsync: nothing of it is kept. */
async function openThrowAway(terminal: Terminal): Promise<ProveDatabase> {
  const home = await mkdtemp(join(tmpdir(), 'fleetflow-prove-'))
  const remove = () => rm(home, { recursive: true, force: true })
  try {
    const embedded = await terminal.step('Starting an embedded PostgreSQL to throw away', () =>
      acquireEmbedded({ home, unsafeNoSync: true, log: (line) => terminal.note(`PostgreSQL: ${line}`) }),
    )
    const release = async () => {
      await embedded.release()
      await remove()
    }
    try {
      await terminal.step('Migrating', () => migrate(embedded.adminUrl, { apiPassword: embedded.apiPassword }))
    } catch (error) {
      await release()
      throw error
    }
    return { adminUrl: embedded.adminUrl, apiUrl: embedded.apiUrl, throwAway: true, [Symbol.asyncDispose]: release }
  } catch (error) {
    await remove()
    throw error
  }
}
