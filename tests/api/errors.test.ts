// The envelope: whatever is thrown, callers learn a code and nothing of the inside.
import { DatabaseError } from '@fleetflow/db'
import { codes, createScriptCaller, loadSettings, SettingsError, startServer, toEnvelope } from '@fleetflow/server'
import { TRPCError } from '@trpc/server'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { openTestApp } from '../support/app.ts'
import { openTestDatabase } from '../support/database.ts'

const leak = 'select secret from users where password = $1'

describe('an envelope', () => {
  it.each([
    ['an error', new Error(leak)],
    ['an error with a status of 500', Object.assign(new Error(leak), { statusCode: 502 })],
    ['no error at all', leak],
    ['undefined', undefined],
    ['an unknown failure of the database', new DatabaseError('INTERNAL', new Error(leak))],
    ['an answer of the wrong shape', new TRPCError({ code: 'INTERNAL_SERVER_ERROR', message: leak, cause: z.string().safeParse(5).error })],
  ])('of %s is INTERNAL without its text', (_name, thrown) => {
    expect(toEnvelope(thrown, 'r1')).toEqual({
      code: 'INTERNAL',
      message: codes.INTERNAL.message,
      retryable: false,
      requestId: 'r1',
      httpStatus: 500,
    })
  })

  it('of a refusal of the database carries its code, field and details, wrapped or not', () => {
    const refused = new DatabaseError('VERSION_MISMATCH', new Error(leak), { field: 'version', version: 7 })
    const envelope = { code: 'VERSION_MISMATCH', field: 'version', details: { version: 7 }, httpStatus: 412, retryable: false }
    expect(toEnvelope(refused, 'r1')).toMatchObject(envelope)
    expect(toEnvelope(new TRPCError({ code: 'INTERNAL_SERVER_ERROR', cause: refused }), 'r1')).toMatchObject(envelope)
  })

  it('of bad input never repeats the value', () => {
    const { error } = z.strictObject({ a: z.enum(['x']), b: z.uuid() }).safeParse({ a: 'hunter2', b: 'hunter2' })
    const envelope = toEnvelope(error, 'r1')
    expect(envelope).toMatchObject({ code: 'BAD_INPUT', field: 'a', details: { issues: [{ field: 'a' }, { field: 'b' }] } })
    expect(JSON.stringify(envelope)).not.toContain('hunter2')
  })

  it('says when to come back exactly for what may be retried', () => {
    for (const entry of Object.values(codes)) {
      if (entry.retryable && entry.status !== 408) expect(entry).toHaveProperty('retryAfterMs')
      if (!entry.retryable) expect(entry).not.toHaveProperty('retryAfterMs')
    }
  })
})

describe('a procedure whose database misbehaves', async () => {
  const app = await openTestApp()
  const headers = { authorization: `Bearer ${await app.token('renter@demo.fleetflow.dev')}` }
  const internal = { code: 'INTERNAL', message: codes.INTERNAL.message, retryable: false }

  const breakages = {
    'fails in a way that nobody expected': 'begin perform 1 from no_such_table; return null; end',
    'answers another shape than promised': `begin return '{"id": "hunter2"}'; end`,
    'answers more than promised': `begin return jsonb_build_object('id', gen_random_uuid(), 'email', 'a', 'name', 'b', 'isAdmin', false,
      'fleets', '[]'::jsonb, 'password', 'hunter2'); end`,
  }

  it.each(Object.entries(breakages))(
    'and %s answers INTERNAL over both faces, with the request id and nothing else',
    async (_name, body) => {
      await app.database.admin.unsafe(
        `create or replace function public.get_me_rpc(actor jsonb) returns jsonb language plpgsql as $$ ${body} $$`,
      )
      const trpc = await fetch(`${app.url}/trpc/me.get`, { headers })
      const data = { ...internal, httpStatus: 500, requestId: trpc.headers.get('x-request-id') }
      expect([trpc.status, await trpc.json()]).toEqual([500, { error: { code: -32603, message: internal.message, data } }])
      const rest = await fetch(`${app.url}/api/me`, { headers })
      expect([rest.status, await rest.json()]).toEqual([
        500,
        {
          type: '/problems/internal',
          title: internal.message,
          status: 500,
          detail: internal.message,
          instance: '/api/me',
          code: 'INTERNAL',
          retryable: false,
          requestId: rest.headers.get('x-request-id'),
        },
      ])
    },
  )
})

describe('on a real database', async () => {
  const database = await openTestDatabase({ demo: true })

  it('a script calls the same procedures with the same refusals, without HTTP', async () => {
    await using script = createScriptCaller({
      databaseUrl: database.apiUrl,
      actor: { issuer: 'https://fleetflow.localhost', subject: 'renter@demo.fleetflow.dev' },
    })
    expect(await script.api.me.get()).toMatchObject({ email: 'renter@demo.fleetflow.dev' })
    const { items } = await script.api.cars.list({ fleet: 'demo', limit: 3 })
    expect(items).toHaveLength(3)
    const refused = await script.api.trips.get({ id: items[0]?.id ?? '' }).catch((error: unknown) => toEnvelope(error, 'r1'))
    expect(refused).toMatchObject({ code: 'NOT_FOUND', field: 'id' })
    const bad = await script.api.cars.get({ id: 'x' }).catch((error: unknown) => toEnvelope(error, 'r1'))
    expect(bad).toMatchObject({ code: 'BAD_INPUT', field: 'id' })
  })

  it('production refuses to serve on a privileged connection, naming the setting and not the password', async () => {
    const tokens = { JWT_ISSUER: 'i', JWT_AUDIENCE: 'a', JWKS_URL: 'http://127.0.0.1:1/' }
    const settings = (url: string) => loadSettings({ NODE_ENV: 'production', PORT: '0', LOG_LEVEL: 'silent', DATABASE_URL: url, ...tokens })
    const refused = await startServer(settings(database.adminUrl)).catch((error: unknown) => error)
    expect(refused).toBeInstanceOf(SettingsError)
    expect(String(refused)).toMatch(/DATABASE_URL must connect as fleetflow_api in production: the role postgres is a superuser/)
    expect(String(refused)).not.toContain(new URL(database.adminUrl).password)
    const server = await startServer(settings(database.apiUrl))
    await server.close()
  })
})
