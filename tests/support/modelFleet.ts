// A fleet of random cars with random trips in every state, stored as they are and beside them in the minute model.
import type postgres from 'postgres'
import { makeFleet, makeUser, type TestFleet } from './fixtures.ts'
import { fits, type ModelCar, minute, minutesOf, pass } from './minuteModel.ts'
import type { sequence } from './random.ts'

export interface ModelFleet extends TestFleet {
  cars: ModelCar[]
  renter: string
  /** The instant that minute 0 stands for. */
  origin: number
  at(m: number): string
}

const kinds = ['confirmed', 'confirmed', 'confirmed', 'completed', 'held', 'dead', 'requested', 'unanswered', 'cancelled', 'own'] as const

/** Trips lie within `days` of the whole minute in which this is called; an overdue car is one whose active trip should have ended. */
export async function makeModelFleet(
  sys: postgres.Sql,
  random: ReturnType<typeof sequence>,
  options: { cars: number; trips: number; days: number; place?: { lat: number; lng: number; spread: number } },
): Promise<ModelFleet> {
  const fleet = await makeFleet(sys, { cars: options.cars, timeZone: 'Asia/Kathmandu' })
  const renter = await makeUser(sys)
  const origin = Math.floor(Date.now() / minute) * minute
  const at = (m: number) => new Date(origin + m * minute).toISOString()
  const cars: ModelCar[] = []
  for (const id of fleet.carIds) {
    const { lat, lng, spread } = options.place ?? { lat: 0, lng: 0, spread: 1000 }
    const car: ModelCar = {
      id,
      prep: random(3) * 17,
      turnaround: random(3) * 23,
      backToBack: random(2) === 0,
      lat: Math.max(-90e6, Math.min(90e6, lat + random(2 * spread) - spread)),
      lng: ((lng + random(2 * spread) - spread + 540e6) % 360e6) - 180e6,
      taken: new Set(),
      overdueSince: Number.NaN,
      late: new Set(),
    }
    cars.push(car)
    await sys`update cars set prep_minutes = ${car.prep}, turnaround_minutes = ${car.turnaround}, back_to_back = ${car.backToBack},
                lat_microdegrees = ${car.lat}, lng_microdegrees = ${car.lng} where id = ${id}`
    if (random(4) === 0) await addOverdue(sys, fleet, car, renter, at, 20 + random(600))
    for (let i = 0; i < options.trips; i += 1) {
      const start = random(options.days * 1440) - 1440
      const end = start + 1 + random(random(2) === 0 ? 90 : 900)
      const kind = kinds[random(kinds.length)] ?? 'confirmed'
      if (fits(car, start, end)) await addTrip(sys, fleet, car, { start, end, kind, renter, at })
    }
  }
  return { ...fleet, cars, renter, origin, at }
}

async function addTrip(
  sys: postgres.Sql,
  fleet: TestFleet,
  car: ModelCar,
  trip: { start: number; end: number; kind: (typeof kinds)[number]; renter: string; at(m: number): string },
): Promise<void> {
  const { start, end, kind, at } = trip
  const status = { dead: 'held', unanswered: 'requested', own: 'held' }[kind as string] ?? kind
  const limit = kind === 'dead' || kind === 'unanswered' ? at(-1) : at(1440)
  const booker = kind === 'own' ? trip.renter : fleet.systemUserId
  const stored = await sys`
    insert into trips (car_id, id, fleet_id, booked_by_id, purpose, status, trip_start_date, trip_end_date, prep_minutes, turnaround_minutes, back_to_back,
      blocked, currency, hold_expires_at, respond_by)
    values (${car.id}, private.uuid_v7(), ${fleet.id}, ${booker}, 'rental', ${status === 'cancelled' ? 'confirmed' : status}, ${at(start)}, ${at(end)},
      ${car.prep}, ${car.turnaround}, ${car.backToBack}, private.blocked_range(${at(start)}, ${at(end)}, ${car.prep}, ${car.turnaround}, ${car.backToBack}),
      'EUR', ${status === 'held' ? limit : null}, ${status === 'requested' ? limit : null})
    on conflict on constraint prevent_overlap do nothing returning id`
  const id: unknown = stored[0]?.id
  if (id === undefined) return
  if (status === 'cancelled') await sys`update trips set status = 'cancelled' where id = ${id as string}`
  if (['dead', 'unanswered', 'cancelled', 'own'].includes(kind)) return
  for (const m of minutesOf(start - car.prep, end + car.turnaround, car.backToBack)) car.taken.add(m)
}

/** The car should be back since yesterday; it is taken until it could be turned around, counted from the present. */
async function addOverdue(
  sys: postgres.Sql,
  fleet: TestFleet,
  car: ModelCar,
  renter: string,
  at: (m: number) => string,
  length: number,
): Promise<void> {
  const start = -1440 - length
  await sys`
    with stored as (
      insert into trips (car_id, id, fleet_id, booked_by_id, purpose, status, trip_start_date, trip_end_date, prep_minutes, turnaround_minutes,
        back_to_back, blocked, currency)
      values (${car.id}, private.uuid_v7(), ${fleet.id}, ${renter}, 'rental', 'confirmed', ${at(start)}, ${at(-1440)}, ${car.prep}, ${car.turnaround},
        ${car.backToBack}, private.blocked_range(${at(start)}, ${at(-1440)}, ${car.prep}, ${car.turnaround}, ${car.backToBack}), 'EUR')
      returning id)
    select id from stored`
  await sys`update trips set status = 'active' where car_id = ${car.id} and status = 'confirmed'`
  const back = -1440 + car.turnaround + (car.backToBack ? 0 : 1)
  for (let m = start - car.prep; m < back; m += 1) car.taken.add(m)
  car.overdueSince = back
  pass(car, 0)
}
