// The key that signs tokens while nothing else is configured: generated once into FLEETFLOW_HOME, readable by its owner alone.
import { randomUUID } from 'node:crypto'
import { link, mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { exportJWK, generateKeyPair, importJWK, type JWK, SignJWT } from 'jose'

export const developmentIssuer = 'https://fleetflow.localhost'
export const developmentAudience = 'fleetflow'

/** The private key of this home as a JWK. Concurrent first calls agree on one key. */
export async function developmentKey(home: string): Promise<JWK> {
  const path = join(home, 'development-key.json')
  return (await readKey(path)) ?? (await createKey(home, path))
}

async function readKey(path: string): Promise<JWK | undefined> {
  try {
    return JSON.parse(await readFile(path, 'utf8')) as JWK
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined
    throw new Error(`The development key ${path} cannot be read; delete the file to have a new one made`, { cause: error })
  }
}

async function createKey(home: string, path: string): Promise<JWK> {
  await mkdir(home, { recursive: true })
  const { privateKey } = await generateKeyPair('EdDSA', { extractable: true })
  const key = { ...(await exportJWK(privateKey)), alg: 'EdDSA', use: 'sig', kid: randomUUID() }
  const draft = join(home, `development-key.${randomUUID()}.tmp`)
  await writeFile(draft, `${JSON.stringify(key)}\n`, { mode: 0o600, flag: 'wx' })
  try {
    // A link appears whole or not at all, and fails where another process was first.
    await link(draft, path)
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error
  } finally {
    await rm(draft, { force: true })
  }
  const stored = await readKey(path)
  if (stored === undefined) throw new Error(`The development key ${path} vanished while it was made`)
  return stored
}

export interface DevelopmentTokenOptions {
  home: string
  email: string
  name?: string
  /** As jose takes it: `1h`, `30d`. Default `12h`. */
  expiresIn?: string
}

/** A token for the development issuer: the subject is the address in lower case. */
export async function signDevelopmentToken(options: DevelopmentTokenOptions): Promise<string> {
  const key = await developmentKey(options.home)
  return new SignJWT({ email: options.email, ...(options.name === undefined ? {} : { name: options.name }) })
    .setProtectedHeader({ alg: 'EdDSA', typ: 'JWT', ...(key.kid === undefined ? {} : { kid: key.kid }) })
    .setIssuer(developmentIssuer)
    .setAudience(developmentAudience)
    .setSubject(options.email.toLowerCase())
    .setIssuedAt()
    .setExpirationTime(options.expiresIn ?? '12h')
    .sign(await importJWK(key, 'EdDSA'))
}
