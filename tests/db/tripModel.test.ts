// Random lives of trips against a small model of the transition table with a clock: what is allowed happens, nothing else does, and every
// history that the outbox has seen is a path of trip_transitions. FLEETFLOW_SEED repeats a run.
import { DatabaseError } from '@fleetflow/db'
import { describe, expect, test } from 'vitest'
import { passTime } from '../support/clock.ts'
import { openTestDatabase } from '../support/database.ts'
import { firstCar, makeFleet, makeUser } from '../support/fixtures.ts'
import { type LivingTrip, livesOf } from '../support/life.ts'
import { sequence } from '../support/random.ts'
import { openSuperuser } from '../support/superuser.ts'

type Who = 'renter' | 'manager' | 'driver' | 'stranger'
const operations = ['approve', 'decline', 'cancel', 'start', 'complete', 'noShow', 'modify', 'book'] as const
type Operation = (typeof operations)[number]

/** What the model knows of a trip; instants in minutes of the model's clock. */
interface Model {
  state: string
  start: number
  end: number
  limit: number | null
  rental: boolean
  booking: boolean
}

const half = 30

/** The state as time has left it. */
function settled(trip: Model, now: number): string {
  if ((trip.state === 'held' || trip.state === 'requested') && trip.limit !== null && trip.limit <= now) return 'expired'
  if (!trip.rental && (trip.state === 'confirmed' || trip.state === 'active') && trip.end <= now) return 'completed'
  return trip.state
}

/** What must come of an operation: the next state, or the code of its refusal. */
function expected(trip: Model, operation: Operation, who: Who, now: number): string {
  if (who === 'stranger') return 'NOT_FOUND'
  const state = settled(trip, now)
  const owner = who === 'manager' || (who === 'renter' && trip.rental)
  const handles = owner || who === 'driver'
  if (who === 'renter' && !trip.rental) return 'NOT_FOUND'
  switch (operation) {
    case 'approve':
    case 'decline':
      if (who !== 'manager') return 'FORBIDDEN'
      return state === 'requested' ? (operation === 'approve' ? 'confirmed' : 'declined') : 'INVALID_STATE'
    case 'cancel':
      if (!owner) return 'FORBIDDEN'
      if (state === 'held' || state === 'requested') return 'cancelled'
      return state === 'confirmed' && (who === 'manager' || now < trip.start) ? 'cancelled' : 'INVALID_STATE'
    case 'start':
      if (!handles) return 'FORBIDDEN'
      return state === 'confirmed' ? (now >= trip.start - half ? 'active' : 'TOO_SOON') : 'INVALID_STATE'
    case 'complete':
      if (!handles) return 'FORBIDDEN'
      return state === 'active' ? 'completed' : 'INVALID_STATE'
    case 'noShow':
      if (who !== 'manager') return 'FORBIDDEN'
      if (state !== 'confirmed' || !trip.rental) return 'INVALID_STATE'
      return now >= trip.start + half ? 'no_show' : 'TOO_SOON'
    case 'modify':
      if (!owner) return 'FORBIDDEN'
      return state === 'confirmed' || state === 'active' ? state : 'INVALID_STATE'
    case 'book':
      // Booking the period again: a live hold of one's own becomes the booking. Anything else is not this trip's business.
      return state === 'held' && who === 'renter' ? (trip.booking ? 'confirmed' : 'requested') : state
  }
}

const seed = Number(process.env.FLEETFLOW_SEED ?? Math.floor(Math.random() * 2 ** 31))

