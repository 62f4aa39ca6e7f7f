// The bundled issuer's passwords, cookies, letters and sessions where a standard asks for more than the library does.
import postgres from 'postgres'
import { describe, expect, test } from 'vitest'
import { bearer, letterTo, openIssuerApp, password, signIn, signUp } from '../support/issuer.ts'

describe('the bundled issuer', async () => {
  const app = await openIssuerApp({ settings: { PUBLIC_URL: 'https://fleet.example.com', CORS_ORIGINS: 'https://app.example.com' } })
  const issuer = postgres(app.database.authUrl, { max: 1, onnotice: () => {} })
  await signUp(app, 'ada@example.com')

  const signUpWith = async (secret: string, email = 'grace@example.com', name = 'Grace Hopper') => {
    const answer = await app.post('/auth/sign-up/email', { email, name, password: secret })
    return [secret, answer.status, ((await answer.json()) as { details?: { reason?: string } }).details?.reason]
  }

  test.each([
    '12345678',
    'Password',
    'iloveyou',
    'FleetFlow2026!',
    'admin-1234',
    'zzzzzzzzz',
    'grace@example.com',
    'gracehopper1',
    'Grace 1906',
  ])('takes no password that is guessed first: %s (BAD_INPUT, COMMON_PASSWORD)', async (secret) =>
    expect(await signUpWith(secret)).toEqual([secret, 400, 'COMMON_PASSWORD']),
  )

  test('nor takes one when a password is changed or reset (BAD_INPUT, COMMON_PASSWORD)', async () => {
    const session = await signIn(app, 'ada@example.com')
    const change = await app.post('/auth/change-password', { currentPassword: password, newPassword: 'sunshine' }, bearer(session))
    expect(await change.json()).toMatchObject({ code: 'BAD_INPUT', field: 'newPassword', details: { reason: 'COMMON_PASSWORD' } })
    const reset = await app.post('/auth/reset-password', { token: 'x'.repeat(24), newPassword: 'sunshine' })
    expect(await reset.json()).toMatchObject({ code: 'BAD_INPUT', field: 'newPassword', details: { reason: 'COMMON_PASSWORD' } })
  })

  test.each([
    'aaa bbb ccc',
    'only small letters',
    '4071 9982 1137',
    'Ω≈ç√∫˜µ≤',
    '  spaces around  ',
    'ﬁne lig­ature',
    `long ${'x'.repeat(123)}`,
  ])('takes any composition up to 128 characters, as it is: %s', async (secret) => {
    const email = `${crypto.randomUUID()}@example.com`
    expect((await signUpWith(secret, email)).slice(1)).toEqual([200, undefined])
    await issuer`update issuer.users set email_verified = true where email = ${email}`
    const attempt = async (typed: string) => (await app.post('/auth/sign-in/email', { email, password: typed })).status
    expect(await attempt(secret)).toBe(200)
    for (const other of [secret.trim(), secret.slice(0, 72), secret.toUpperCase(), secret.normalize('NFKC')]) {
      if (other !== secret) expect([other, await attempt(other)]).toEqual([other, 401])
    }
  })

  test('keeps passwords as salted scrypt hashes that name their cost, and in no two rows the same', async () => {
    const rows = await issuer<{ password: string }[]>`select password from issuer.accounts`
    for (const { password: kept } of rows) expect(kept).toMatch(/^scrypt\$32768\$8\$3\$[\w-]{22}\$[\w-]{43}$/)
    await signUp(app, 'twin@example.com')
    const all = await issuer<{ password: string }[]>`select password from issuer.accounts`
    expect(new Set(all.map((row) => row.password)).size).toBe(all.length)
  })

  test('names its cookies __Host-, Secure and HttpOnly, and they sign in', async () => {
    const answer = await app.post('/auth/sign-in/email', { email: 'ada@example.com', password })
    const cookies = answer.headers.getSetCookie()
    expect(cookies.length).toBeGreaterThan(0)
    for (const cookie of cookies) {
      expect(cookie).toMatch(/^__Host-fleetflow\.\w+=/)
      expect(cookie).toMatch(/; Path=\/; HttpOnly; Secure; SameSite=Lax$/)
      expect(cookie).not.toMatch(/Domain/i)
    }
    const cookie = cookies.map((text) => text.split(';')[0]).join('; ')
    expect(await (await app.get('/auth/get-session', { cookie })).json()).toMatchObject({ user: { email: 'ada@example.com' } })
  })

  test('gives every sign-in a session of its own, whatever cookie comes with it', async () => {
    const first = await app.post('/auth/sign-in/email', { email: 'ada@example.com', password })
    const cookie = first.headers.getSetCookie()[0]?.split(';')[0] ?? ''
    const body = { email: 'ada@example.com', password }
    const second = await app.post('/auth/sign-in/email', body, { cookie, origin: 'https://app.example.com' })
    expect(second.status).toBe(200)
    expect(second.headers.getSetCookie()[0]?.split(';')[0]).not.toBe(cookie)
  })

  test('ends a session after 30 days, however much it is used', async () => {
    const session = await signIn(app, 'ada@example.com')
    const [row] = await issuer<{ id: string }[]>`select id from issuer.sessions order by created_at desc limit 1`
    await issuer`update issuer.sessions set created_at = now() - interval '31 days', expires_at = now() + interval '7 days' where id = ${row?.id ?? ''}`
    const again = await openIssuerApp({ database: app.database })
    expect((await again.get('/auth/token', bearer(session))).status).toBe(401)
  })

  test('writes no word of whoever signs up into the letter to an address that may be somebody else’s', async () => {
    const name = 'You have won: https://evil.example.com'
    await signUpWith(password, 'victim@example.com', name)
    expect((await letterTo(app, 'victim@example.com', /^Verify/)).text).not.toContain('evil')
    await app.post('/auth/request-password-reset', { email: 'victim@example.com' })
    expect((await letterTo(app, 'victim@example.com', /^Choose/)).text).not.toContain('evil')
  })

  test('answers with short tokens in a body or a cookie alone, and is cached by nobody', async () => {
    const session = await signIn(app, 'ada@example.com')
    for (const path of ['/auth/token', '/auth/get-session', '/auth/list-sessions']) {
      expect((await app.get(path, bearer(session))).headers.get('cache-control')).toBe('no-store')
    }
  })
})
