// Secrets are told apart from everything else: planted in every place that holds one, they turn up in no log, no answer and no table.
import { closeSync, fstatSync, openSync, readSync, statSync } from 'node:fs'
import { connect as connectSocket } from 'node:net'
import { connect } from '@fleetflow/db'
import { buildApp, createVerifier, loadSettings } from '@fleetflow/server'
import postgres from 'postgres'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { makeKey as storeApiKey } from '../support/apiKeys.ts'
import { makeCanaries } from '../support/canaries.ts'
import { startFleetflow } from '../support/commands.ts'
import { openTestDatabase } from '../support/database.ts'
import { makeFleet } from '../support/fixtures.ts'
import { makeKey, openProvider, signToken } from '../support/provider.ts'
import { openSuperuser } from '../support/superuser.ts'

/** Where a canary may be: in an answer that repeats what its own caller sent, and where idempotency keys are kept to be recognised. */
const bodies = ['body', 'refused body', 'timed out body', 'crashing body']

describe('canaries', async () => {
  const canaries = makeCanaries()
  const db = await openTestDatabase()
  const superuser = openSuperuser(db)
  // As an operator in search of a fault would: every statement is logged, of everybody.
  for (const setting of ["log_statement = 'all'", 'log_min_duration_statement = 0', 'log_min_messages = debug1']) {
    await superuser.unsafe(`alter database ${db.name} set ${setting}`)
  }
  const fleet = await makeFleet(db.sys)
  const [signer, stranger] = await Promise.all([makeKey('EdDSA'), makeKey('EdDSA')])
  const provider = await openProvider([signer])
  const settings = loadSettings({
    NODE_ENV: 'test',
    LOG_LEVEL: 'trace',
    HEADERS_TIMEOUT_MS: '500',
    REQUEST_TIMEOUT_MS: '800',
    JWT_ISSUERS: JSON.stringify([{ issuer: provider.issuer, audience: 'api' }]),
  })
  let log = ''
  const answers: string[] = []
  const logStart = statSync(db.cluster.serverLog).size
  const database = connect({ url: db.apiUrl, max: 4, lockTimeoutMs: 10_000, statementTimeoutMs: 500 })
  const app = await buildApp({
    settings,
    database,
    verifier: await createVerifier(settings),
    logDestination: {
      write(line: string) {
        log += line
      },
    },
  })
  const url = await app.listen({ port: 0, host: '127.0.0.1' })
  afterAll(async () => {
    await app.close()
    await database.close()
  })

  const serverLog = () => {
    const file = openSync(db.cluster.serverLog, 'r')
    const rest = Buffer.alloc(fstatSync(file).size - logStart)
    readSync(file, rest, 0, rest.length, logStart)
    closeSync(file)
    return rest.toString('utf8')
  }
  const watchToken = (place: string, token: string) => {
    const [, payload = '', signature = ''] = token.split('.')
    canaries.watch(place, payload)
    canaries.watch(place, signature)
    return token
  }
  const claims = (more: object = {}) => ({
    iss: provider.issuer,
    aud: 'api',
    sub: 'canary-keeper',
    exp: Math.floor(Date.now() / 1000) + 3600,
    secret: canaries.plant('claim'),
    ...more,
  })
  const tokenOf = (place: string, more: object = {}, key = signer) => watchToken(place, signToken(key, claims(more)))

  async function ask(path: string, headers: Record<string, string>, body?: string | object): Promise<{ status: number; text: string }> {
    const response = await fetch(`${url}${path}`, {
      headers: { ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...headers },
      ...(body === undefined ? {} : { method: 'POST', body: typeof body === 'string' ? body : JSON.stringify(body) }),
    })
    const text = `${response.status} ${JSON.stringify([...response.headers])} ${await response.text()}`
    answers.push(text)
    return { status: response.status, text }
  }
  /** Bytes as they are, for what no client would send. */
  async function send(bytes: string): Promise<void> {
    const socket = connectSocket(Number(new URL(url).port), '127.0.0.1')
    socket.on('error', () => {})
    socket.write(bytes)
    answers.push((await socket.setEncoding('utf8').toArray()).join(''))
  }
  const bearer = (credential: string) => ({ authorization: `Bearer ${credential}` })
  const day = (of: number) => `2031-05-${String(of).padStart(2, '0')}T10:00:00Z`
  const tripOn = (of: number) => ({ carId: fleet.carIds[0], startDate: day(of), endDate: day(of + 1) })
  const planNamed = (name: string) => ({ fleet: fleet.id, name, tariff: { dayRate: 5000, hourRate: 800, minimumCharge: 1000 } })

  /** An owner of the fleet. */
  const good = tokenOf('token')
  beforeAll(async () => {
    await ask('/api/me', bearer(good))
    await db.sys`insert into fleet_members (fleet_id, user_id, role)
                 select ${fleet.id}, user_id, 'owner' from user_identities where subject = 'canary-keeper'`
  })

  it('are planted where requests succeed', async () => {
    const key = await storeApiKey(db.sys, fleet, { procedures: ['me.get'] })
    canaries.watch('API key', key.secret)
    canaries.watch('API key', key.hash)
    const idempotency = () => canaries.plant('idempotency key')
    const inHeader = { ...bearer(good), 'idempotency-key': idempotency(), cookie: `session=${canaries.plant('cookie')}` }
    expect((await ask('/api/me', bearer(key.secret))).status).toBe(200)
    expect((await ask('/api/trips', inHeader, tripOn(2))).status).toBe(201)
    expect((await ask('/api/trips', inHeader, tripOn(2))).text).toContain('idempotency-replayed')
    expect((await ask('/trpc/trips.create', bearer(good), { ...tripOn(4), idempotencyKey: idempotency() })).status).toBe(200)
    expect((await ask('/trpc/ratePlans.create', bearer(good), planNamed(canaries.plant('body')))).status).toBe(200)
    expect((await ask('/api/me', { ...bearer(good), 'x-request-id': 'harmless-id', 'x-api-key': canaries.plant('header') })).status).toBe(
      200,
    )
  })

  it('are what is shown once: a new API key and an invitation, made, repeated, used and ended', async () => {
    const made: [path: string, body: object, member: string][] = [
      [`/api/fleets/${fleet.id}/api-keys`, { name: 'Script', role: 'driver', procedures: ['me.get'] }, 'secret'],
      [`/api/fleets/${fleet.id}/invitations`, { role: 'driver' }, 'token'],
    ]
    const [key = '', invitation = ''] = await Promise.all(
      made.map(async ([path, body, member]) => {
        const headers = { ...bearer(good), 'content-type': 'application/json', 'idempotency-key': canaries.plant('idempotency key') }
        const shown = await fetch(`${url}${path}`, { method: 'POST', headers, body: JSON.stringify(body) })
        const secret = ((await shown.json()) as Record<string, string>)[member] ?? ''
        expect([shown.status, secret]).toEqual([201, expect.stringMatching(/^ff[ik]_[\w-]{43}$/)])
        expect((await ask(path, headers, body)).text).toContain(`"${member}":null`)
        return canaries.watch(member === 'secret' ? 'API key' : 'invitation', secret)
      }),
    )
    const guest = tokenOf('token', { sub: 'guest' })
    expect((await ask('/api/me', bearer(key))).status).toBe(200)
    expect((await ask('/api/cars?limit=1', bearer(key))).status).toBe(403)
    expect((await ask('/api/invitations/accept', bearer(guest), { token: invitation })).status).toBe(200)
    expect((await ask('/trpc/invitations.accept', bearer(guest), { token: invitation })).status).toBe(422)
    for (const list of ['api-keys', 'invitations']) expect((await ask(`/api/fleets/${fleet.id}/${list}`, bearer(good))).status).toBe(200)
  })

  it('are planted where requests are refused', async () => {
    const key = await storeApiKey(db.sys, fleet, { procedures: ['me.get'], revoked: '-1 hour' })
    const reused = canaries.plant('idempotency key')
    const spoiled = { ...tripOn(6), note: canaries.plant('refused body') }
    const calls: [number, string, Record<string, string>, (string | object)?][] = [
      [401, '/api/me', bearer(canaries.watch('API key', key.secret))],
      [
        401,
        '/trpc/me.get',
        bearer(canaries.watch('API key', `ffk_${Buffer.from(canaries.plant('API key')).toString('base64url').slice(0, 42)}A`)),
      ],
      [401, '/api/me', bearer(`ffk_${canaries.plant('API key')}`)],
      [401, '/api/me', bearer(tokenOf('token', { aud: 'another' }))],
      [401, '/trpc/me.get', bearer(tokenOf('token', {}, stranger))],
      [401, '/api/me', bearer(canaries.plant('token'))],
      [401, '/api/me', bearer(tokenOf('token', { padding: 'x'.repeat(9000) }))],
      [
        401,
        '/api/me',
        { authorization: `Basic ${canaries.watch('password', Buffer.from(`me:${canaries.plant('password')}`).toString('base64'))}` },
      ],
      [409, '/api/trips', { ...bearer(good), 'idempotency-key': reused }, tripOn(2)],
      [422, '/api/trips', { ...bearer(good), 'idempotency-key': reused }, tripOn(8)],
      [400, '/trpc/trips.create', bearer(good), { ...tripOn(8), idempotencyKey: `${canaries.plant('idempotency key')}${'k'.repeat(300)}` }],
      [400, '/api/trips', { ...bearer(good), 'idempotency-key': `${canaries.plant('idempotency key')}${'k'.repeat(300)}` }, tripOn(8)],
      [400, '/api/trips', bearer(good), spoiled],
      [400, '/api/trips', bearer(good), { ...tripOn(6), startDate: canaries.plant('refused body') }],
      [400, '/api/trips', bearer(good), `{"carId":"${canaries.plant('refused body')}`],
      [413, '/api/trips', bearer(good), { ...tripOn(6), note: canaries.plant('refused body') + 'x'.repeat(70_000) }],
      [415, '/api/trips', { ...bearer(good), 'content-type': 'text/plain' }, canaries.plant('refused body')],
      [400, `/api/me?access_token=${canaries.plant('query')}`, bearer(good)],
      [400, `/trpc/cars.get?input=${encodeURIComponent(JSON.stringify({ id: canaries.plant('query') }))}`, bearer(good)],
      [404, '/api/nothing', bearer(good), { password: canaries.plant('password') }],
    ]
    for (const [status, path, headers, body] of calls) expect([path, (await ask(path, headers, body)).status]).toEqual([path, status])
    for (const path of ['/auth/sign-up/email', '/auth/sign-in/email', '/api/invitations/accept']) {
      const secrets = {
        email: 'nobody@example.com',
        name: 'N',
        password: canaries.plant('password'),
        token: `ffi_${canaries.plant('invitation')}`,
      }
      expect((await ask(path, bearer(good), secrets)).status).toBeGreaterThanOrEqual(400)
    }
  })

  it('are planted where a request is broken, too large or never ends', async () => {
    const host = 'Host: x\r\n'
    await send(`GET /api/me HTTP/9.9\r\nAuthorization: Bearer ${canaries.plant('token')}\r\n\r\n`)
    await send(`GET /api/me HTTP/1.1\r\n${host}Authorization: Bearer ${canaries.plant('token')}${'x'.repeat(20_000)}\r\n\r\n`)
    await send(`GET /api/me HTTP/1.1\r\n${host}Authorization: Bearer ${canaries.plant('token')}\r\n`)
    await send(
      `POST /api/trips HTTP/1.1\r\n${host}Authorization: Bearer ${good}\r\nContent-Type: application/json\r\nContent-Length: 500\r\n\r\n{"x":"${canaries.plant('timed out body')}`,
    )
    expect(answers.slice(-4).map((answer) => /^HTTP\/1\.1 (\d+)/.exec(answer)?.[1])).toEqual(['400', '431', '408', '408'])
  })

  it('are planted where the database is slow, goes away or fails', async () => {
    await superuser.begin(async (sql) => {
      await sql`lock table public.idempotency_keys in access exclusive mode`
      const key = { ...bearer(good), 'idempotency-key': canaries.plant('idempotency key') }
      expect((await ask('/api/rate-plans', key, planNamed(canaries.plant('timed out body')))).text).toContain('TIMEOUT')
    })
    await superuser.unsafe(`
      alter table public.rate_plans add constraint fails check (name not like 'crash %');
      create function public.fails() returns trigger language plpgsql as $$
        begin if new.name like 'raise %' then raise exception 'this is %', new.name; end if; return new; end $$;
      create trigger fails before insert on public.rate_plans for each row execute function public.fails();`)
    for (const word of ['crash', 'raise']) {
      const key = { ...bearer(good), 'idempotency-key': canaries.plant('idempotency key') }
      const place = word === 'crash' ? 'crashing body' : 'quoted body'
      expect((await ask('/api/rate-plans', key, planNamed(`${word} ${canaries.plant(place)}`))).text).toContain('INTERNAL')
    }
    const gone = superuser.begin(async (sql) => {
      await sql`lock table public.idempotency_keys in access exclusive mode`
      const key = { ...bearer(good), 'idempotency-key': canaries.plant('idempotency key') }
      const answer = ask('/api/rate-plans', key, planNamed(canaries.plant('timed out body')))
      await expect
        .poll(() => sql`select pg_terminate_backend(pid) from pg_stat_activity where datname = ${db.name} and wait_event_type = 'Lock'`)
        .toHaveLength(1)
      return answer
    })
    expect((await gone).text).toContain('UNAVAILABLE')
  })

  it('are in a connection URL that does not work and in settings that are refused', async () => {
    const place = new URL(db.apiUrl)
    const runs = [
      { DATABASE_URL: Object.assign(new URL(db.apiUrl), { password: canaries.plant('password') }).href },
      { DATABASE_URL: `postgres://fleetflow_api:${canaries.plant('password')}@127.0.0.1:1/${place.pathname}` },
      { DATABASE_URL: `postgres://fleetflow_api:${canaries.plant('password')}@127.0.0.1:99999/x` },
      { DATABASE_URL: `fleetflow_api:${canaries.plant('password')}@127.0.0.1` },
      { JWT_ISSUERS: `[{"issuer":"https://a.example","secret":"${canaries.plant('setting')}"}]` },
    ]
    for (const run of runs) {
      const { code, stdout, stderr } = await startFleetflow(['start'], { LOG_LEVEL: 'trace', FLEETFLOW_HOME: '/nonexistent', ...run })
        .finished
      expect(code).not.toBe(0)
      expect(canaries.foundIn(stdout + stderr)).toEqual([])
    }
  })

  it('turn up in no line of our log, which has one for every request and every failure', () => {
    expect(canaries.places.length).toBeGreaterThanOrEqual(10)
    expect(log).toContain('"msg":"request"')
    expect(log.match(/"msg":"failed"/g)?.length).toBeGreaterThanOrEqual(4)
    expect(log).toMatch(/"apiKey":"[0-9a-f]{8}"/)
    expect(canaries.foundIn(log)).toEqual([])
  })

  it('turn up in no answer; only a body is repeated to whoever sent it', () => {
    expect(answers.length).toBeGreaterThan(30)
    expect(canaries.foundIn(answers.join('\n'), ['body'])).toEqual([])
    expect(canaries.foundIn(answers.filter((answer) => /^(HTTP\/1\.1 )?[45]/.test(answer)).join('\n'))).toEqual([])
  })

  it('turn up in no line of the database’s log, although it logs every statement', () => {
    const lines = serverLog()
    for (const seen of ['public.create_trip_rpc', 'rate_plans', 'fails', 'terminating connection', 'statement timeout'])
      expect([seen, lines.includes(seen)]).toEqual([seen, true])
    // What a foreign trigger writes into its own message is its own doing.
    expect(canaries.foundIn(lines, ['quoted body'])).toEqual([])
  })

  it('stay out of it by the server’s settings, by the role’s and by the connection’s', async () => {
    const [role] = await superuser<{ rolconfig: string[] }[]>`select rolconfig from pg_roles where rolname = 'fleetflow_api'`
    expect(role?.rolconfig).toEqual(expect.arrayContaining(['log_parameter_max_length=0', 'log_error_verbosity=terse']))
    const shown = await superuser<
      { name: string; reset_val: string }[]
    >`select name, reset_val from pg_settings where name ~ '^log_(parameter|error_v)'`
    expect(Object.fromEntries(shown.map(({ name, reset_val }) => [name, reset_val]))).toEqual({
      log_parameter_max_length: '0',
      log_parameter_max_length_on_error: '0',
      log_error_verbosity: 'terse',
    })
    await superuser.unsafe(`alter role fleetflow_api in database ${db.name} set log_parameter_max_length_on_error = -1`)
    const fresh = connect({ url: db.apiUrl, max: 1 })
    expect(await fresh.sql`show log_parameter_max_length_on_error`).toEqual([{ log_parameter_max_length_on_error: '0' }])
    await fresh.close()
  })

  it('turn up in no table; idempotency keys only where they are recognised', async () => {
    const tables = await superuser<{ name: string }[]>`
      select format('%I.%I', schemaname, tablename) as name from pg_tables where schemaname not in ('pg_catalog', 'information_schema')`
    expect(tables.length).toBeGreaterThan(15)
    for (const { name } of tables) {
      const rows = await superuser.unsafe<{ row: string }[]>(`select t::text as row from ${name} as t`)
      const allowed = [...bodies, ...(name === 'public.idempotency_keys' ? ['idempotency key'] : [])]
      const hashed = name === 'public.api_keys' ? ['API key'] : []
      expect([name, canaries.foundIn(rows.map(({ row }) => row).join('\n'), [...allowed, ...hashed])]).toEqual([name, []])
    }
    const keys = await superuser<{ row: string }[]>`select k::text as row from api_keys as k`
    expect(keys.some(({ row }) => row.includes('ffk_'))).toBe(false)
  })

  it('would be found in the database’s log if its parameters were logged', async () => {
    const name = canaries.plant('told by mistake')
    await superuser.unsafe(`alter role fleetflow_api in database ${db.name} set log_parameter_max_length = -1`)
    await superuser.unsafe(`alter role fleetflow_api in database ${db.name} set log_error_verbosity = 'default'`)
    const careless = postgres(db.apiUrl, { max: 1 })
    await careless`select ${name}::text`
    await careless.end()
    await expect.poll(() => canaries.foundIn(serverLog(), ['quoted body'])).toEqual(['told by mistake'])
  })
})
