// The issuers whose tokens are believed, each with keys of its own.
import { createPublicKey } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import type { Settings } from '../../env.ts'
import type { IssuerSettings, TokenSettings } from '../../tokenSettings.ts'
import { type Algorithm, usualAlgorithms } from './algorithms.ts'
import { developmentAudience, developmentIssuer, developmentKey } from './developmentKey.ts'
import { discoverKeys, fetchJson } from './fetchKeys.ts'
import { fixedKeys, type KeySource, loadedKeys } from './keySource.ts'
import { type Key, readKeys } from './keys.ts'

export interface TrustedIssuer {
  /** Exactly the `iss` of its tokens. */
  issuer: string
  audiences: readonly string[]
  algorithms: readonly Algorithm[]
  keys: KeySource
  /** Its tokens name a session (`sid`) that the database knows; nobody else's do. */
  hasSessions?: boolean
}

/** The issuers of the settings; where there are none, outside production, the development key of the home. */
export async function configuredIssuers(
  settings: Pick<Settings, 'home' | 'production' | 'tokens'>,
  now: () => number,
): Promise<TrustedIssuer[]> {
  const { home, production, tokens } = settings
  if (tokens.issuers.length > 0) {
    return Promise.all(tokens.issuers.map(async (issuer) => ({ ...issuer, keys: await keysOf(issuer, tokens, now) })))
  }
  if (production) return []
  const keys = fixedKeys(readKeys({ keys: [await developmentKey(home)] }))
  return [{ issuer: developmentIssuer, audiences: [developmentAudience], algorithms: usualAlgorithms, keys }]
}

async function keysOf({ issuer, keys }: IssuerSettings, tokens: TokenSettings, now: () => number): Promise<KeySource> {
  if (keys !== 'discovery' && 'publicKeyFile' in keys) return fixedKeys(await readKeyFile(keys.publicKeyFile))
  const load = keys === 'discovery' ? () => discoverKeys(issuer) : () => fetchJson(keys.jwksUrl)
  return loadedKeys(load, { maxAgeMs: tokens.keysMaxAgeMs, keptMs: tokens.keysKeptMs, now })
}

async function readKeyFile(path: string): Promise<Key[]> {
  try {
    const content = await readFile(path, 'utf8')
    const keys = readKeys(content.trimStart().startsWith('{') ? keySetOf(JSON.parse(content)) : keySetOfPem(content))
    if (keys.length === 0) throw new Error('it holds no key that could verify a signature')
    return keys
  } catch (error) {
    throw new Error('JWT_PUBLIC_KEY_FILE (or publicKeyFile) must hold a PEM public key, a JWK or a JWK Set', { cause: error })
  }
}

const keySetOf = (parsed: object): unknown => ('keys' in parsed ? parsed : { keys: [parsed] })
/** A file with a private key serves too: only its public half is kept. */
const keySetOfPem = (pem: string): unknown => ({ keys: [createPublicKey(pem).export({ format: 'jwk' })] })
