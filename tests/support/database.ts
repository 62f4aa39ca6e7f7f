// A database of its own for a test file: a copy of the migrated template, opened as everybody who matters.
import { randomBytes } from 'node:crypto'
import { connect, type Database } from '@fleetflow/db'
import { adminOptions } from '@fleetflow/db/admin'
import postgres from 'postgres'
import { afterAll, inject } from 'vitest'
import type { TestCluster } from './cluster.ts'

export interface TestDatabase {
  cluster: TestCluster
  name: string
  /** As the administrator who migrates; a superuser only on the embedded target. */
  adminUrl: string
  /** As fleetflow_api. */
  apiUrl: string
  /** As fleetflow_auth. */
  authUrl: string
  /** One connection as the administrator. */
  admin: postgres.Sql
  /** One connection as fleetflow_sys, which sees every row. */
  sys: postgres.Sql
  /** The pool that the API would use. */
  api: Database
}

const address = (url: string, change: { username?: string; password?: string; pathname: string }): string =>
  Object.assign(new URL(url), change).href

const openAs = (url: string, role?: string): postgres.Sql => {
  const options = adminOptions('fleetflow-tests')
  return postgres(url, { ...options, connection: { ...options.connection, ...(role ? { role } : {}) } })
}

/**
 * Copies the template (with `demo`, the one with the demo fleet; with `empty`, a database without any schema) and drops the copy after the file.
 */
export async function openTestDatabase(
  options: { demo?: boolean; empty?: boolean; poolSize?: number; lockTimeoutMs?: number } = {},
): Promise<TestDatabase> {
  const cluster = inject('cluster')
  const name = `t_${randomBytes(6).toString('hex')}`
  const template = options.empty ? 'template0' : options.demo ? cluster.demoTemplate : cluster.template
  const maintenance = openAs(cluster.adminUrl)
  await maintenance.unsafe(`create database ${name} template ${template} strategy file_copy`)
  const adminUrl = address(cluster.adminUrl, { pathname: `/${name}` })
  const apiUrl = address(cluster.adminUrl, { username: 'fleetflow_api', password: cluster.apiPassword, pathname: `/${name}` })
  if (!options.empty) {
    // Rights on a database itself are not part of a copy.
    const grants = openAs(adminUrl)
    await grants.unsafe(`revoke temporary on database ${name} from public`)
    await grants.end()
  }
  const authUrl = address(cluster.adminUrl, { username: 'fleetflow_auth', password: cluster.authPassword, pathname: `/${name}` })
  const database: TestDatabase = {
    cluster,
    name,
    adminUrl,
    apiUrl,
    authUrl,
    admin: openAs(adminUrl),
    sys: openAs(adminUrl, 'fleetflow_sys'),
    api: connect({
      url: apiUrl,
      max: options.poolSize ?? 4,
      applicationName: 'fleetflow-tests',
      ...(options.lockTimeoutMs ? { lockTimeoutMs: options.lockTimeoutMs } : {}),
    }),
  }
  afterAll(async () => {
    await Promise.all([database.admin.end({ timeout: 1 }), database.sys.end({ timeout: 1 }), database.api.close()])
    await maintenance.end()
    // A superuser, because the server's own workers may be looking at the database, and nobody else may end them.
    const superuser = openAs(cluster.superuserUrl)
    await superuser.unsafe(`drop database ${name} with (force)`)
    await superuser.end()
  })
  return database
}
