// Fleets, members and invitations over REST and tRPC: what a stranger can do, what each role is told, and that a token is shown once and written nowhere.
import { readFileSync } from 'node:fs'
import { Writable } from 'node:stream'
import { connect } from '@fleetflow/db'
import { buildApp, createVerifier, loadSettings, signDevelopmentToken } from '@fleetflow/server'
import { afterAll, describe, expect, it } from 'vitest'
import { openTestApp } from '../support/app.ts'

describe('fleets over HTTP', async () => {
  const app = await openTestApp()
  const tokens = new Map<string, string>()

  /** Sends a request as somebody with this email address, or as nobody. */
  async function ask(method: string, url: string, email: string | undefined, body?: unknown, headers: Record<string, string> = {}) {
    if (email !== undefined && !tokens.has(email)) tokens.set(email, await app.token(email))
    const response = await fetch(`${app.url}${url}`, {
      method,
      headers: {
        ...(email === undefined ? {} : { authorization: `Bearer ${tokens.get(email)}` }),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    return {
      status: response.status,
      location: response.headers.get('location'),
      replayed: response.headers.get('idempotency-replayed'),
      body: (await response.json()) as Record<string, unknown> & { items: Record<string, unknown>[] },
    }
  }
  const [olivia, mario, dora, stranger] = ['olivia@example.com', 'mario@example.com', 'dora@example.com', 'stranger@example.com']
  const harbour = { slug: 'harbour', name: 'Harbour Cars', currency: 'EUR', timeZone: 'Europe/Lisbon' }
  const idOf = async (email: string) => String((await ask('GET', '/api/me', email)).body.id)
  const refused = (status: number, code: string) => expect.objectContaining({ status, body: expect.objectContaining({ code }) })

  it('a stranger opens a fleet, whose address is in Location, reads and changes it; a slug is had once (BAD_INPUT, TAKEN)', async () => {
    const made = await ask('POST', '/api/fleets', olivia, harbour)
    expect(made).toMatchObject({
      status: 201,
      location: `/api/fleets/${String(made.body.id)}`,
      body: { ...harbour, visibility: 'public', role: 'owner' },
    })
    expect(await ask('GET', made.location ?? '', olivia)).toMatchObject({ status: 200, body: made.body })
    await idOf(stranger)
    expect(await ask('GET', '/api/fleets/harbour', stranger)).toMatchObject({ status: 200, body: { ...made.body, role: null } })
    expect(await ask('POST', '/api/fleets', stranger, harbour)).toMatchObject({
      status: 400,
      body: { code: 'BAD_INPUT', field: 'slug', details: { reason: 'TAKEN' } },
    })
    expect(await ask('PATCH', '/api/fleets/harbour', olivia, { name: 'Harbour' })).toMatchObject({ status: 200, body: { name: 'Harbour' } })
    expect(await ask('PATCH', '/api/fleets/harbour', olivia, { currency: 'USD' })).toMatchObject({
      status: 400,
      body: { field: 'currency' },
    })
    for (const change of [{ timeZone: 'Europe/Atlantis' }, { currency: 'ABC' }])
      expect(await ask('POST', '/api/fleets', stranger, { ...harbour, slug: 'other', ...change })).toMatchObject({
        status: 400,
        body: { code: 'BAD_INPUT', field: Object.keys(change)[0] },
      })
  })

  it('an invitation lets in one person once; its token is in one answer and in no other (INVITATION_INVALID)', async () => {
    const body = { role: 'manager', expiresInDays: 3 }
    const made = await ask('POST', '/api/fleets/harbour/invitations', olivia, body, { 'idempotency-key': 'invite' })
    const token = String(made.body.token)
    expect(made).toMatchObject({ status: 201, body: { role: 'manager', status: 'open', email: null } })
    expect(token).toMatch(/^ffi_[A-Za-z0-9_-]{43}$/)
    const again = await ask('POST', '/api/fleets/harbour/invitations', olivia, body, { 'idempotency-key': 'invite' })
    expect(again).toMatchObject({ status: 201, replayed: 'true', body: { id: made.body.id, token: null } })

    const seen = await ask('GET', '/api/fleets/harbour/invitations', olivia)
    expect(seen.body.items).toMatchObject([{ id: made.body.id, status: 'open' }])
    expect(JSON.stringify(seen.body)).not.toMatch(/token|hash|ffi_/)

    expect(await ask('POST', '/api/invitations/accept', mario, { token })).toMatchObject({
      status: 200,
      body: { slug: 'harbour', role: 'manager' },
    })
    for (const bad of [token, 'ffi_unknown'])
      expect(await ask('POST', '/api/invitations/accept', stranger, { token: bad })).toMatchObject({
        status: 422,
        body: { code: 'INVITATION_INVALID', detail: 'The invitation is not valid.' },
      })
    expect((await ask('GET', '/api/fleets/harbour/invitations', olivia)).body.items).toMatchObject([
      { status: 'accepted', acceptedById: await idOf(mario) },
    ])
  })

  it('one for an e-mail address is for its owner; one that is revoked for nobody (INVITATION_INVALID)', async () => {
    const bound = await ask('POST', '/api/fleets/harbour/invitations', olivia, { role: 'driver', email: 'Dora@Example.com' })
    expect(await ask('POST', '/api/invitations/accept', stranger, { token: bound.body.token })).toEqual(refused(422, 'INVITATION_INVALID'))
    expect((await ask('POST', '/api/invitations/accept', dora, { token: bound.body.token })).status).toBe(200)
    const made = await ask('POST', '/api/fleets/harbour/invitations', olivia, { role: 'owner' })
    const revoke = `/api/invitations/${String(made.body.id)}/revoke`
    expect(await ask('POST', revoke, mario, {})).toEqual(refused(404, 'NOT_FOUND'))
    expect(await ask('POST', revoke, olivia, {})).toMatchObject({ status: 200, body: { status: 'revoked' } })
    expect(await ask('POST', '/api/invitations/accept', stranger, { token: made.body.token })).toEqual(refused(422, 'INVITATION_INVALID'))
  })

  it('members see each other, e-mail addresses only the owner; nobody else (NOT_FOUND, UNAUTHENTICATED)', async () => {
    const path = '/api/fleets/harbour/members'
    const byRole = (items: Record<string, unknown>[]) => Object.fromEntries(items.map(({ role, email }) => [role, email]))
    expect(byRole((await ask('GET', path, olivia)).body.items)).toEqual({ owner: olivia, manager: mario, driver: dora })
    for (const member of [mario, dora])
      expect(byRole((await ask('GET', path, member)).body.items)).toEqual({ owner: null, manager: null, driver: null })
    expect(await ask('GET', path, stranger)).toEqual(refused(404, 'NOT_FOUND'))
    expect(await ask('GET', path, undefined)).toEqual(refused(401, 'UNAUTHENTICATED'))
    const first = await ask('GET', `${path}?limit=2`, dora)
    const rest = await ask('GET', `${path}?limit=2&cursor=${encodeURIComponent(String(first.body.nextCursor))}`, dora)
    expect([first.body.items.length, rest.body.items.length, rest.body.nextCursor]).toEqual([2, 1, null])
  })

  it('only owners change members; what others try is refused by role (FORBIDDEN) or as if there were no fleet (NOT_FOUND)', async () => {
    const [m, d] = [await idOf(mario), await idOf(dora)]
    const attempts: [string, string, unknown][] = [
      ['PATCH', '/api/fleets/harbour', { name: 'Mine' }],
      ['POST', '/api/fleets/harbour/transfer', { userId: m }],
      ['PATCH', `/api/fleets/harbour/members/${d}`, { role: 'owner' }],
      ['POST', `/api/fleets/harbour/members/${d}/remove`, {}],
      ['POST', '/api/fleets/harbour/invitations', { role: 'owner' }],
    ]
    for (const [method, url, body] of attempts) {
      for (const member of [mario, dora]) expect(await ask(method, url, member, body)).toEqual(refused(403, 'FORBIDDEN'))
      expect(await ask(method, url, stranger, body)).toEqual(refused(404, 'NOT_FOUND'))
      expect(await ask(method, url, undefined, body)).toEqual(refused(401, 'UNAUTHENTICATED'))
    }
    for (const member of [mario, dora])
      expect(await ask('GET', '/api/fleets/harbour/invitations', member)).toEqual(refused(403, 'FORBIDDEN'))
    expect(await ask('PATCH', `/api/fleets/harbour/members/${d}`, olivia, { role: 'manager' })).toMatchObject({
      status: 200,
      body: { role: 'manager' },
    })
    expect((await ask('PATCH', '/api/fleets/harbour/rules', dora, { noticeMinutes: 5 })).status).toBe(200)
    expect(await ask('POST', `/api/fleets/harbour/members/${d}/remove`, olivia, {})).toMatchObject({ status: 200, body: { userId: d } })
    expect(await ask('PATCH', '/api/fleets/harbour/rules', dora, { noticeMinutes: 5 })).toEqual(refused(403, 'FORBIDDEN'))
  })

  it('the last owner stays (LAST_OWNER), over tRPC as well; handed over, they may go', async () => {
    expect(await ask('POST', '/api/fleets/harbour/leave', olivia, {})).toMatchObject({
      status: 409,
      body: { code: 'LAST_OWNER', retryable: false },
    })
    const viaTrpc = await ask('POST', '/trpc/members.leave', olivia, { fleet: 'harbour' })
    expect(viaTrpc).toMatchObject({ status: 409, body: { error: { data: { code: 'LAST_OWNER' } } } })
    const given = await ask('POST', '/api/fleets/harbour/transfer', olivia, { userId: await idOf(mario) })
    expect(given).toMatchObject({ status: 200, body: { role: 'manager' } })
    expect(await ask('POST', '/api/fleets/harbour/leave', olivia, {})).toMatchObject({ status: 200, body: { userId: await idOf(olivia) } })
    expect((await ask('GET', '/api/me', mario)).body.fleets).toMatchObject([{ slug: 'harbour', role: 'owner' }])
    expect((await ask('GET', '/api/me', olivia)).body.fleets).toEqual([])
  })
})

describe('the token of an invitation', async () => {
  const running = await openTestApp({ demo: false })
  const lines: string[] = []
  const logDestination = new Writable({
    write(chunk: Buffer, _encoding, done) {
      lines.push(chunk.toString())
      done()
    },
  })
  const settings = loadSettings({ NODE_ENV: 'test', LOG_LEVEL: 'trace', FLEETFLOW_HOME: running.home, RATE_LIMIT_MAX: '1000000' })
  const database = connect({ url: running.database.apiUrl, max: 2 })
  const app = await buildApp({ settings, database, verifier: await createVerifier(settings), logDestination })
  afterAll(async () => {
    await app.close()
    await database.close()
  })

  it('is in no log line and no database row, neither when it is made, used or mistaken, nor when the database fails', async () => {
    const send = async (email: string, url: string, payload: Record<string, unknown>, key?: string) =>
      app.inject({
        method: 'POST',
        url,
        payload,
        headers: {
          authorization: `Bearer ${await signDevelopmentToken({ home: running.home, email })}`,
          ...(key === undefined ? {} : { 'idempotency-key': key }),
        },
      })
    await send('owner@example.com', '/api/fleets', { slug: 'quiet', name: 'Quiet', currency: 'EUR', timeZone: 'UTC' })
    const made = await send('owner@example.com', '/api/fleets/quiet/invitations', { role: 'driver' }, 'made')
    const { token } = made.json<{ token: string }>()
    expect(token).toMatch(/^ffi_/)
    expect((await send('guest@example.com', '/api/invitations/accept', { token, role: 'owner' })).statusCode).toBe(400)
    expect((await send('guest@example.com', '/api/invitations/accept', { token }, 'used')).statusCode).toBe(200)
    const late = await send('late@example.com', '/trpc/invitations.accept', { token, idempotencyKey: 'late' })
    expect([late.statusCode, late.body.includes(token)]).toEqual([422, false])
    await database.close()
    expect((await send('late@example.com', '/api/invitations/accept', { token })).statusCode).toBe(503)

    const secret = token.slice(4)
    const { sys, cluster } = running.database
    const kept = await sys`
      select (select string_agg(k::text, ' ') from idempotency_keys as k) || (select string_agg(i::text, ' ') from invitations as i) as rows`
    expect(String(kept[0]?.rows)).toContain('accepted')
    expect(String(kept[0]?.rows)).not.toContain(secret)
    expect(lines.length).toBeGreaterThanOrEqual(6)
    expect(lines.join('')).not.toContain(secret)
    expect(readFileSync(cluster.serverLog, 'utf8')).not.toContain(secret)
  })
})
