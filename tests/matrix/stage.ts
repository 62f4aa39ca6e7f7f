// The whole API over one connection inside one transaction: every request is taken back, so that thousands meet the same scene.
import { connect, type Database } from '@fleetflow/db'
import { buildApp, createVerifier, loadSettings } from '@fleetflow/server'
import type { FastifyInstance } from 'fastify'

export interface Stage extends AsyncDisposable {
  app: FastifyInstance
  /** Runs something against the app and takes back what it has done to the database. */
  act<T>(scene: () => Promise<T>): Promise<T>
}

export async function openStage(options: { apiUrl: string; home: string }): Promise<Stage> {
  const pool = connect({ url: options.apiUrl, max: 1, applicationName: 'fleetflow-matrix' })
  const connection = await pool.sql.reserve()
  await connection`begin`
  const database: Database = { ...pool, sql: connection }
  const settings = loadSettings({ NODE_ENV: 'test', LOG_LEVEL: 'silent', FLEETFLOW_HOME: options.home, RATE_LIMIT_MAX: '999999999' })
  const app = await buildApp({ settings, database, verifier: await createVerifier(settings) })
  return {
    app,
    async act(scene) {
      await connection`savepoint scene`
      try {
        return await scene()
      } finally {
        await connection`rollback to savepoint scene`
      }
    },
    async [Symbol.asyncDispose]() {
      await app.close()
      await connection`rollback`
      connection.release()
      await pool.close()
    },
  }
}
