// A statement that fails after its first row was sent (cancelled or out of time just then) takes nothing from the next one on its connection.
import { call, privileges } from '@fleetflow/db'
import { expect, test } from 'vitest'
import { openTestDatabase } from '../../support/database.ts'
import { as, firstCar, makeFleet, makeUser, sqlstate } from '../../support/fixtures.ts'

const db = await openTestDatabase({ poolSize: 1 })
const fleet = await makeFleet(db.sys)
const renter = await makeUser(db.sys)
/** Sends a row, then fails. */
const failLate = () => sqlstate(db.api.sql`select 1 / (2 - n) as row from generate_series(1, 2) as n`)

test('the next read answers its row', async () => {
  expect(await failLate()).toBe('22012')
  expect(await call(db.api, 'get_me_rpc', { actor: as(renter) })).toMatchObject({ id: renter })
  expect(await failLate()).toBe('22012')
  expect(await privileges(db.api)).toMatchObject({ currentUser: 'fleetflow_api' })
})

test('the next change is acknowledged', async () => {
  expect(await failLate()).toBe('22012')
  const booking = { car_id: firstCar(fleet), start_date: '2031-05-01T10:00Z', end_date: '2031-05-02T10:00Z', actor: as(renter) }
  expect(await call(db.api, 'create_trip_rpc', booking)).toMatchObject({ bookedById: renter })
})

test('control: the first row of the driver is not the row', async () => {
  expect(await failLate()).toBe('22012')
  const rows = await db.api.sql`select 1 as one`
  expect([rows[0], rows.at(-1)]).toEqual([undefined, { one: 1 }])
})
