// The product's guarantee under contention: callers who all want the same instant of a car, and a control that breaks without the constraint.
import { call, connect, DatabaseError } from '@fleetflow/db'
import { adminOptions } from '@fleetflow/db/admin'
import postgres from 'postgres'
import { describe, expect, test } from 'vitest'
import { openTestDatabase } from '../support/database.ts'
import { as, makeFleet, makeUser } from '../support/fixtures.ts'
import { type Bid, contestedSlots, outcomeOf, race } from '../support/race.ts'
import { countedDeadlocks, deadlocksIn, watchLog } from '../support/serverLog.ts'

const connections = 32
const contenders = 8

describe('32 connections on 300 contested slots', async () => {
  const db = await openTestDatabase()
  const { carIds } = await makeFleet(db.sys, { cars: 2 })
  const renter = await makeUser(db.sys)
  const slots = contestedSlots(carIds, 300, contenders)

  test('store exactly one trip a slot, answer the others TRIP_OVERLAP, and never deadlock', async () => {
    const logged = watchLog(db)
    // Of one process a car's bookings are in one statement: only those of several processes meet.
    const pools = Array.from({ length: 8 }, () =>
      connect({ url: db.apiUrl, max: connections / 8, lockTimeoutMs: 60_000, statementTimeoutMs: 60_000 }),
    )
    const book = ({ carId, start, end }: Bid, lane: number) =>
      call(pools[lane % pools.length] ?? db.api, 'create_trip_rpc', {
        car_id: carId,
        start_date: start,
        end_date: end,
        actor: as(renter),
      }).then(
        () => 'booked',
        (error: unknown) => (error instanceof DatabaseError ? error.code : String(error)),
      )
    try {
      expect(await race(slots, connections, book)).toEqual({ booked: 300, TRIP_OVERLAP: 300 * (contenders - 1) })
    } finally {
      await Promise.all(pools.map((pool) => pool.close()))
    }
    expect(await outcomeOf(db.sys, 'trips', slots)).toEqual({ stored: 300, filled: 300, overlaps: 0 })
    expect(deadlocksIn(logged())).toEqual([])
    expect(await countedDeadlocks(db, 2)).toBe(0)
  })

  test('control: the same race through check-then-insert stores overlapping trips', async () => {
    await db.admin`create schema control`
    await db.admin`create table control.naive_trips (car_id uuid, trip_start_date timestamptz, trip_end_date timestamptz)`
    const pool = postgres(db.adminUrl, { ...adminOptions('fleetflow-tests'), max: connections })
    const book = async ({ carId, start, end }: Bid) => {
      const taken = await pool`
        select from control.naive_trips where car_id = ${carId} and trip_start_date <= ${end} and trip_end_date >= ${start}`
      if (taken.length > 0) return 'taken'
      await pool`insert into control.naive_trips values (${carId}, ${start}, ${end})`
      return 'booked'
    }
    const few = slots.slice(0, 50)
    try {
      await race(few, connections, book)
    } finally {
      await pool.end()
    }
    const outcome = await outcomeOf(db.admin, 'control.naive_trips', few)
    expect(outcome.filled).toBe(50)
    expect(outcome.overlaps).toBeGreaterThan(0)
  })
})
