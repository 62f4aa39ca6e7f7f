// A session of the bundled issuer is asked for at every call: however it ends, its tokens end with it, and nobody else's `sid` is one.
import { decodeJwt } from 'jose'
import postgres from 'postgres'
import { afterAll, describe, expect, test, vi } from 'vitest'
import { bearer, letterTo, openIssuerApp, password, publicUrl, signIn, signUp, tokenOf } from '../support/issuer.ts'
import { makeKey, openProvider, signToken } from '../support/provider.ts'

const newPassword = 'another long password'
const hours = (n: number) => Math.floor(Date.now() / 1000) + n * 3600

describe('sessions of the bundled issuer', async () => {
  const foreign = await makeKey('ES256')
  const provider = await openProvider([foreign])
  const own = await makeKey('EdDSA')
  const app = await openIssuerApp({
    settings: { JWT_ISSUERS: JSON.stringify([{ issuer: provider.issuer, audience: 'api' }]), JWKS_MAX_AGE_MS: '1000' },
  })
  const issuer = postgres(app.database.authUrl, { max: 1, onnotice: () => {} })
  afterAll(() => issuer.end())

  /** A read and a change, over REST and tRPC. */
  async function everywhere(token: string): Promise<number[]> {
    const name = { name: 'Somebody' }
    const rename = (path: string, method: string) =>
      fetch(`${app.url}${path}`, {
        method,
        headers: { ...bearer(token), 'content-type': 'application/json' },
        body: JSON.stringify(name),
      })
    const answers = await Promise.all([
      app.get('/api/me', bearer(token)),
      app.get('/trpc/me.get', bearer(token)),
      rename('/api/me', 'PATCH'),
      rename('/trpc/me.update', 'POST'),
    ])
    return answers.map(({ status }) => status)
  }
  const welcome = [200, 200, 200, 200]
  const refused = [401, 401, 401, 401]

  interface Seat {
    email: string
    /** The session that is to end, and another one of the same person. */
    session: string
    other: string
  }
  const succeeds = async (answer: Promise<Response>) => expect((await answer).status).toBe(200)

  const endings: [string, (seat: Seat) => Promise<void>][] = [
    ['signing out', ({ session }) => succeeds(app.post('/auth/sign-out', undefined, bearer(session)))],
    [
      'revoking it from another one',
      async ({ session, other }) => {
        const listed = (await (await app.get('/auth/list-sessions', bearer(other))).json()) as { token: string }[]
        const { token = '' } = listed.find(({ token }) => session.startsWith(token)) ?? {}
        await succeeds(app.post('/auth/revoke-session', { token }, bearer(other)))
      },
    ],
    ['revoking the others', ({ other }) => succeeds(app.post('/auth/revoke-other-sessions', undefined, bearer(other)))],
    ['revoking all', ({ other }) => succeeds(app.post('/auth/revoke-sessions', undefined, bearer(other)))],
    [
      'a reset of the password',
      async ({ email }) => {
        await app.post('/auth/request-password-reset', { email })
        const token = /^[\w-]{20,}$/m.exec((await letterTo(app, email, /^Choose/)).text)?.[0]
        await succeeds(app.post('/auth/reset-password', { token, newPassword }))
      },
    ],
    [
      'a change of the password',
      ({ other }) => succeeds(app.post('/auth/change-password', { currentPassword: password, newPassword }, bearer(other))),
    ],
  ]
  test.each(endings)('%s ends its tokens at the next call, over REST and tRPC (UNAUTHENTICATED)', async (how, end) => {
    const email = `${how.replaceAll(' ', '-')}@example.com`
    await signUp(app, email)
    const [session, other] = [await signIn(app, email), await signIn(app, email)]
    const [first, second] = [await tokenOf(app, session), await tokenOf(app, session)]
    expect(await everywhere(first)).toEqual(welcome)
    await end({ email, session, other })
    for (const token of [first, second]) expect(await everywhere(token)).toEqual(refused)
    expect((await app.get('/auth/token', bearer(session))).status).toBe(401)
  })

  test('a `sid` of another trusted issuer is no session: it is not asked for, and nobody is erased by it', async () => {
    await signUp(app, 'victim@example.com')
    const session = await signIn(app, 'victim@example.com')
    const { sid, sub } = decodeJwt(await tokenOf(app, session)) as Record<string, string>
    const claims = { iss: provider.issuer, aud: 'api', sub, exp: hours(1) }
    for (const named of ['no session of ours', sid])
      expect(await everywhere(signToken(foreign, { ...claims, sid: named }))).toEqual(welcome)
    const erased = await app.post('/api/me/erase', { confirm: 'erase' }, bearer(signToken(foreign, { ...claims, sid })))
    expect(erased.status).toBe(200)
    expect(await everywhere(await tokenOf(app, session))).toEqual(welcome)
    await signIn(app, 'victim@example.com')
  })

  test('a token of the bundled issuer without a usable `sid` is nobody (UNAUTHENTICATED)', async () => {
    await signUp(app, 'sidless@example.com')
    const { sid, sub } = decodeJwt(await tokenOf(app, await signIn(app, 'sidless@example.com'))) as Record<string, string>
    const { kid, alg, use, ...publicKey } = own.publicJwk
    // Published but too old to sign with, so that nothing but the claims differs from a token that passes.
    await issuer`insert into issuer.jwks (id, public_key, private_key, created_at)
      values (${kid ?? ''}, ${JSON.stringify(publicKey)}, 'none', now() - interval '1 hour')`
    const claims = { iss: publicUrl, aud: 'fleetflow', sub, exp: hours(0.1) }
    const statusOf = async (more: object) => (await app.get('/api/me', bearer(signToken(own, { ...claims, ...more })))).status
    await vi.waitFor(async () => expect(await statusOf({ sid })).toBe(200), { timeout: 10_000, interval: 100 })
    for (const none of [undefined, null, '', 7, [sid], crypto.randomUUID()])
      expect([none, await statusOf({ sid: none })]).toEqual([none, 401])
    expect(await statusOf({ sid })).toBe(200)
  })
})
