// The whole API on a free port of the loopback, on a test database, with tokens for whoever asks.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { loadSettings, type MailPort, type RunningServer, signDevelopmentToken, startServer } from '@fleetflow/server'
import { afterAll } from 'vitest'
import { openTestDatabase, type TestDatabase } from './database.ts'

export interface TestApp extends RunningServer {
  database: TestDatabase
  home: string
  /** A token of the development issuer whose subject is this email. */
  token(email: string): Promise<string>
}

/** Starts the API on a copy of the demo fleet (or of the empty template) with these settings; stopped after the file. */
export async function openTestApp(
  options: { demo?: boolean; settings?: Record<string, string>; database?: TestDatabase; mail?: MailPort } = {},
): Promise<TestApp> {
  const database = options.database ?? (await openTestDatabase({ demo: options.demo ?? true }))
  const home = mkdtempSync(join(tmpdir(), 'fleetflow-app-'))
  const settings = loadSettings({
    NODE_ENV: 'test',
    LOG_LEVEL: 'silent',
    PORT: '0',
    EVENT_RELAY: 'off',
    RATE_LIMIT_MAX: '1000000',
    FLEETFLOW_HOME: home,
    DATABASE_URL: database.apiUrl,
    ...options.settings,
  })
  const server = await startServer(settings, options.mail === undefined ? {} : { mail: options.mail })
  afterAll(async () => {
    await server.close()
    rmSync(home, { recursive: true, force: true })
  })
  return { ...server, database, home, token: (email) => signDevelopmentToken({ home, email }) }
}
