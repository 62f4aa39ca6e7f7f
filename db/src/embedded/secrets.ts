// The generated passwords of an embedded cluster and the identity that its initdb gave it.
import { createHmac, randomBytes } from 'node:crypto'
import { EmbeddedError } from './errors.ts'
import { pathsOf, readIfPresent, writeWhole } from './files.ts'

export interface Secrets {
  superuserPassword: string
  apiPassword: string
  /** Of the bundled issuer's role. */
  authPassword: string
  systemIdentifier: string
}

export const newPassword = (): string => randomBytes(24).toString('base64url')

export async function readSecrets(home: string): Promise<Secrets | undefined> {
  const path = pathsOf(home).secrets
  const text = await readIfPresent(path)
  if (text === undefined) return undefined
  const secrets = parse(text)
  if (!secrets?.superuserPassword || !secrets.apiPassword || !secrets.systemIdentifier) throw new EmbeddedError(`${path} is damaged`)
  // A home of before the issuer has none: derived, so that all who read it at once agree.
  const authPassword = secrets.authPassword ?? createHmac('sha256', secrets.superuserPassword).update('fleetflow_auth').digest('base64url')
  return { ...(secrets as Secrets), authPassword }
}

export const writeSecrets = (home: string, secrets: Secrets): Promise<void> =>
  writeWhole(pathsOf(home).secrets, `${JSON.stringify(secrets, null, 2)}\n`)

function parse(text: string): Partial<Secrets> | undefined {
  try {
    return JSON.parse(text) as Partial<Secrets>
  } catch {
    return undefined
  }
}

export const urlFor = (user: string, password: string, port: number, database: string): string =>
  `postgres://${user}:${password}@127.0.0.1:${port}/${encodeURIComponent(database)}`
