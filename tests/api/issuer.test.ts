// The bundled issuer over real HTTP: a stranger signs up, verifies, signs in, calls the API, and is out the moment they sign out.
import { decodeJwt, decodeProtectedHeader } from 'jose'
import { describe, expect, test } from 'vitest'
import { bearer, letterTo, linkIn, openIssuerApp, password, publicUrl, signIn, signUp, tokenOf } from '../support/issuer.ts'

describe('the bundled issuer', async () => {
  const app = await openIssuerApp()

  test('lets a stranger sign up, verify, sign in and call the API under the name they gave', async () => {
    await signUp(app, 'ada@example.com', 'Ada Lovelace')
    const token = await tokenOf(app, await signIn(app, 'ada@example.com'))
    const me = await app.get('/api/me', bearer(token))
    expect(me.status).toBe(200)
    expect(await me.json()).toMatchObject({ email: 'ada@example.com', name: 'Ada Lovelace' })
  })

  test('puts nothing but subject, session, audience, issuer and times into a token, which lives ten minutes', async () => {
    await signUp(app, 'claims@example.com')
    const token = await tokenOf(app, await signIn(app, 'claims@example.com'))
    const claims = decodeJwt(token)
    expect(Object.keys(claims).sort()).toEqual(['aud', 'exp', 'iat', 'iss', 'sid', 'sub'])
    expect(claims).toMatchObject({ iss: publicUrl, aud: 'fleetflow', exp: Number(claims.iat) + 600 })
    expect(decodeProtectedHeader(token)).toMatchObject({ alg: 'EdDSA', kid: expect.any(String) })
  })

  test('ends a token with its session: the next call after signing out is UNAUTHENTICATED', async () => {
    await signUp(app, 'leaving@example.com')
    const session = await signIn(app, 'leaving@example.com')
    const token = await tokenOf(app, session)
    expect((await app.get('/api/me', bearer(token))).status).toBe(200)
    expect((await app.post('/auth/sign-out', undefined, bearer(session))).status).toBe(200)
    const refused = await app.get('/api/me', bearer(token))
    expect(refused.status).toBe(401)
    expect(await refused.json()).toMatchObject({ code: 'UNAUTHENTICATED' })
    expect((await app.get('/auth/token', bearer(session))).status).toBe(401)
  })

  test('lets nobody in before the address is verified, with a reason for whoever knows the password (FORBIDDEN)', async () => {
    const email = 'unverified@example.com'
    await app.post('/auth/sign-up/email', { email, password, name: 'Later' })
    const early = await app.post('/auth/sign-in/email', { email, password })
    expect(early.status).toBe(403)
    expect(await early.json()).toMatchObject({ code: 'FORBIDDEN', details: { reason: 'EMAIL_NOT_VERIFIED' } })
    await app.get(linkIn(await letterTo(app, email, /^Verify/)))
    expect((await app.post('/auth/sign-in/email', { email, password })).status).toBe(200)
  })
})
