// Starts the PostgreSQL that a group of test files shares, with a migrated template to copy, and hands its address to them.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { adminOptions, migrate, seed } from '@fleetflow/db/admin'
import { acquireEmbedded } from '@fleetflow/db/embedded'
import { developmentIssuer } from '@fleetflow/server'
import postgres from 'postgres'
import type { TestProject } from 'vitest/node'
import { binaries15 } from './binaries15.ts'

/** Which PostgreSQL a group of test files runs on: our own, one that looks like a managed platform's, or Debian's 15. */
export type Target = 'embedded' | 'managed' | 'postgres15'

export interface TestCluster {
  target: Target
  /** The administrator; on `managed` no superuser. The database in it is the maintenance database. */
  adminUrl: string
  /** A superuser where the tests may have one at all. */
  superuserUrl: string
  apiPassword: string
  authPassword: string
  /** Migrated and empty. */
  template: string
  /** Migrated, with the demo fleet. */
  demoTemplate: string
  serverLog: string
}

declare module 'vitest' {
  interface ProvidedContext {
    cluster: TestCluster
  }
}

const withDatabase = (url: string, database: string): string => Object.assign(new URL(url), { pathname: `/${database}` }).href

/** A login that may create roles and databases but is no superuser, on a server that hands new functions to a role of its own. */
async function makeManaged(superuserUrl: string): Promise<string> {
  const sql = postgres(superuserUrl, adminOptions('fleetflow-tests'))
  await sql.unsafe(`create role anon nologin`)
  await sql.unsafe(`create role platform_admin login createrole createdb password 'platform'`)
  await sql.unsafe(`create database platform owner platform_admin`)
  await sql.end()
  const url = Object.assign(new URL(superuserUrl), { username: 'platform_admin', password: 'platform' }).href
  return withDatabase(url, 'platform')
}

async function makeTemplate(
  adminUrl: string,
  name: string,
  options: { apiPassword: string; authPassword: string; managed: boolean; demo: boolean },
): Promise<void> {
  const sql = postgres(adminUrl, adminOptions('fleetflow-tests'))
  await sql.unsafe(`create database ${name}`)
  await sql.end()
  const url = withDatabase(adminUrl, name)
  if (options.managed) {
    const inside = postgres(url, adminOptions('fleetflow-tests'))
    for (const kind of ['functions', 'tables', 'sequences']) {
      await inside.unsafe(`alter default privileges in schema public grant all on ${kind} to anon`)
    }
    await inside.end()
  }
  await migrate(url, { apiPassword: options.apiPassword, authPassword: options.authPassword })
  if (options.demo) await seed(url, { issuer: developmentIssuer })
}

async function startCluster(target: Target): Promise<{ cluster: TestCluster; stop: () => Promise<void> }> {
  const home = mkdtempSync(join(tmpdir(), `fleetflow-tests-${target}-`))
  const server = await acquireEmbedded({ home, unsafeNoSync: true, ...(target === 'postgres15' ? { binaries: binaries15 } : {}) })
  const superuserUrl = server.urlFor('postgres')
  const adminUrl = target === 'managed' ? await makeManaged(superuserUrl) : superuserUrl
  const options = { apiPassword: 'api', authPassword: 'auth', managed: target === 'managed' }
  await makeTemplate(adminUrl, 'fleetflow_template', { ...options, demo: false })
  await makeTemplate(adminUrl, 'fleetflow_demo', { ...options, demo: true })
  const cluster: TestCluster = {
    target,
    adminUrl,
    superuserUrl,
    apiPassword: options.apiPassword,
    authPassword: options.authPassword,
    template: 'fleetflow_template',
    demoTemplate: 'fleetflow_demo',
    serverLog: server.serverLog,
  }
  return {
    cluster,
    stop: async () => {
      await server.release()
      rmSync(home, { recursive: true, force: true })
    },
  }
}

/** A vitest global setup for one target. */
export const setupFor = (target: Target) => async (project: TestProject) => {
  const { cluster, stop } = await startCluster(target)
  project.provide('cluster', cluster)
  return stop
}
