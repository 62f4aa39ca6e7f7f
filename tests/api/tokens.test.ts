// Whose keys are believed: the development key, a file's, an address's. What makes a token bad is in badTokens.test.ts.
import { generateKeyPairSync, type KeyObject, randomBytes } from 'node:crypto'
import { mkdtemp, readFile, stat, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createVerifier, developmentAudience, developmentIssuer, loadSettings, signDevelopmentToken } from '@fleetflow/server'
import { exportJWK, importJWK, type JWK, type JWTPayload, SignJWT } from 'jose'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type OfflineApp, offlineApp, refusalOf } from './harness.ts'

let offline: OfflineApp
let key: JWK

beforeAll(async () => {
  offline = await offlineApp()
  key = JSON.parse(await readFile(join(offline.home, 'development-key.json'), 'utf8'))
})
afterAll(() => offline[Symbol.asyncDispose]())

const now = () => Math.floor(Date.now() / 1000)
const claims = (): JWTPayload => ({ iss: developmentIssuer, aud: developmentAudience, sub: 'somebody', exp: now() + 60 })

type Claims = { [Name in keyof JWTPayload]: JWTPayload[Name] | undefined }

async function sign(payload: Claims, by: JWK = key, alg = 'EdDSA'): Promise<string> {
  return new SignJWT(payload as JWTPayload).setProtectedHeader({ alg }).sign(await importJWK(by, alg))
}

describe('a token', () => {
  it('is asked for by every procedure (UNAUTHENTICATED)', async () => {
    const response = await offline.app.inject({ url: '/trpc/me.get' })
    expect([response.statusCode, refusalOf(response).code]).toEqual([401, 'UNAUTHENTICATED'])
  })
})

describe('an API key', () => {
  it('that nobody has judged yet counts for its address, so making up keys is limited (RATE_LIMITED)', async () => {
    await using limited = await offlineApp({ RATE_LIMIT_MAX: '3' })
    const guess = () =>
      limited.app.inject({ url: '/api/me', headers: { authorization: `Bearer ffk_${randomBytes(32).toString('base64url')}` } })
    const codes: string[] = []
    for (let n = 0; n < 4; n += 1) codes.push(refusalOf(await guess()).code)
    expect(codes).toEqual(['UNAVAILABLE', 'UNAVAILABLE', 'UNAVAILABLE', 'RATE_LIMITED'])
  })
})

describe('the development key', () => {
  it('is made once by concurrent starts and is readable by its owner alone', async () => {
    const home = join(await mkdtemp(join(tmpdir(), 'fleetflow-key-')), 'new', 'home')
    const settings = loadSettings({ FLEETFLOW_HOME: home })
    const verifiers = await Promise.all(Array.from({ length: 12 }, () => createVerifier(settings)))
    const token = await signDevelopmentToken({ home, email: 'Demo@Example.com', name: 'Demo' })
    const identity = { issuer: developmentIssuer, subject: 'demo@example.com', email: 'Demo@Example.com', name: 'Demo' }
    for (const verify of verifiers) expect(await verify(token)).toEqual(identity)
    expect((await stat(join(home, 'development-key.json'))).mode & 0o777).toBe(0o600)
  })
})

describe('configured keys', () => {
  const trusted = { JWT_ISSUER: 'https://id.example', JWT_AUDIENCE: 'api' }
  const payload = () => ({ iss: 'https://id.example', aud: 'api', sub: 'u1', exp: now() + 60 })
  const pairs: [string, { publicKey: KeyObject; privateKey: KeyObject }][] = [
    ['EdDSA', generateKeyPairSync('ed25519')],
    ['ES256', generateKeyPairSync('ec', { namedCurve: 'P-256' })],
    ['RS256', generateKeyPairSync('rsa', { modulusLength: 2048 })],
  ]

  it.each(pairs)('verify %s from a PEM file, a JWK file and a JWK Set by URL, and refuse the development key', async (alg, pair) => {
    const folder = await mkdtemp(join(tmpdir(), 'fleetflow-keys-'))
    const publicJwk = await exportJWK(pair.publicKey)
    await writeFile(join(folder, 'key.pem'), pair.publicKey.export({ type: 'spki', format: 'pem' }))
    await writeFile(join(folder, 'key.json'), JSON.stringify(await exportJWK(pair.privateKey)))
    const server = createServer((_request, response) => response.end(JSON.stringify({ keys: [publicJwk] }))).listen(0, '127.0.0.1')
    await new Promise((resolve) => server.once('listening', resolve))
    const { port } = server.address() as AddressInfo
    const places = [
      { JWT_PUBLIC_KEY_FILE: join(folder, 'key.pem') },
      { JWT_PUBLIC_KEY_FILE: join(folder, 'key.json') },
      { JWKS_URL: `http://127.0.0.1:${port}/` },
    ]
    const token = await sign(payload(), await exportJWK(pair.privateKey), alg)
    for (const place of places) {
      const verify = await createVerifier(loadSettings({ ...trusted, ...place, FLEETFLOW_HOME: folder }))
      expect(await verify(token)).toEqual({ issuer: 'https://id.example', subject: 'u1' })
      await expect(verify(await sign(claims()))).rejects.toMatchObject({ code: 'UNAUTHENTICATED' })
    }
    server.close()
  })

  it('verify no algorithm beside the three, even with the right key (UNAUTHENTICATED)', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'fleetflow-keys-'))
    const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
    await writeFile(join(folder, 'key.pem'), publicKey.export({ type: 'spki', format: 'pem' }))
    const verify = await createVerifier(loadSettings({ ...trusted, JWT_PUBLIC_KEY_FILE: join(folder, 'key.pem'), FLEETFLOW_HOME: folder }))
    for (const alg of ['RS384', 'RS512', 'PS256']) {
      const token = await sign(payload(), await exportJWK(privateKey), alg)
      await expect(verify(token)).rejects.toMatchObject({ code: 'UNAUTHENTICATED' })
    }
  })

  it('that cannot be fetched are our trouble, not the caller’s (UNAVAILABLE)', async () => {
    const verify = await createVerifier(loadSettings({ ...trusted, JWKS_URL: 'http://127.0.0.1:1/keys' }))
    await expect(verify(await sign(payload()))).rejects.toMatchObject({ code: 'UNAVAILABLE' })
  })

  it('that cannot be read stop the start and name the setting', async () => {
    const file = join(await mkdtemp(join(tmpdir(), 'fleetflow-keys-')), 'key.pem')
    await writeFile(file, 'no key')
    await expect(createVerifier(loadSettings({ ...trusted, JWT_PUBLIC_KEY_FILE: file }))).rejects.toThrow('JWT_PUBLIC_KEY_FILE')
  })
})
