// Procedures without HTTP: the same inputs, the same rules, one function call.
import { type Actor, connect } from '@fleetflow/db'
import { appRouter } from './router.ts'
import { createCallerFactory } from './trpc/init.ts'

const createCaller = createCallerFactory(appRouter)

export interface ScriptCaller extends AsyncDisposable {
  /** `api.trips.create({ ... })`; refusals are thrown, `toEnvelope` tells their code. */
  api: ReturnType<typeof createCaller>
  close(): Promise<void>
}

/** Calls procedures as `actor` on the database at `databaseUrl` (as the role fleetflow_api). Close it when done, or use `await using`. */
export function createScriptCaller(options: { databaseUrl: string; actor: Actor; poolSize?: number }): ScriptCaller {
  const database = connect({ url: options.databaseUrl, max: options.poolSize ?? 2, applicationName: 'fleetflow script' })
  const close = () => database.close()
  const api = createCaller(() => ({ database, actor: options.actor, requestId: crypto.randomUUID() }))
  return { api, close, [Symbol.asyncDispose]: close }
}
