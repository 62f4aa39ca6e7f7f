// Windows, next starts and searches say what a model says that looks at every single minute, for random cars, trips, buffers, bounds and opening hours.
import { type Arguments, call, type FunctionName } from '@fleetflow/db'
import { adminOptions } from '@fleetflow/db/admin'
import postgres from 'postgres'
import { afterAll, describe, expect, test } from 'vitest'
import { openTestDatabase } from '../support/database.ts'
import { as } from '../support/fixtures.ts'
import { fits, metresBetween, minute, nextStartsOf, pass, windowsOf } from '../support/minuteModel.ts'
import { type ModelFleet, makeModelFleet } from '../support/modelFleet.ts'
import { sequence } from '../support/random.ts'

const seed = Number(process.env.FLEETFLOW_SEED ?? Date.now() % 1_000_000)
console.log(`availability model: FLEETFLOW_SEED=${seed}`)

const always = () => true

/** Every day 08:00 to 20:30 by the clocks of Kathmandu (UTC+5:45), Sundays 22:00 to 02:00 as well, Tuesdays closed. */
const hours = { mon: day(), wed: day(), thu: day(), fri: day(), sat: day(), sun: [...day(), ['22:00', '02:00']] }
function day(): [string, string][] {
  return [['08:00', '20:30']]
}

/** Opening stretches as pairs of minutes, by counting weekdays and nothing else. */
function openStretches({ origin }: ModelFleet): [number, number][] {
  const stretches: [number, number][] = []
  for (let d = -5; d < 40; d += 1) {
    const local = new Date(origin + 345 * minute + d * 86_400_000)
    const midnight = (Date.UTC(local.getUTCFullYear(), local.getUTCMonth(), local.getUTCDate()) - origin) / minute - 345
    if (local.getUTCDay() === 2) continue
    stretches.push([midnight + 480, midnight + 1230])
    if (local.getUTCDay() === 0) stretches.push([midnight + 1320, midnight + 1560])
  }
  return stretches
}

describe.each([1, 2, 3])('random fleet %i', async (round) => {
  const db = await openTestDatabase()
  const random = sequence(seed * 31 + round)
  // The last one lies about the date line near the pole, where degrees are no measure.
  const place = round === 3 ? { lat: 89_900_000, lng: 179_900_000, spread: 400_000 } : { lat: 27_700_000, lng: 85_300_000, spread: 300_000 }
  const fleet = await makeModelFleet(db.sys, random, { cars: 12, trips: 40, days: 6, place })
  const renter = as(fleet.renter)
  const single = postgres(db.apiUrl, adminOptions('fleetflow-tests'))
  afterAll(() => single.end())
  /** One call, and the model as of the very instant at which the database answered it. */
  async function ask<T>(fn: FunctionName, args: Omit<Arguments<FunctionName>, 'actor'>): Promise<T> {
    const [now, answer] = await single.begin(async (sql) => {
      const [row] = await sql<{ now: string }[]>`select now()::text as now`
      return [row?.now ?? '', await call({ ...db.api, sql: sql as never }, fn, { ...args, actor: renter } as never)]
    })
    for (const car of fleet.cars) pass(car, Math.floor((Date.parse(now) - fleet.origin) / minute))
    return answer as T
  }
  const minuteOf = (instant: string) => (Date.parse(instant) - fleet.origin) / minute
  const setHours = (value: unknown) => db.sys`update fleets set opening_hours = ${value as never} where id = ${fleet.id}`

  test('its windows', async () => {
    for (const open of [false, true]) {
      await setHours(open ? hours : null)
      const stretches = openStretches(fleet)
      const isOpen = open ? (m: number) => stretches.some(([a, b]) => a <= m && m + 1 <= b) : always
      for (let i = 0; i < 6; i += 1) {
        const from = 60 + random(3000)
        const to = from + 1 + random(9000)
        const least = 1 + random(i * 60 + 1)
        const { items } = await ask<{ items: { carId: string; windows: { startDate: string; endDate: string }[] }[] }>('list_windows_rpc', {
          start_date: fleet.at(from),
          end_date: fleet.at(to),
          fleet: fleet.slug,
          min_minutes: least,
        })
        const answered = new Map(items.map((item) => [item.carId, item.windows.map((w) => [minuteOf(w.startDate), minuteOf(w.endDate)])]))
        for (const car of fleet.cars) {
          expect([seed, from, to, least, answered.get(car.id)]).toEqual([seed, from, to, least, windowsOf(car, from, to, isOpen, least)])
        }
      }
    }
  })

  test('its next starts', async () => {
    for (const open of [false, true]) {
      await setHours(open ? hours : null)
      const stretches = openStretches(fleet)
      const isOpen = open ? (m: number) => stretches.some(([a, b]) => a <= m && m <= b) : always
      for (const car of fleet.cars) {
        for (let i = 0; i < 3; i += 1) {
          const length = 1 + random(i === 0 ? 3000 : 400)
          const from = 60 + random(7000)
          const answer = (await call(db.api, 'next_free_rpc', {
            car_id: car.id,
            minutes: length,
            not_before: fleet.at(from),
            actor: renter,
          })) as {
            nextFree: string
            nextStarts: string[]
          }
          const expected = nextStartsOf(car, length, from, open ? from + 30 * 1440 : 12_000, isOpen, 5)
          expect([seed, length, from, answer.nextStarts.map(minuteOf)]).toEqual([seed, length, from, expected])
          expect(answer.nextFree).toBe(answer.nextStarts[0])
        }
      }
    }
  })

  test('its searches: the free cars within the radius, nearest first, and a booking agrees (TRIP_OVERLAP for the others)', async () => {
    await setHours(null)
    for (let i = 0; i < 8; i += 1) {
      const from = 200 + random(6000)
      const to = from + 1 + random(900)
      const lat = Math.min(90_000_000, place.lat + random(100_000))
      const lng = i % 2 === 0 ? place.lng : place.lng - 360_000_000 + 200_000
      const radius = 1000 * (1 + random(60))
      const period = { start_date: fleet.at(from), end_date: fleet.at(to) }
      const { items } = await ask<{ items: { car: { id: string }; distance: number }[] }>('search_cars_rpc', {
        ...period,
        lat,
        lng: Math.max(-180e6, lng),
        radius,
      })
      const near = fleet.cars.map((car) => ({ car, distance: metresBetween(lat, Math.max(-180e6, lng), car.lat, car.lng) }))
      const found = near
        .filter(({ car, distance }) => distance <= radius && fits(car, from, to))
        .sort((a, b) => a.distance - b.distance || (a.car.id < b.car.id ? -1 : 1))
      expect([seed, i, items.map((item) => [item.car.id, item.distance])]).toEqual([seed, i, found.map((f) => [f.car.id, f.distance])])
      for (const { car } of near) {
        const booked = call(db.api, 'create_trip_rpc', { car_id: car.id, ...period, actor: renter, dry_run: true }).then(
          () => true,
          (error: { code: string }) => error.code !== 'TRIP_OVERLAP' && error.code,
        )
        expect([seed, i, car.id, await booked]).toEqual([seed, i, car.id, fits(car, from, to)])
      }
    }
  })
})
