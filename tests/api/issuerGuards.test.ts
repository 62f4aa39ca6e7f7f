// What the bundled issuer does not tell and does not allow: who has an account, second uses of a link, requests of other sites, other endpoints.
import { setTimeout as pause } from 'node:timers/promises'
import { decodeJwt } from 'jose'
import { describe, expect, test } from 'vitest'
import { bearer, letterTo, linkIn, openIssuerApp, password, publicUrl, signIn, signUp, tokenOf } from '../support/issuer.ts'

const tokenInLetter = (text: string) => /^[\w-]{20,}$/m.exec(text)?.[0] ?? ''

describe('the guards of the bundled issuer', async () => {
  const app = await openIssuerApp({ settings: { CORS_ORIGINS: 'https://app.example.com' } })
  const { sys } = app.database
  await signUp(app, 'known@example.com', 'Known')

  /** Status, headers and body of an answer, without what differs between any two requests. */
  async function shapeOf(answer: Response): Promise<unknown> {
    const headers = [...answer.headers].filter(([name]) => !/^(date|x-request-id|ratelimit-.*)$/.test(name))
    const body = (await answer.text()).replace(/"requestId":"[^"]*"/, '').replaceAll(/(known|alien)@example\.com/g, 'somebody')
    return { status: answer.status, headers, body }
  }

  test.each([
    ['signing up', '/auth/sign-up/email', { password, name: 'Known' }],
    ['signing in', '/auth/sign-in/email', { password: 'not the password' }],
    ['asking for a new password', '/auth/request-password-reset', {}],
    ['asking for another verification mail', '/auth/send-verification-email', {}],
  ])('answers %s alike for known and unknown addresses', async (_, path, body) => {
    const known = await shapeOf(await app.post(path, { ...body, email: 'known@example.com' }))
    const unknown = await shapeOf(await app.post(path, { ...body, email: 'alien@example.com' }))
    expect(known).toEqual(unknown)
  })

  test('answers two who sign up with one address at once alike, and makes one account', async () => {
    const email = 'twice@example.com'
    const answers = await Promise.all(Array.from({ length: 6 }, () => app.post('/auth/sign-up/email', { email, password, name: 'Twice' })))
    expect(answers.map((answer) => answer.status)).toEqual([200, 200, 200, 200, 200, 200])
    expect(new Set(await Promise.all(answers.map((answer) => answer.text()))).size).toBe(1)
    const [row] = await app.database.sys`select count(*)::int as people from issuer.users where email = ${email}`
    expect(row).toEqual({ people: 1 })
  })

  test('takes a reset token once, ends every session with it, and then only the new password', async () => {
    const email = 'reset@example.com'
    await signUp(app, email)
    const session = await signIn(app, email)
    const token = await tokenOf(app, session)
    await app.post('/auth/request-password-reset', { email })
    const reset = tokenInLetter((await letterTo(app, email, /^Choose/)).text)
    const body = { token: reset, newPassword: 'another long password' }
    expect((await app.post('/auth/reset-password', body)).status).toBe(200)
    const again = await app.post('/auth/reset-password', body)
    expect(again.status).toBe(400)
    expect(await again.json()).toMatchObject({ code: 'BAD_INPUT', details: { reason: 'INVALID_TOKEN' } })
    expect((await app.get('/api/me', bearer(token))).status).toBe(401)
    expect((await app.get('/auth/token', bearer(session))).status).toBe(401)
    expect((await app.post('/auth/sign-in/email', { email, password })).status).toBe(401)
    await signIn(app, email, 'another long password')
  })

  test('refuses a reset token that has expired, and stores none in the clear', async () => {
    await app.post('/auth/request-password-reset', { email: 'known@example.com' })
    const token = tokenInLetter((await letterTo(app, 'known@example.com', /^Choose/)).text)
    await using superuser = await asIssuer()
    const rows = await superuser.sql<{ identifier: string }[]>`select identifier from issuer.verifications`
    expect(rows.length).toBeGreaterThan(0)
    expect(rows.filter(({ identifier }) => identifier.includes(token))).toEqual([])
    await superuser.sql`update issuer.verifications set expires_at = now() - interval '1 second'`
    expect((await app.post('/auth/reset-password', { token, newPassword: 'another long password' })).status).toBe(400)
    await signIn(app, 'known@example.com')
  })

  test('a verification link verifies its own person alone and signs nobody in; opened again it changes nothing', async () => {
    const email = 'linked@example.com'
    await app.post('/auth/sign-up/email', { email, password, name: 'Linked' })
    const link = linkIn(await letterTo(app, email, /^Verify/))
    expect((await app.get(`${link}x`)).status).toBe(401)
    for (const _ of ['first', 'again']) {
      const opened = await app.get(link)
      expect([opened.status, opened.headers.getSetCookie(), await opened.json()]).toEqual([200, [], { status: true, user: null }])
    }
    expect(await sys`select 1 from issuer.sessions as s join issuer.users as u on u.id = s.user_id where u.email = ${email}`).toEqual([])
    await sys`delete from issuer.users where email = ${email}`
    await app.post('/auth/sign-up/email', { email, password, name: 'Somebody else' })
    expect((await app.get(link)).status).toBe(401)
    expect((await app.post('/auth/sign-in/email', { email, password })).status).toBe(403)
  })

  test('a new password ends the other sessions, and needs the current one', async () => {
    const email = 'change@example.com'
    await signUp(app, email)
    const [mine, other] = [await signIn(app, email), await signIn(app, email)]
    const stale = await tokenOf(app, other)
    const change = (currentPassword: string) =>
      app.post('/auth/change-password', { currentPassword, newPassword: 'another long password' }, bearer(mine))
    expect((await change('not the password')).status).toBe(400)
    const changed = await change(password)
    expect(changed.status).toBe(200)
    const { token } = (await changed.json()) as { token: string }
    expect((await app.get('/api/me', bearer(stale))).status).toBe(401)
    expect((await app.get('/auth/token', bearer(other))).status).toBe(401)
    expect((await app.get('/api/me', bearer(await tokenOf(app, token)))).status).toBe(200)
  })

  test('a session that was revoked from another one is out at the next call', async () => {
    const email = 'revoke@example.com'
    await signUp(app, email)
    const [mine, lost] = [await signIn(app, email), await signIn(app, email)]
    const token = await tokenOf(app, lost)
    expect((await app.get('/api/me', bearer(token))).status).toBe(200)
    expect((await app.post('/auth/revoke-other-sessions', undefined, bearer(mine))).status).toBe(200)
    expect((await app.get('/api/me', bearer(token))).status).toBe(401)
    expect((await app.get('/api/me', bearer(await tokenOf(app, mine)))).status).toBe(200)
  })

  test('a token whose session belongs to somebody else, has expired or is no session is UNAUTHENTICATED', async () => {
    await signUp(app, 'mine@example.com')
    const { sub: subject, sid: session } = decodeJwt(await tokenOf(app, await signIn(app, 'mine@example.com'))) as Record<string, string>
    const live = async (s: string | undefined, of: string | undefined) =>
      (await sys<{ live: boolean | null }[]>`select private.session_is_live(${s ?? null}, ${of ?? null}) as live`)[0]?.live
    expect(await live(session, subject)).toBe(true)
    expect(await live(session, crypto.randomUUID())).toBe(false)
    expect(await live('not a session', subject)).toBe(false)
    await using issuer = await asIssuer()
    await issuer.sql`update issuer.sessions set expires_at = now() where id = ${session ?? ''}`
    await pause(5)
    expect(await live(session, subject)).toBe(false)
  })

  test('a session token needs its signature: what the table holds signs nobody in', async () => {
    const session = await signIn(app, 'known@example.com')
    await using issuer = await asIssuer()
    const rows = await issuer.sql<{ token: string }[]>`select token from issuer.sessions where expires_at > now()`
    const stored = rows.find(({ token }) => session.startsWith(token))?.token ?? expect.fail('the session is not stored')
    expect((await app.get('/auth/token', bearer(session))).status).toBe(200)
    expect((await app.get('/auth/token', bearer(stored))).status).toBe(401)
  })

  test('passwords have 8 to 128 characters, and nothing unknown is taken (BAD_INPUT)', async () => {
    const signUpWith = (extra: object) => app.post('/auth/sign-up/email', { email: 'new@example.com', name: 'New', password, ...extra })
    const refused = [{ password: 'seven77' }, { password: 'x'.repeat(129) }, { emailVerified: true }, { email: 'nobody' }, { name: 'a\0b' }]
    for (const extra of refused) {
      const answer = await signUpWith(extra)
      expect([extra, answer.status]).toEqual([extra, 400])
      expect(await answer.json()).toMatchObject({ code: 'BAD_INPUT' })
    }
    expect((await signUpWith({ password: 'plum jam' })).status).toBe(200)
  })

  test('cookies are HttpOnly and SameSite=Lax, and act for trusted origins only (FORBIDDEN)', async () => {
    const signedIn = await app.post('/auth/sign-in/email', { email: 'known@example.com', password })
    const cookies = signedIn.headers.getSetCookie()
    expect(cookies.length).toBeGreaterThan(0)
    for (const cookie of cookies) expect(cookie).toMatch(/HttpOnly; SameSite=Lax/)
    const cookie = cookies.map((text) => text.split(';')[0]).join('; ')
    const signOutFrom = (origin?: string) => app.post('/auth/sign-out', {}, { cookie, ...(origin === undefined ? {} : { origin }) })
    expect((await signOutFrom('https://evil.example.com')).status).toBe(403)
    expect((await signOutFrom()).status).toBe(403)
    expect((await app.get('/auth/get-session', { cookie })).status).toBe(200)
    expect((await signOutFrom('https://app.example.com')).status).toBe(200)
    expect(await (await app.get('/auth/get-session', { cookie })).json()).toBeNull()
  })

  test('links lead to trusted origins only (FORBIDDEN)', async () => {
    const email = 'known@example.com'
    const away = { email, redirectTo: 'https://evil.example.com/reset' }
    expect((await app.post('/auth/request-password-reset', away)).status).toBe(403)
    expect((await app.post('/auth/request-password-reset', { email, redirectTo: 'https://app.example.com/reset' })).status).toBe(200)
    expect((await letterTo(app, email, /^Choose/)).text).toMatch(/^https:\/\/app\.example\.com\/reset\?token=[\w-]+$/m)
    const callback = { email: 'c@example.com', password, name: 'C', callbackURL: 'https://evil.example.com' }
    expect((await app.post('/auth/sign-up/email', callback)).status).toBe(403)
  })

  test.each(['/.//evil.example', '/..//evil.example', '/a/..//evil.example', '/%2e//evil.example', '/a/%2E%2e//evil.example'])(
    'no page is one of another host once its dots are resolved: %s (BAD_INPUT)',
    async (page) => {
      const opened = await app.get(`/auth/verify-email?token=x&callbackURL=${encodeURIComponent(page)}`)
      expect([opened.status, opened.headers.get('location')]).toEqual([400, null])
      expect(await opened.json()).toMatchObject({ code: 'BAD_INPUT', field: 'callbackURL' })
      const email = 'dots@example.com'
      for (const [path, body, field] of [
        ['/auth/sign-up/email', { email, password, name: 'D', callbackURL: page }, 'callbackURL'],
        ['/auth/send-verification-email', { email, callbackURL: page }, 'callbackURL'],
        ['/auth/request-password-reset', { email, redirectTo: page }, 'redirectTo'],
      ] as const)
        expect(await (await app.post(path, body)).json()).toMatchObject({ code: 'BAD_INPUT', field })
    },
  )

  test.each(['/', '/welcome?next=//x', '/a/../welcome', '/a//b'])('a path of this server stays one: %s', async (page) => {
    const opened = await app.get(`/auth/verify-email?token=x&callbackURL=${encodeURIComponent(page)}`)
    expect(opened.status).toBe(302)
    expect(new URL(opened.headers.get('location') ?? '', 'https://here.example').origin).toBe('https://here.example')
  })

  test.each([
    '/auth/update-user',
    '/auth/delete-user',
    '/auth/change-email',
    '/auth/sign-in/social',
    '/auth/link-social',
    '/auth/ok',
    '/auth/error',
    '/auth/verify-password',
    '/auth/list-accounts',
    '/auth/sign-jwt',
  ])('%s does not exist (NOT_FOUND)', async (path) => {
    expect((await app.post(path, {})).status).toBe(404)
    expect((await app.get(path)).status).toBe(404)
  })

  test('other verifiers find the keys by discovery, without private halves', async () => {
    const found = (await (await app.get('/.well-known/openid-configuration')).json()) as { issuer: string; jwks_uri: string }
    expect(found.issuer).toBe(publicUrl)
    const { keys } = (await (await app.get(new URL(found.jwks_uri).pathname)).json()) as { keys: Record<string, string>[] }
    expect(keys.map((key) => Object.keys(key).sort())).toEqual([['alg', 'crv', 'kid', 'kty', 'x']])
    await using issuer = await asIssuer()
    const [stored] = await issuer.sql<{ key: string }[]>`select private_key as key from issuer.jwks`
    expect(stored?.key).not.toContain('"d"')
  })

  async function asIssuer() {
    const { default: postgres } = await import('postgres')
    const sql = postgres(app.database.authUrl, { max: 1, onnotice: () => {} })
    return { sql, [Symbol.asyncDispose]: () => sql.end() }
  }
})
