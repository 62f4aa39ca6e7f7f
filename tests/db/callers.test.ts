// One caller's slow calls leave a quarter of the pool to everybody else.
import { call } from '@fleetflow/db'
import { describe, expect, test, vi } from 'vitest'
import { day } from '../support/booking.ts'
import { openTestDatabase } from '../support/database.ts'
import { as, makeFleet, makeTrip, makeUser } from '../support/fixtures.ts'

describe('a pool of four', async () => {
  const db = await openTestDatabase({ poolSize: 4, lockTimeoutMs: 60_000 })
  const fleet = await makeFleet(db.sys)
  const [slow, other] = [await makeUser(db.sys), await makeUser(db.sys)]
  const trips = await Promise.all(
    Array.from({ length: 6 }, (_, i) => makeTrip(db.sys, fleet, { renterId: slow, start: day(2 * i + 1), end: day(2 * i + 2) })),
  )

  test('gives three to a caller whose calls wait: another one is answered meanwhile, and all of them in the end', async () => {
    let waiting: Promise<unknown>[] = []
    await db.sys.begin(async (held) => {
      await held`select 1 from cars where id = ${fleet.carIds[0] ?? ''} for no key update`
      waiting = trips.map((trip_id) => call(db.api, 'cancel_trip_rpc', { trip_id, actor: as(slow) }))
      const stuck = () => db.admin`select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`
      await vi.waitFor(async () => expect(await stuck()).toHaveLength(3), { timeout: 10_000, interval: 20 })
      for (let n = 0; n < 20; n += 1) expect(await call(db.api, 'get_me_rpc', { actor: as(other) })).toMatchObject({ id: other })
      expect(await stuck()).toHaveLength(3)
    })
    for (const answer of await Promise.all(waiting)) expect(answer).toMatchObject({ status: 'cancelled' })
  })
})
