// One's own account and suspending people, over REST and tRPC, for every kind of caller: a token, a session of the bundled issuer, an API key.
import { describe, expect, test } from 'vitest'
import { makeKey } from '../support/apiKeys.ts'
import { makeFleet } from '../support/fixtures.ts'
import { openIssuerApp, password, signIn, signUp, tokenOf } from '../support/issuer.ts'

interface Answer {
  status: number
  body: Record<string, unknown>
}

describe('an account over HTTP', async () => {
  const app = await openIssuerApp()
  const { sys } = app.database

  async function rest(method: string, path: string, token: string, body?: object): Promise<Answer> {
    const headers = { authorization: `Bearer ${token}`, ...(body === undefined ? {} : { 'content-type': 'application/json' }) }
    const response = await fetch(`${app.url}${path}`, { method, headers, ...(body === undefined ? {} : { body: JSON.stringify(body) }) })
    return { status: response.status, body: (await response.json()) as Answer['body'] }
  }
  /** A call of tRPC, in the form of REST's answers. */
  async function trpc(procedure: string, token: string, input?: object): Promise<Answer> {
    const { status, body } = await rest(input === undefined ? 'GET' : 'POST', `/trpc/${procedure}`, token, input)
    const { result, error } = body as { result?: { data: Answer['body'] }; error?: { data: Answer['body'] } }
    return { status, body: result?.data ?? error?.data ?? {} }
  }
  const said = ({ status, body }: Answer) => `${status} ${String(body.code ?? '')}`.trim()
  const idOf = async (token: string) => String((await rest('GET', '/api/me', token)).body.id)

  async function makeAdmin(email: string): Promise<string> {
    const token = await app.token(email)
    await sys`update users set is_admin = true where id = ${await idOf(token)}`
    return token
  }
  const admin = await makeAdmin('root@example.com')

  test('a name is changed over REST and tRPC (BAD_INPUT, UNAUTHENTICATED)', async () => {
    const token = await app.token('namer@example.com')
    expect(await rest('PATCH', '/api/me', token, { name: ' Ada ' })).toMatchObject({ status: 200, body: { name: 'Ada' } })
    expect(await trpc('me.update', token, { name: 'Bea' })).toMatchObject({ status: 200, body: { name: 'Bea' } })
    expect((await rest('GET', '/api/me', token)).body.name).toBe('Bea')
    for (const wrong of [
      { name: '' },
      { name: 'x'.repeat(201) },
      {},
      { name: 'x', email: 'other@example.com' },
      { name: 'x', isAdmin: true },
    ]) {
      expect(said(await rest('PATCH', '/api/me', token, wrong))).toBe('400 BAD_INPUT')
      expect(said(await trpc('me.update', token, wrong))).toBe('400 BAD_INPUT')
    }
    expect(said(await rest('PATCH', '/api/me', 'nobody', { name: 'x' }))).toBe('401 UNAUTHENTICATED')
  })

  test('the export has the account of the bundled issuer, and neither hash nor token of it', async () => {
    await signUp(app, 'held@example.com', 'Held Person')
    const session = await signIn(app, 'held@example.com')
    const token = await tokenOf(app, session)
    await rest('GET', '/api/me', token)
    const overRest = await rest('GET', '/api/me/export', token)
    const account = { email: 'held@example.com', name: 'Held Person', emailVerified: true, createdAt: expect.any(String) }
    expect(overRest).toMatchObject({ status: 200, body: { user: { name: 'Held Person' }, account } })
    expect((await trpc('me.export', token)).body).toMatchObject({ account })
    const [secrets] = await app.database.admin<{ hashes: string[]; tokens: string[] }[]>`
      select (select array_agg(a.password) from issuer.accounts as a where a.password is not null) as hashes,
             (select array_agg(s.token) from issuer.sessions as s) as tokens`
    const text = JSON.stringify(overRest.body)
    const hidden = [...(secrets?.hashes ?? []), ...(secrets?.tokens ?? []), session, token, password]
    expect(hidden.length).toBeGreaterThanOrEqual(5)
    for (const secret of hidden) expect(text).not.toContain(secret)
  })

  test('who erases themselves is shut out of the API and of sign-in at once, on REST as on tRPC (BAD_INPUT, UNAUTHENTICATED)', async () => {
    const ways: [string, (token: string, confirm: string) => Promise<Answer>][] = [
      ['rest', (token, confirm) => rest('POST', '/api/me/erase', token, { confirm })],
      ['trpc', (token, confirm) => trpc('me.erase', token, { confirm })],
    ]
    for (const [way, erase] of ways) {
      const email = `leaves-${way}@example.com`
      await signUp(app, email)
      const [session, elsewhere] = [await signIn(app, email), await signIn(app, email)]
      const tokens = [await tokenOf(app, session), await tokenOf(app, elsewhere)] as const
      await rest('GET', '/api/me', tokens[0])
      expect(said(await erase(tokens[0], 'yes'))).toBe('400 BAD_INPUT')
      expect(await erase(tokens[0], 'erase')).toMatchObject({ status: 200, body: { erased: true } })
      for (const token of tokens) {
        expect(said(await rest('GET', '/api/me', token))).toBe('401 UNAUTHENTICATED')
        expect(said(await trpc('me.get', token))).toBe('401 UNAUTHENTICATED')
      }
      for (const own of [session, elsewhere]) expect((await rest('GET', '/auth/token', own)).status).toBe(401)
      const wrong = async (address: string) => {
        const { requestId: _, ...body } = (await (
          await app.post('/auth/sign-in/email', { email: address, password })
        ).json()) as Answer['body']
        return body
      }
      expect(await wrong(email)).toEqual(await wrong(`unknown-${way}@example.com`))
      const rows = await app.database.admin`select email from issuer.users where email = ${email}`
      expect(rows).toEqual([])
    }
  })

  test('suspension acts on the next call of a token and of a session, on REST as on tRPC, until it ends (UNAUTHENTICATED)', async () => {
    await signUp(app, 'shut-out@example.com')
    const session = await signIn(app, 'shut-out@example.com')
    const people: [string, () => Promise<string>][] = [
      [await app.token('plain@example.com'), () => app.token('plain@example.com')],
      [await tokenOf(app, session), () => tokenOf(app, session)],
    ]
    for (const [token, another] of people) {
      const id = await idOf(token)
      const both = async (used: string) => [said(await rest('GET', '/api/me', used)), said(await trpc('me.update', used, { name: 'Me' }))]
      const suspended = await rest('POST', `/api/users/${id}/suspend`, admin, { reason: 'Fraud' })
      expect(suspended).toMatchObject({ status: 200, body: { id, suspendedAt: expect.any(String), suspendReason: 'Fraud' } })
      for (const used of [token, await another()]) expect(await both(used)).toEqual(['401 UNAUTHENTICATED', '401 UNAUTHENTICATED'])
      expect(said(await rest('POST', '/api/me/erase', token, { confirm: 'erase' }))).toBe('401 UNAUTHENTICATED')
      expect(await trpc('users.reinstate', admin, { id })).toMatchObject({ status: 200, body: { id, suspendedAt: null } })
      expect(await both(token)).toEqual(['200', '200'])
    }
  })

  test('the key of a suspended service user opens nothing; other keys of the fleet work on, also when their maker is suspended (UNAUTHENTICATED)', async () => {
    const maker = await idOf(await app.token('maker@example.com'))
    const fleet = { ...(await makeFleet(sys)), ownerId: maker }
    const keys = [await makeKey(sys, fleet, { procedures: ['me.get'] }), await makeKey(sys, fleet, { procedures: ['me.get'] })] as const
    const answers = async () => Promise.all(keys.map(async ({ secret }) => said(await rest('GET', '/api/me', secret))))
    expect(await answers()).toEqual(['200', '200'])
    expect((await trpc('users.suspend', admin, { id: keys[0].userId })).status).toBe(200)
    expect(await answers()).toEqual(['401 UNAUTHENTICATED', '200'])
    expect((await rest('POST', `/api/users/${maker}/suspend`, admin, {})).status).toBe(200)
    expect(await answers()).toEqual(['401 UNAUTHENTICATED', '200'])
    expect((await rest('POST', `/api/users/${keys[0].userId}/reinstate`, admin, {})).status).toBe(200)
    expect(await answers()).toEqual(['200', '200'])
  })

  test('only administrators suspend and reinstate, nobody themselves, nobody who is not there (FORBIDDEN, BAD_INPUT, NOT_FOUND)', async () => {
    const [token, self] = [await app.token('plain@example.com'), await idOf(admin)]
    const absent = '0198f3a2-7c1d-7e2f-8a3b-4c5d6e7f8091'
    for (const deed of ['suspend', 'reinstate']) {
      for (const id of [self, absent]) {
        expect(said(await rest('POST', `/api/users/${id}/${deed}`, token, {}))).toBe('403 FORBIDDEN')
        expect(said(await trpc(`users.${deed}`, token, { id }))).toBe('403 FORBIDDEN')
      }
      expect(said(await rest('POST', `/api/users/${absent}/${deed}`, admin, {}))).toBe('404 NOT_FOUND')
      expect(said(await trpc(`users.${deed}`, admin, { id: absent }))).toBe('404 NOT_FOUND')
    }
    expect(said(await rest('POST', `/api/users/${self}/suspend`, admin, {}))).toBe('400 BAD_INPUT')
  })
})
