// A confirmed trip whose start has passed: what its renter may still do, and what takes a reason.
import { call } from '@fleetflow/db'
import { describe, expect, test } from 'vitest'
import { openTestDatabase } from '../support/database.ts'
import { as, makeFleet, makeTrip, makeUser, refusal } from '../support/fixtures.ts'

describe('a trip whose start has passed', async () => {
  const db = await openTestDatabase()
  const fleet = await makeFleet(db.sys, { cars: 4 })
  const renter = await makeUser(db.sys)
  const inHours = (hours: number) => new Date(Date.now() + hours * 3_600_000).toISOString()
  const begun = (car: number, renterId: string) =>
    makeTrip(db.sys, fleet, { carId: fleet.carIds[car] ?? '', renterId, start: inHours(-2), end: inHours(2) })

  test('is not moved away by its renter, who could then cancel it for the whole price (INVALID_STATE)', async () => {
    const id = await begun(0, renter)
    for (const start_date of [inHours(24), inHours(-1)]) {
      await refusal(call(db.api, 'modify_trip_rpc', { trip_id: id, start_date, end_date: inHours(48), actor: as(renter) }), 'INVALID_STATE')
    }
    await refusal(call(db.api, 'cancel_trip_rpc', { trip_id: id, actor: as(renter) }), 'INVALID_STATE')
  })

  test('is still extended by its renter, and moved by its fleet', async () => {
    const id = await begun(1, renter)
    expect(await call(db.api, 'modify_trip_rpc', { trip_id: id, end_date: inHours(5), actor: as(renter) })).toMatchObject({ version: 2 })
    const moved = { trip_id: id, start_date: inHours(24), end_date: inHours(48), actor: as(fleet.managerId) }
    expect(await call(db.api, 'modify_trip_rpc', moved)).toMatchObject({ version: 3 })
  })

  test('is cancelled by a manager only with a reason, also when it is their own (REASON_REQUIRED)', async () => {
    const id = await begun(2, fleet.managerId)
    await refusal(call(db.api, 'cancel_trip_rpc', { trip_id: id, actor: as(fleet.managerId) }), 'REASON_REQUIRED')
    await refusal(call(db.api, 'cancel_trip_rpc', { trip_id: id, reason: ' \n\t', actor: as(fleet.managerId) }), 'REASON_REQUIRED')
    const cancelled = await call(db.api, 'cancel_trip_rpc', { trip_id: id, reason: '\n engine ', actor: as(fleet.managerId) })
    expect(cancelled).toMatchObject({ status: 'cancelled', cancelReason: 'engine' })
  })
})

describe('refusals a caller can act on', async () => {
  const db = await openTestDatabase()
  const fleet = await makeFleet(db.sys)
  const renter = await makeUser(db.sys)

  test('the earliest start of a refusal can be booked (TOO_SOON)', async () => {
    const booking = (start: Date) => {
      const end_date = new Date(start.getTime() + 3_600_000).toISOString()
      return call(db.api, 'create_trip_rpc', {
        car_id: fleet.carIds[0] ?? '',
        start_date: start.toISOString(),
        end_date,
        actor: as(renter),
      })
    }
    const { details } = await refusal(booking(new Date(Date.now() - 60_000)), 'TOO_SOON')
    const earliest = new Date(String(details?.earliest))
    expect(earliest.getTime() % 60_000).toBe(0)
    // In the last second of a minute the answer may be too late for this very test.
    if (earliest.getTime() - Date.now() > 1000) expect(await booking(earliest)).toMatchObject({ status: 'confirmed' })
  })
})