describe(`random lives of trips (FLEETFLOW_SEED=${seed})`, async () => {
  const db = await openTestDatabase()
  const superuser = openSuperuser(db)
  const life = livesOf(db)
  const random = sequence(seed)
  const pick = <T>(from: readonly T[]): T => from[random(from.length)] as T
  const chance = (percent: number) => random(100) < percent
  const lives = 40

  test('keep to the model, whoever does what when', async () => {
    const told = { done: 0, refused: 0 }
    for (let i = 0; i < lives; i++) {
      const fleet = await makeFleet(db.sys)
      const car = firstCar(fleet)
      const booking = chance(60)
      await db.sys`update cars set instant_booking = ${booking} where id = ${car}`
      const [renter, stranger] = [await makeUser(db.sys), await makeUser(db.sys)]
      const people: Record<Who, string> = { renter, manager: fleet.managerId, driver: fleet.driverId, stranger }
      let now = 0
      const zero = Date.now()
      /** The trips' instants move into the past, so an instant of the model is always this one of today. */
      const instant = (minute: number) => new Date(zero + (minute - now) * 60_000).toISOString()

      const lead = pick([40, 200, 1000])
      const span = pick([60, 300])
      const [from, to] = [instant(lead), instant(lead + span)]
      const kind = lead < 160 && !booking ? 'block' : pick(['hold', 'create', 'block'])
      const trip: Model = { state: '', start: lead, end: lead + span, limit: null, rental: kind !== 'block', booking }
      let row: LivingTrip
      if (kind === 'hold') {
        row = await life.hold(renter, car, from, to, { minutes: 10 })
        Object.assign(trip, { state: 'held', limit: 10 })
      } else if (kind === 'create') {
        row = await life.create(renter, car, from, to)
        Object.assign(trip, booking ? { state: 'confirmed' } : { state: 'requested', limit: Math.min(480, lead - 120) })
      } else {
        row = await life.create(fleet.managerId, car, from, to, { purpose: pick(['maintenance', 'repair', 'owner_use']) })
        trip.state = 'confirmed'
      }
      const history: string[] = [`${kind}: ${row.status}`]
      expect(row.status, history.join('\n')).toBe(trip.state)

      for (let step = 0; step < 12; step++) {
        if (chance(50)) {
          const minutes = pick([1, 9, 12, 25, 45, 130, 400])
          await passTime(superuser, minutes)
          now += minutes
        }
        if (chance(20)) await db.api.sql`select public.sweep_trips(batch => 100)`
        const operation = pick(operations)
        const who = operation === 'book' ? 'renter' : pick(['renter', 'renter', 'manager', 'manager', 'driver', 'stranger'] as const)
        const wanted = expected(trip, operation, who, now)
        // Only a hold is booked again: a second booking would be another trip.
        if (operation === 'book' && settled(trip, now) !== 'held') continue
        if (operation === 'book' && !booking && trip.start - 120 <= now + half) continue
        const work = {
          approve: () => life.approve(people[who], row.id),
          decline: () => life.decline(people[who], row.id),
          cancel: () => life.cancel(people[who], row.id, { reason: 'Model' }),
          start: () => life.start(people[who], row.id),
          complete: () => life.complete(people[who], row.id),
          noShow: () => life.noShow(people[who], row.id),
          modify: () =>
            life.modify(people[who], row.id, {
              end_date: new Date(Math.max(zero + (trip.end - now) * 60_000, Date.now()) + 600_000).toISOString(),
            }),
          book: () => life.create(renter, car, row.startDate, row.endDate),
        }[operation]
        row = await life.get(trip.rental ? renter : fleet.managerId, row.id)
        const outcome = await work().then(
          (answer) => answer.status,
          (error: unknown) => (error instanceof DatabaseError ? error.code : String(error)),
        )
        history.push(`${now} ${who} ${operation}: ${outcome} (${settled(trip, now)})`)
        expect(outcome, history.join('\n')).toBe(wanted)
        const refused = wanted === wanted.toUpperCase()
        told[refused ? 'refused' : 'done'] += 1
        if (!refused) {
          trip.state = wanted
          if (operation === 'book') trip.limit = wanted === 'requested' ? Math.min(now + 480, trip.start - 120) : null
        }
        row = await life.get(trip.rental ? renter : fleet.managerId, row.id)
        if (!refused && operation === 'modify') trip.end = now + (Date.parse(row.endDate) - zero) / 60_000
        expect(row.status, history.join('\n')).toBe(settled(trip, now))
      }
    }
    expect(told.done).toBeGreaterThan(lives / 4)
    expect(told.refused).toBeGreaterThan(lives)
  })

  test('leave histories that are paths of the transition table, with versions that count up by one', async () => {
    const steps = await db.sys<{ legal: boolean; contiguous: boolean }[]>`
      with told as (
        select o.after ->> 'status' as status, (o.after ->> 'version')::integer as version,
               lag(o.after ->> 'status', 1, 'none') over w as before, lag((o.after ->> 'version')::integer, 1, 0) over w as version_before
          from outbox as o where o.entity = 'trip' window w as (partition by o.entity_id order by o.seq))
      select version = version_before + 1 as contiguous,
             status = before or exists (select from trip_transitions as s where s.from_status = before and s.to_status = status) as legal
        from told`
    expect(steps.length).toBeGreaterThan(lives)
    expect(steps.filter(({ legal, contiguous }) => !legal || !contiguous)).toEqual([])
    const wrong = await db.sys`select * from private.verify_totals() limit 1`
    expect([...wrong]).toEqual([])
  })
})
