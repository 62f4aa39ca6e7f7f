// An OpenID provider on the loopback: discovery, a JWK Set whose keys rotate, and tokens signed the honest and the dishonest way.
import { createHmac, generateKeyPairSync, type KeyObject, randomUUID, sign as signBytes } from 'node:crypto'
import { createServer, type ServerResponse } from 'node:http'
import { exportJWK, type JWK } from 'jose'
import { afterAll } from 'vitest'

export type SigningAlgorithm = 'EdDSA' | 'ES256' | 'ES384' | 'RS256' | 'RS512' | 'PS256'

export interface SigningKey {
  kid: string
  algorithm: SigningAlgorithm
  privateKey: KeyObject
  publicJwk: JWK
}

export interface Provider {
  /** Its name and its address. */
  issuer: string
  /** What the JWK Set answers; change it at will. */
  published: JWK[]
  /** How often each path was asked for. */
  asked: Map<string, number>
  /** Answers instead of the documents, until undefined again. */
  instead: ((response: ServerResponse) => void) | undefined
  /** What discovery says beside or instead of the truth. */
  discovery: Record<string, unknown>
}

const rsa = (modulusLength = 2048) => generateKeyPairSync('rsa', { modulusLength })
const makers: Record<SigningAlgorithm, () => { publicKey: KeyObject; privateKey: KeyObject }> = {
  EdDSA: () => generateKeyPairSync('ed25519'),
  ES256: () => generateKeyPairSync('ec', { namedCurve: 'P-256' }),
  ES384: () => generateKeyPairSync('ec', { namedCurve: 'P-384' }),
  RS256: rsa,
  RS512: rsa,
  PS256: rsa,
}

/** A new key, and how it would be published. */
export async function makeKey(algorithm: SigningAlgorithm, pair = makers[algorithm]()): Promise<SigningKey> {
  const kid = randomUUID()
  return {
    kid,
    algorithm,
    privateKey: pair.privateKey,
    publicJwk: { ...(await exportJWK(pair.publicKey)), kid, alg: algorithm, use: 'sig' },
  }
}

export const weakRsa = () => rsa(1024)

/** Listens until the end of the file. Discovery and the JWK Set are where providers have them. */
export async function openProvider(keys: readonly SigningKey[] = []): Promise<Provider> {
  const provider: Provider = {
    issuer: '',
    published: keys.map(({ publicJwk }) => publicJwk),
    asked: new Map(),
    instead: undefined,
    discovery: {},
  }
  const documents: Record<string, () => object> = {
    '/.well-known/openid-configuration': () => ({ issuer: provider.issuer, jwks_uri: `${provider.issuer}/keys`, ...provider.discovery }),
    '/keys': () => ({ keys: provider.published }),
  }
  const server = createServer((request, response) => {
    const path = request.url ?? ''
    provider.asked.set(path, (provider.asked.get(path) ?? 0) + 1)
    if (provider.instead !== undefined) return provider.instead(response)
    const document = documents[path]
    if (document === undefined) return response.writeHead(404).end()
    response.setHeader('content-type', 'application/json').end(JSON.stringify(document()))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  afterAll(() => {
    server.closeAllConnections()
    return new Promise<void>((resolve) => server.close(() => resolve()))
  })
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('the provider listens on no port')
  provider.issuer = `http://127.0.0.1:${address.port}`
  return provider
}

export const encode = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url')

/** The bytes of a signature by this algorithm. */
export function signatureOf({ algorithm, privateKey }: Pick<SigningKey, 'algorithm' | 'privateKey'>, signed: string): Buffer {
  const data = Buffer.from(signed)
  if (algorithm === 'EdDSA') return signBytes(null, data, privateKey)
  const hash = `sha${algorithm.slice(2)}`
  if (algorithm.startsWith('ES')) return signBytes(hash, data, { key: privateKey, dsaEncoding: 'ieee-p1363' })
  // 6: RSA_PKCS1_PSS_PADDING, with a salt as long as the hash.
  return signBytes(hash, data, algorithm === 'PS256' ? { key: privateKey, padding: 6, saltLength: 32 } : privateKey)
}

/** A token with whatever header and claims one likes, signed by whatever one likes; members that are undefined are left out. */
export function forge(header: unknown, claims: unknown, sign: (signed: string) => Buffer): string {
  const signed = `${encode(header)}.${typeof claims === 'string' ? claims : encode(claims)}`
  return `${signed}.${sign(signed).toString('base64url')}`
}

export const hmac = (secret: string | Buffer) => (signed: string) => createHmac('sha256', secret).update(signed).digest()

/** A token that is signed as its key says. */
export function signToken(key: SigningKey, claims: unknown, header: object = {}): string {
  return forge({ alg: key.algorithm, kid: key.kid, typ: 'JWT', ...header }, claims, (signed) => signatureOf(key, signed))
}
