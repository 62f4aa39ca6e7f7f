// What a change and a return add to a trip's price: kept days, other extras, other cars, lateness, distance and fuel.
import { call } from '@fleetflow/db'
import { describe, expect, test } from 'vitest'
import { openTestDatabase } from '../support/database.ts'
import { as, firstCar, makeFleet, makePlan, makeTrip, makeUser, sqlstate, type TestFleet } from '../support/fixtures.ts'
import { openSuperuser } from '../support/superuser.ts'

interface Line {
  kind: string
  description: string
  quantity: number
  unitAmount: number
  amount: number
}
interface Priced {
  total: number
  delta: number
  lines: Line[]
  pricing: { days: { from: string; count: number; tier: number }[] } | null
}

const tiers = [
  { days: 7, ppm: 900_000 },
  { days: 28, ppm: 700_000 },
]
const extras = [{ code: 'seat', name: 'Child seat', per: 'day', amount: 500 }]
const day = (of: number, time = '10:00') => `2031-05-${String(of).padStart(2, '0')}T${time}:00Z`
const rows = (lines: Line[]) => lines.map((l) => [l.description, l.quantity, l.unitAmount, l.amount])

describe('the price of a change', async () => {
  const db = await openTestDatabase()
  const superuser = openSuperuser(db)
  const renter = await makeUser(db.sys)

  const priced = async (rules: Record<string, unknown>, cars = 1): Promise<TestFleet> => {
    const fleet = await makeFleet(db.sys, { cars })
    await db.sys`update car_classes set rate_plan_id = ${await makePlan(db.sys, fleet, { rules })} where id = ${fleet.classId}`
    return fleet
  }
  const book = async (fleet: TestFleet, from: string, to: string, rest: object = {}) =>
    (await call(db.api, 'create_trip_rpc', { car_id: firstCar(fleet), start_date: from, end_date: to, actor: as(renter), ...rest })) as {
      id: string
      totalCost: number
    }
  const modify = async (id: string, end: string) => {
    const { totalCost } = (await call(db.api, 'modify_trip_rpc', { trip_id: id, end_date: end, actor: as(renter) })) as {
      totalCost: number
    }
    return totalCost
  }
  const linesOf = async (id: string) =>
    rows(((await call(db.api, 'get_trip_rpc', { trip_id: id, actor: as(renter) })) as { lines: Line[] }).lines)
  const reprice = async (id: string, from: string, to: string, change: { car?: string; extras?: unknown } = {}): Promise<Priced> => {
    const [row] = await superuser<{ priced: Priced }[]>`
      select private.reprice_lines(t, (select c from cars as c where c.id = ${change.car ?? null}), ${from}, ${to},
        ${change.extras === undefined ? null : JSON.stringify(change.extras)}::text::jsonb) as priced from trips as t where t.id = ${id}`
    return row?.priced as Priced
  }

  test('a trip that grows over a length tier keeps what its days cost; the new ones take the new tier, and back again is the price of before', async () => {
    const fleet = await priced({ tiers })
    const { id } = await book(fleet, day(1), day(6))
    expect(await modify(id, day(9))).toBe(5 * 5000 + 3 * 4500)
    expect(await linesOf(id)).toEqual([
      ['Days', 5, 5000, 25_000],
      ['Days, from 7 days', 3, 4500, 13_500],
    ])
    expect(await modify(id, day(6))).toBe(25_000)
    expect(await modify(id, day(9))).toBe(38_500)
  })

  test('a factor for length goes with the length, and comes back with it', async () => {
    const fleet = await priced({ tiers })
    const { id } = await book(fleet, day(1), day(9))
    expect(await modify(id, day(5))).toBe(20_000)
    expect(await linesOf(id)).toEqual([
      ['Days, from 7 days', 8, 4500, 36_000],
      ['Days, from 7 days', -8, 4500, -36_000],
      ['Days', 4, 5000, 20_000],
    ])
    expect(await modify(id, day(9))).toBe(36_000)
  })

  test('days that were priced like a longer rental are that rental when it comes', async () => {
    const fleet = await priced({ tiers: [{ days: 7, ppm: 500_000 }] })
    const { id, totalCost } = await book(fleet, day(1), day(6))
    expect(totalCost).toBe(17_500)
    expect(await linesOf(id)).toEqual([
      ['Days', 5, 5000, 25_000],
      ['Best price: no dearer than 7 days', 1, -7500, -7500],
    ])
    expect(await modify(id, day(8))).toBe(17_500)
    expect(await modify(id, day(9))).toBe(20_000)
  })

  test('a season that begins among the new days counts for them only', async () => {
    const fleet = await makeFleet(db.sys)
    const seasons = [{ name: 'Ascension', from: '2031-05-03', to: '2031-05-31', dayRate: 8000 }]
    await db.sys`update cars set rate_plan_id = ${await makePlan(db.sys, fleet, { seasons })} where id = ${firstCar(fleet)}`
    const { id } = await book(fleet, day(1), day(3))
    expect(await modify(id, day(5))).toBe(2 * 5000 + 2 * 8000)
    expect(await linesOf(id)).toEqual([
      ['Days', 2, 5000, 10_000],
      ['Days, Ascension', 2, 8000, 16_000],
    ])
  })

  test('an early booking stays one when it is extended late', async () => {
    const fleet = await priced({ discounts: [{ name: 'Early bird', ppm: 100_000, leadDays: 30 }] })
    const { id, totalCost } = await book(fleet, day(1), day(3))
    expect(totalCost).toBe(9000)
    expect((await reprice(id, '2026-05-01T10:00Z', '2026-05-03T10:00Z')).total).toBe(10_000)
    expect(await modify(id, day(4))).toBe(13_500)
    expect(await linesOf(id)).toEqual([
      ['Days', 2, 5000, 10_000],
      ['Early bird', 1, -1000, -1000],
      ['Days', 1, 5000, 5000],
      ['Early bird', 1, -500, -500],
    ])
  })

  test('a tax that the price contains is told for the change as well', async () => {
    const fleet = await priced({ taxes: [{ name: 'VAT', ppm: 250_000, inclusive: true }] })
    const { id } = await book(fleet, day(1), day(3))
    expect(await modify(id, day(4))).toBe(15_000)
    expect(await linesOf(id)).toEqual([
      ['Days', 2, 5000, 10_000],
      ['VAT', 0, 2000, 0],
      ['Days', 1, 5000, 5000],
      ['VAT', 0, 1000, 0],
    ])
  })

  test('extras are added and taken away by lines of their own; without a word they stay', async () => {
    const fleet = await priced({ extras })
    const { id } = await book(fleet, day(1), day(3), { extras: [{ code: 'seat', quantity: 2 }] })
    expect(rows((await reprice(id, day(1), day(4))).lines)).toEqual([
      ['Days', 1, 5000, 5000],
      ['Child seat', 2, 500, 1000],
    ])
    expect(rows((await reprice(id, day(1), day(3), { extras: [] })).lines)).toEqual([['Child seat', -4, 500, -2000]])
    expect(await sqlstate(reprice(id, day(1), day(3), { extras: [{ code: 'sauna' }] }))).toBe('FF400')
  })

  test('a car of the same plan changes nothing, also when the plan has a newer version; a car of another plan is another offer; none is NOT_PRICED', async () => {
    const fleet = await priced({ tiers }, 3)
    const { id } = await book(fleet, day(1), day(3))
    await db.sys`update car_classes set rate_plan_id = ${await makePlan(db.sys, fleet, { version: 3, day: 9900 })} where id = ${fleet.classId}`
    expect(await reprice(id, day(1), day(3), { car: fleet.carIds[1] ?? '' })).toMatchObject({ total: 10_000, delta: 0, lines: [] })
    await db.sys`update cars set rate_plan_id = ${await makePlan(db.sys, fleet, { name: 'Luxury', version: 1, day: 20_000 })} where id = ${fleet.carIds[2] ?? ''}`
    const luxury = await reprice(id, day(1), day(3), { car: fleet.carIds[2] ?? '' })
    expect([luxury.total, luxury.delta, rows(luxury.lines)]).toEqual([40_000, 30_000, [['Days', 1, 30_000, 30_000]]])
    const unpriced = await makeFleet(db.sys, { priced: false })
    expect(await sqlstate(reprice(id, day(1), day(3), { car: firstCar(unpriced) }))).toBe('FF103')
  })

  test('a trip of an older version of the product, with its difference in one line, comes out at the same price', async () => {
    const fleet = await makeFleet(db.sys)
    const { id } = await book(fleet, day(1), day(3))
    await db.sys`insert into trip_lines (car_id, trip_id, id, kind, description, quantity, unit_amount, amount)
                 values (${firstCar(fleet)}, ${id}, private.uuid_v7(), 'adjustment', 'Change of times', 1, 5000, 5000)`
    await superuser`update trips set pricing = null, trip_end_date = ${day(4)}, blocked = private.blocked_range(trip_start_date, ${day(4)}, 0, 0, false) where id = ${id}`
    expect(await modify(id, day(5))).toBe(20_000)
  })

  test('what is no rental, or was imported, costs what it cost', async () => {
    const fleet = await makeFleet(db.sys)
    const block = await book(fleet, day(1), day(3), { purpose: 'repair', actor: as(fleet.ownerId) })
    expect(await reprice(block.id, day(1), day(9))).toMatchObject({ total: 0, delta: 0, lines: [] })
    const imported = await makeTrip(db.sys, fleet, {
      renterId: renter,
      start: '2020-01-01T10:00Z',
      end: '2020-01-02T10:00Z',
      status: 'completed',
    })
    await superuser`update trips set rate_plan_id = null where id = ${imported}`
    expect(await reprice(imported, day(1), day(9))).toMatchObject({ total: 0, delta: 0, lines: [] })
  })

  describe('at the return', () => {
    const adjust = async (id: string, at: string, readings: (number | null)[]) => {
      const [a = null, b = null, c = null, d = null] = readings
      const [row] = await superuser<{ adjusted: Priced }[]>`
        select private.adjustment_lines(t, ${at}, ${a}, ${b}, ${c}, ${d}) as adjusted from trips as t where t.id = ${id}`
      const adjusted = row?.adjusted as Priced
      expect(adjusted.lines.reduce((sum, line) => sum + line.amount, 0)).toBe(adjusted.delta)
      return rows(adjusted.lines)
    }
    const rules = { distance: { unit: 'km', includedPerDay: 100, perUnit: 25 }, fuel: { perPercent: 150 } }

    test('in time, as full as it was and within the distance, nothing is added; nor early, nor for readings that are not there', async () => {
      const { id } = await book(await priced(rules), day(1), day(3))
      for (const readings of [
        [1000, 1200, 50, 50],
        [1000, 1200, 50, 80],
        [null, 9000, null, 0],
        [1000, null, 50, null],
      ]) {
        expect(await adjust(id, day(3), readings)).toEqual([])
      }
      expect(await adjust(id, day(2), [1000, 1200, 50, 50])).toEqual([])
    })

    test('distance above the included and missing fuel are charged', async () => {
      const { id } = await book(await priced(rules), day(1), day(3))
      expect(await adjust(id, day(3), [1000, 1201, 50, 40])).toEqual([
        ['Distance above what is included, km', 1, 25, 25],
        ['Missing fuel, %', 10, 150, 1500],
      ])
    })

    test('a late return is priced like an extension, and its begun days include their distance', async () => {
      const { id } = await book(await priced(rules), day(1), day(3))
      expect(await adjust(id, day(3, '10:59'), [1000, 1200, 50, 50])).toEqual([])
      expect(await adjust(id, day(3, '12:00'), [1000, 1301, 50, 50])).toEqual([
        ['Hours', 2, 800, 1600],
        ['Distance above what is included, km', 1, 25, 25],
      ])
      expect(await adjust(id, day(5), [1000, 1400, 50, 50])).toEqual([['Days', 2, 5000, 10_000]])
    })

    test('taxes are charged on it as on everything', async () => {
      const taxes = [
        { name: 'VAT', ppm: 200_000, inclusive: false },
        { name: 'City', ppm: 250_000, inclusive: true },
      ]
      const { id, totalCost } = await book(await priced({ ...rules, taxes }), day(1), day(3))
      expect(totalCost).toBe(12_000)
      expect(await adjust(id, day(3), [1000, 1240, 50, 50])).toEqual([
        ['Distance above what is included, km', 40, 25, 1000],
        ['VAT', 1, 200, 200],
        ['City', 0, 200, 0],
      ])
    })
  })
})
