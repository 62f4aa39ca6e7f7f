// An app whose database cannot be reached: whatever is answered without 503 was decided before any database was asked.
import { mkdtempSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connect } from '@fleetflow/db'
import { type AppOptions, buildApp, createVerifier, loadSettings, type Settings, signDevelopmentToken } from '@fleetflow/server'
import type { FastifyInstance, LightMyRequestResponse } from 'fastify'

export interface OfflineApp extends AsyncDisposable {
  app: FastifyInstance
  home: string
  /** `{ authorization: 'Bearer ...' }` of a valid token. */
  signedIn: { authorization: string }
}

export const nowhere = 'postgres://nobody@127.0.0.1:1/nothing'

/** Quiet, without a rate limit, with a home of its own. */
export function settingsFor(environment: Record<string, string> = {}): Settings {
  const home = mkdtempSync(join(tmpdir(), 'fleetflow-api-'))
  return loadSettings({ FLEETFLOW_HOME: home, LOG_LEVEL: 'silent', RATE_LIMIT_MAX: '999999', ...environment })
}

export async function offlineApp(environment: Record<string, string> = {}, extra: Partial<AppOptions> = {}): Promise<OfflineApp> {
  const settings = settingsFor(environment)
  const { home } = settings
  const database = connect({ url: nowhere })
  const app = await buildApp({ settings, database, verifier: await createVerifier(settings), ...extra })
  const token = await signDevelopmentToken({ home, email: 'Renter@Example.com' })
  return {
    app,
    home,
    signedIn: { authorization: `Bearer ${token}` },
    async [Symbol.asyncDispose]() {
      await app.close()
      await database.close()
      await rm(home, { recursive: true, force: true })
    },
  }
}

export interface Refusal {
  code: string
  message: string
  retryable: boolean
  retryAfterMs?: number
  field?: string
  details?: Record<string, unknown>
  requestId: string
}

/** The envelope of an answer, whichever of the two forms it came in. */
export function refusalOf(response: LightMyRequestResponse): Refusal {
  const body: { error?: { data: Refusal }; detail?: string } & Refusal = response.json()
  return body.error?.data ?? { ...body, message: body.detail ?? '' }
}
