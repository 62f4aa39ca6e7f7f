// trips.history over REST and tRPC, for the four who may ask.
import { describe, expect, test } from 'vitest'
import { openTestApp } from '../support/app.ts'

describe('the history of a trip over HTTP', async () => {
  const app = await openTestApp()
  const bearer = async (email: string) => ({ authorization: `Bearer ${await app.token(email)}` })
  const [row] = await app.database.sys<{ id: string; renter: string }[]>`
    select t.id, i.subject as renter from trips as t join user_identities as i on i.user_id = t.booked_by_id
     where t.status = 'confirmed' and t.trip_start_date > now() order by t.id limit 1`
  const { id = '', renter = '' } = row ?? {}
  const people = {
    nobody: {},
    renter: await bearer(renter),
    'a member of the fleet': await bearer('owner@demo.fleetflow.dev'),
    stranger: await bearer('stranger@example.com'),
  }

  test.each([
    ['nobody', 401, 'UNAUTHENTICATED'],
    ['renter', 200, undefined],
    ['a member of the fleet', 200, undefined],
    ['stranger', 404, 'NOT_FOUND'],
  ] as const)('%s: %i %s', async (who, status, code) => {
    const rest = await fetch(`${app.url}/api/trips/${id}/history`, { headers: people[who] })
    const trpc = await fetch(`${app.url}/trpc/trips.history?input=${encodeURIComponent(JSON.stringify({ id }))}`, { headers: people[who] })
    expect([rest.status, trpc.status]).toEqual([status, status])
    const answer = (await rest.json()) as { code?: string; items?: unknown[] }
    const other = (await trpc.json()) as { result?: { data: unknown }; error?: { data: { code: string } } }
    if (code === undefined) {
      expect(answer.items?.length).toBeGreaterThan(0)
      expect(other.result?.data).toEqual(answer)
    } else {
      expect([answer.code, other.error?.data.code]).toEqual([code, code])
    }
  })

  test('pages over REST', async () => {
    const get = async (query: string) => {
      const response = await fetch(`${app.url}/api/trips/${id}/history?${query}`, { headers: people.renter })
      return { status: response.status, body: (await response.json()) as { code?: string; field?: string; items?: { type: string }[] } }
    }
    expect((await get('limit=1')).body.items).toMatchObject([{ type: 'trip.created' }])
    expect(await get('limit=0')).toMatchObject({ status: 400, body: { code: 'BAD_INPUT', field: 'limit' } })
    expect(await get('cursor=x')).toMatchObject({ status: 400, body: { code: 'BAD_INPUT', field: 'cursor' } })
  })
})
