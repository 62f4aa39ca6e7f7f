// trips.history: who changed what of a trip from what to what, for those who may see the trip, the moment it has happened.
import { call } from '@fleetflow/db'
import { describe, expect, test } from 'vitest'
import { openTestDatabase } from '../support/database.ts'
import { relayAll } from '../support/events.ts'
import { as, firstCar, makeFleet, makeUser, refusal } from '../support/fixtures.ts'

interface Entry {
  id: string
  type: string
  operation: string | null
  version: number
  occurredAt: string
  actor: { role: string; name: string | null }
  changes: { field: string; from: unknown; to: unknown }[]
}

interface Page {
  items: Entry[]
  nextCursor: string | null
}

describe('trips.history', async () => {
  const db = await openTestDatabase()
  const fleet = await makeFleet(db.sys, { cars: 1 })
  const renter = await makeUser(db.sys, { name: 'Rita Renter' })
  const stranger = await makeUser(db.sys)
  const admin = await makeUser(db.sys, { isAdmin: true })
  const carId = firstCar(fleet)

  let day = 0
  const book = async () => {
    day += 9
    const start = Date.UTC(2031, 0, day, 10)
    const period = { start_date: new Date(start).toISOString(), end_date: new Date(start + 86_400_000).toISOString() }
    return (await call(db.api, 'create_trip_rpc', { car_id: carId, ...period, actor: as(renter) })) as { id: string; endDate: string }
  }
  const later = (endDate: string) => new Date(Date.parse(endDate) + 86_400_000).toISOString()
  const history = async (id: string, who = renter, limit?: number, cursor?: string | null) =>
    (await call(db.api, 'list_trip_history_rpc', { trip_id: id, actor: as(who), page_limit: limit, page_cursor: cursor })) as Page

  /** A trip that was booked, moved by its renter and cancelled by its fleet. */
  async function eventful() {
    const trip = await book()
    await call(db.api, 'modify_trip_rpc', { trip_id: trip.id, end_date: later(trip.endDate), actor: as(renter) })
    await call(db.api, 'cancel_trip_rpc', { trip_id: trip.id, reason: 'Workshop', actor: as(fleet.managerId) })
    return trip
  }

  test('tells what was changed from what to what, oldest first, before the relay has seen it and after, the same', async () => {
    const trip = await eventful()
    const fresh = await history(trip.id)
    expect(fresh.items.map(({ type, operation, version }) => [type, operation, version])).toEqual([
      ['trip.created', 'trips.create', 1],
      ['trip.updated', 'trips.modify', 2],
      ['trip.cancelled', 'trips.cancel', 3],
    ])
    expect(fresh.items[0]?.changes).toContainEqual({ field: 'status', from: null, to: 'confirmed' })
    expect(fresh.items[1]?.changes).toContainEqual({ field: 'endDate', from: trip.endDate, to: later(trip.endDate) })
    expect(fresh.items[2]?.changes).toContainEqual({ field: 'status', from: 'confirmed', to: 'cancelled' })
    expect(fresh.items[2]?.changes).toContainEqual({ field: 'cancelReason', from: null, to: 'Workshop' })
    expect(fresh.items.flatMap(({ changes }) => changes).map(({ field }) => field)).not.toContain('updatedAt')
    expect(fresh.nextCursor).toBeNull()
    await relayAll(db.sys)
    expect(await history(trip.id)).toEqual(fresh)
  })

  test('names the people to the fleet, and to the renter the fleet', async () => {
    const trip = await eventful()
    const actors = async (who: string) => (await history(trip.id, who)).items.map(({ actor }) => [actor.role, actor.name])
    expect(await actors(renter)).toEqual([
      ['renter', 'Rita Renter'],
      ['renter', 'Rita Renter'],
      ['fleet', 'Fleet'],
    ])
    for (const who of [fleet.ownerId, fleet.driverId, admin]) {
      expect(await actors(who)).toEqual([
        ['renter', 'Rita Renter'],
        ['renter', 'Rita Renter'],
        ['fleet', 'Manager'],
      ])
    }
  })

  test("does not say whose booking it was that wrote down a trip's delay", async () => {
    const trip = await book()
    await db.sys.begin(async (tx) => {
      await tx`select set_config('fleetflow.uid', ${stranger}, true), set_config('fleetflow.operation', 'trips.create', true)`
      await tx`update trips set at_risk = true where id = ${trip.id}`
    })
    for (const who of [renter, fleet.ownerId]) {
      expect((await history(trip.id, who)).items[1]).toMatchObject({
        type: 'trip.updated',
        actor: { role: 'system', name: null },
        changes: [{ field: 'atRisk', from: false, to: true }],
      })
    }
  })

  test('pages follow each other without a gap, also while the relay moves events from under them', async () => {
    const trip = await eventful()
    const whole = (await history(trip.id)).items
    for (const relayAfter of [0, 1, 2, 9]) {
      const seen: Entry[] = []
      let cursor: string | null = null
      do {
        const page: Page = await history(trip.id, renter, 1, cursor)
        seen.push(...page.items)
        cursor = page.nextCursor
        if (seen.length === relayAfter) await relayAll(db.sys, 1)
      } while (cursor !== null)
      expect(seen).toEqual(whole)
    }
  })

  test('is hidden with its trip (NOT_FOUND)', async () => {
    const trip = await book()
    const other = await makeFleet(db.sys)
    for (const who of [stranger, other.ownerId]) expect((await refusal(history(trip.id, who), 'NOT_FOUND')).field).toBe('id')
    await refusal(history(crypto.randomUUID()), 'NOT_FOUND')
    await refusal(
      call(db.api, 'list_trip_history_rpc', { trip_id: trip.id, actor: { issuer: 'https://x', subject: 'never seen' } }),
      'NOT_FOUND',
    )
  })

  test('refuses who is not known (UNAUTHENTICATED)', async () => {
    await refusal(history((await book()).id, crypto.randomUUID()), 'UNAUTHENTICATED')
  })

  test('refuses a limit out of bounds and a cursor that is no event of this trip (BAD_INPUT)', async () => {
    const [trip, other] = [await book(), await book()]
    for (const limit of [0, 101]) expect((await refusal(history(trip.id, renter, limit), 'BAD_INPUT')).field).toBe('limit')
    const foreign = (await history(other.id)).items[0]?.id ?? ''
    for (const cursor of ['x', '', crypto.randomUUID(), foreign]) {
      expect(await refusal(history(trip.id, renter, 5, cursor), 'BAD_INPUT')).toMatchObject({
        field: 'cursor',
        details: { reason: 'BAD_CURSOR' },
      })
    }
  })

  test('of an imported trip is empty: what happened elsewhere is no news', async () => {
    const [row] = await db.sys<{ answer: { inserted: number } }[]>`
      select private.import_trips(fleet_id => ${fleet.id}, car_class => 'van', back_to_back => false, vehicles => '{old}', row_vehicles => '{1}',
        external_ids => '{x1}', starts => '{2020-01-01T10:00Z}', ends => '{2020-01-02T10:00Z}', costs => '{1000}', currencies => '{EUR}') as answer`
    expect(row?.answer.inserted).toBe(1)
    const [trip] = await db.sys<{ id: string; cost: number }[]>`select id, total_cost::integer as cost from trips where external_id = 'x1'`
    expect(trip?.cost).toBe(1000)
    expect(await history(trip?.id ?? '', fleet.ownerId)).toEqual({ items: [], nextCursor: null })
    expect((await db.sys`select from outbox where entity_id = ${trip?.id ?? ''}`).length).toBe(0)
  })
})
