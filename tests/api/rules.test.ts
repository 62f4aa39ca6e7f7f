// The rules of a fleet over REST and tRPC: who may, what a refusal looks like, and that both forms are one.
import { describe, expect, it } from 'vitest'
import { openTestApp } from '../support/app.ts'

describe('rules over HTTP', async () => {
  const app = await openTestApp()
  const tokens = {
    owner: await app.token('owner@demo.fleetflow.dev'),
    manager: await app.token('manager@demo.fleetflow.dev'),
    renter: await app.token('renter@demo.fleetflow.dev'),
    stranger: await app.token('somebody.else@example.com'),
  }
  const path = '/api/fleets/demo/rules'

  async function ask(method: string, url: string, token: string | undefined, body?: unknown) {
    const response = await fetch(`${app.url}${url}`, {
      method,
      headers: {
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    return { status: response.status, body: (await response.json()) as Record<string, unknown> }
  }

  it('GET /api/fleets/:fleet/rules answers whoever sees the fleet, and nobody else (UNAUTHENTICATED, NOT_FOUND)', async () => {
    for (const token of [tokens.owner, tokens.manager, tokens.renter]) {
      expect(await ask('GET', path, token)).toMatchObject({ status: 200, body: { fleet: 'demo', version: expect.any(Number) } })
    }
    expect(await ask('GET', path, undefined)).toMatchObject({ status: 401, body: { code: 'UNAUTHENTICATED' } })
    expect(await ask('GET', '/api/fleets/none/rules', tokens.renter)).toMatchObject({
      status: 404,
      body: { code: 'NOT_FOUND', field: 'fleet' },
    })
  })

  it('PATCH sets rules that bind the next booking (OUTSIDE_HOURS), and answers the same over tRPC', async () => {
    const rules = { openingHours: { mon: [['08:00', '18:00']] }, cancellationPolicy: 'moderate' }
    const set = await ask('PATCH', path, tokens.manager, rules)
    expect(set).toMatchObject({ status: 200, body: { ...rules, closedDays: [] } })
    const viaTrpc = await ask('GET', `/trpc/fleets.getRules?input=${encodeURIComponent(JSON.stringify({ fleet: 'demo' }))}`, tokens.renter)
    expect(viaTrpc.body).toEqual({ result: { data: set.body } })

    const cars = (await ask('GET', '/api/cars?fleet=demo&limit=1', tokens.renter)).body.items as { id: string }[]
    const trip = { carId: cars[0]?.id, startDate: '2031-05-06T10:00:00Z', endDate: '2031-05-06T12:00:00Z' }
    const refused = await ask('POST', '/api/trips', tokens.renter, trip)
    expect(refused).toMatchObject({
      status: 422,
      body: { code: 'OUTSIDE_HOURS', field: 'startDate', details: { nearest: '2031-05-05T17:00:00.000Z' }, retryable: false },
    })
    expect(await ask('PATCH', path, tokens.owner, { openingHours: null })).toMatchObject({ status: 200, body: { openingHours: null } })
    expect((await ask('POST', '/api/trips', tokens.renter, trip)).status).toBe(201)
  })

  it('PATCH is for owners and managers (FORBIDDEN), guarded by the version (VERSION_MISMATCH), checked by the database too (BAD_INPUT)', async () => {
    for (const token of [tokens.renter, tokens.stranger]) {
      expect(await ask('PATCH', path, token, { noticeMinutes: 1 })).toMatchObject({ status: 403, body: { code: 'FORBIDDEN' } })
    }
    expect(await ask('PATCH', path, undefined, { noticeMinutes: 1 })).toMatchObject({ status: 401, body: { code: 'UNAUTHENTICATED' } })
    expect(await ask('PATCH', path, tokens.owner, { noticeMinutes: 1, version: 999 })).toMatchObject({
      status: 412,
      body: { code: 'VERSION_MISMATCH', details: { version: expect.any(Number) } },
    })
    const overlapping = {
      openingHours: {
        mon: [
          ['08:00', '12:00'],
          ['11:00', '13:00'],
        ],
      },
    }
    expect(await ask('PATCH', path, tokens.owner, overlapping)).toMatchObject({
      status: 400,
      body: { code: 'BAD_INPUT', field: 'openingHours.mon.1.0' },
    })
    expect(await ask('PATCH', path, tokens.owner, { maxMinutes: 10, minMinutes: 20 })).toMatchObject({
      status: 400,
      body: { code: 'BAD_INPUT', field: 'maxMinutes', details: { reason: 'BELOW_MINIMUM' } },
    })
  })
})
