// Rows that would slip past prevent_overlap, written straight into the table by the role that sees everything: refused by NOT NULL and CHECK.
import { describe, expect, test } from 'vitest'
import { openTestDatabase } from '../support/database.ts'
import { firstCar, makeFleet, makeUser, sqlstate } from '../support/fixtures.ts'

/** What a row says about its period; values are SQL text, null is NULL. */
interface Row {
  starts: string | null
  ends: string | null
  blocked: string | null
  returned: string | null
  cut: boolean | null
  backToBack: boolean | null
  status: string | null
}

const sound: Row = {
  starts: '2031-05-10 10:00Z',
  ends: '2031-05-10 14:00Z',
  blocked: '[2031-05-10 10:00Z,2031-05-10 14:00Z]',
  returned: null,
  cut: false,
  backToBack: false,
  status: 'confirmed',
}

const halfOpen = { backToBack: true, blocked: '[2031-05-10 10:00Z,2031-05-10 14:00Z)' }
const returned = (at: string) => ({ status: 'completed', returned: `2031-05-10 ${at}Z`, blocked: `[2031-05-10 10:00Z,2031-05-10 ${at}Z]` })

const accepted: [what: string, change: Partial<Row>][] = [
  ['a sound row', {}],
  ['buffers on both sides', { blocked: '[2031-05-10 09:00Z,2031-05-10 16:00Z]' }],
  ['a half-open range of a car that goes back to back', halfOpen],
  ['an early return that shrinks the range', returned('12:00')],
  ['a late return that grows it', returned('16:00')],
  ['a range cut at the next trip, half-open and shorter than the trip', { cut: true, blocked: '[2031-05-10 10:00Z,2031-05-10 13:00Z)' }],
]

/** With the check that PostgreSQL names: of several broken ones the first by name; null for NOT NULL. */
const refused: [what: string, change: Partial<Row>, constraint: string | null][] = [
  ['no start', { starts: null }, null],
  ['no end', { ends: null }, null],
  ['no range', { blocked: null }, null],
  ['no status', { status: null }, null],
  ['an unknown cut', { cut: null }, null],
  ['unknown bounds', { backToBack: null }, null],
  ['an empty range', { blocked: 'empty' }, 'trips_blocked_bounds'],
  ['a range without a lower bound', { blocked: '(,2031-05-10 14:00Z]' }, 'trips_blocked_covers'],
  ['a range without an upper bound', { blocked: '[2031-05-10 10:00Z,)' }, 'trips_blocked_bounds'],
  ['an empty range that says it was cut', { blocked: 'empty', cut: true }, 'trips_blocked_covers'],
  ['an endless range that says it was cut', { blocked: '[2031-05-10 10:00Z,)', cut: true }, 'trips_blocked_finite'],
  ['a range from -infinity', { blocked: '[-infinity,2031-05-10 14:00Z]' }, 'trips_blocked_finite'],
  ['a range to infinity', { blocked: '[2031-05-10 10:00Z,infinity]' }, 'trips_blocked_finite'],
  ['a range that begins after the start', { blocked: '[2031-05-10 10:00:00.000001Z,2031-05-10 14:00Z]' }, 'trips_blocked_covers'],
  ['a range that leaves the start out', { blocked: '(2031-05-10 10:00Z,2031-05-10 14:00Z]' }, 'trips_blocked_covers'],
  ['a range that ends before the end', { blocked: '[2031-05-10 10:00Z,2031-05-10 13:59:59.999999Z]' }, 'trips_blocked_covers'],
  ['a range somewhere else', { blocked: '[2031-06-10 10:00Z,2031-06-10 14:00Z]' }, 'trips_blocked_covers'],
  [
    'a range that ends before the return',
    { ...returned('16:00'), blocked: '[2031-05-10 10:00Z,2031-05-10 14:00Z]' },
    'trips_blocked_covers',
  ],
  ['a cut range that begins after the start', { cut: true, blocked: '[2031-05-10 11:00Z,2031-05-10 13:00Z)' }, 'trips_blocked_covers'],
  ['a cut range with a closed end', { cut: true, blocked: '[2031-05-10 10:00Z,2031-05-10 13:00Z]' }, 'trips_blocked_bounds'],
  ['a half-open range of a car with closed bounds', { blocked: halfOpen.blocked }, 'trips_blocked_bounds'],
  ['a closed range of a car that goes back to back', { backToBack: true }, 'trips_blocked_bounds'],
  ['a return at -infinity', { status: 'completed', returned: '-infinity' }, 'trips_returned_after_begin'],
  [
    'a return long before the trip, with a range to match',
    { status: 'completed', returned: '2020-01-01 00:00Z', blocked: '[2020-01-01 00:00Z,2020-01-01 00:00Z]' },
    'trips_returned_after_begin',
  ],
  ['a return of a trip that is not completed', { status: 'confirmed', returned: '2031-05-10 12:00Z' }, 'trips_returned_after_begin'],
  ['a range cut before the trip begins', { cut: true, blocked: '[2031-05-09 10:00Z,2031-05-10 10:00Z)' }, 'trips_cut_after_begin'],
  ['a return at infinity', { status: 'completed', returned: 'infinity' }, 'trips_blocked_covers'],
  ['a reversed period', { starts: '2031-05-10 14:00Z', ends: '2031-05-10 10:00Z' }, 'trips_period_forward'],
  ['an empty period', { ends: '2031-05-10 10:00Z' }, 'trips_period_forward'],
  ['a start at -infinity', { starts: '-infinity' }, 'trips_blocked_covers'],
  ['an end at infinity', { ends: 'infinity' }, 'trips_blocked_covers'],
  ['a start before 1900', { starts: '1899-12-31 23:59Z', blocked: '[1899-12-31 23:59Z,2031-05-10 14:00Z]' }, 'trips_period_bounded'],
  ['an end in 9999', { ends: '9999-01-01 00:00Z', blocked: '[2031-05-10 10:00Z,9999-01-01 00:00Z]' }, 'trips_period_bounded'],
  ['a status that nobody knows', { status: 'Confirmed' }, 'trips_status_known'],
]

describe('a row of trips', async () => {
  const db = await openTestDatabase()
  const fleet = await makeFleet(db.sys, { cars: 1 })
  const renter = await makeUser(db.sys)

  const newCar = async () => {
    const [car] = await db.sys<{ id: string }[]>`
      insert into cars (id, fleet_id, car_class_id, name, time_zone)
      values (private.uuid_v7(), ${fleet.id}, ${fleet.classId}, 'Another', 'UTC') returning id`
    return car?.id ?? ''
  }
  const store = async (change: Partial<Row>, carId?: string) => {
    const row = { ...sound, ...change }
    const car = carId ?? (await newCar())
    const [stored] = await db.sys<{ id: string }[]>`
      insert into trips (car_id, id, fleet_id, booked_by_id, purpose, currency, status,
                         trip_start_date, trip_end_date, blocked, returned_at, cut, back_to_back, hold_expires_at, respond_by)
      values (${car}, private.uuid_v7(), ${fleet.id}, ${renter}, 'rental', 'EUR', ${row.status},
              ${row.starts}::text::timestamptz, ${row.ends}::text::timestamptz, ${row.blocked}::text::tstzrange,
              ${row.returned}::text::timestamptz, ${row.cut}, ${row.backToBack}, now(), now()) returning id`
    return stored?.id ?? ''
  }
  const failure = async (work: PromiseLike<unknown>) => {
    const error: unknown = await work.then(undefined, (reason: unknown) => reason)
    if (!(error instanceof Error && 'code' in error)) throw new Error('nothing was refused')
    return { code: error.code, constraint: 'constraint_name' in error ? error.constraint_name : null }
  }

  test.each(accepted)('takes %s', async (_, change) => {
    expect(await store(change)).not.toBe('')
  })

  test.each(refused)('refuses %s on insert (NOT NULL or CHECK)', async (_, change, constraint) => {
    const expected = constraint === null ? { code: '23502', constraint: null } : { code: '23514', constraint }
    const { code, constraint: named } = await failure(store(change))
    expect({ code, constraint: named ?? null }).toEqual(expected)
  })

  test.each(refused.filter(([, change]) => change.status === undefined && change.backToBack === undefined))(
    'refuses %s on update (NOT NULL or CHECK)',
    async (_, change, constraint) => {
      const row = { ...sound, ...change }
      const id = await store({})
      const update = db.sys`
        update trips set trip_start_date = ${row.starts}::text::timestamptz, trip_end_date = ${row.ends}::text::timestamptz,
               blocked = ${row.blocked}::text::tstzrange, cut = ${row.cut}
         where id = ${id}`
      expect((await failure(update)).code).toBe(constraint === null ? '23502' : '23514')
    },
  )

  test('is still refused by prevent_overlap (23P01) when it is cut a microsecond too late, and fits at the lower bound of the next', async () => {
    const next = { starts: '2031-05-10 13:00Z', ends: '2031-05-10 15:00Z', blocked: '[2031-05-10 13:00Z,2031-05-10 15:00Z]' }
    const cutAt = (at: string) => ({ cut: true, blocked: `[2031-05-10 10:00Z,2031-05-10 ${at}Z)` })
    const car = await newCar()
    await store(next, car)
    expect(await failure(store(cutAt('13:00:00.000001'), car))).toEqual({ code: '23P01', constraint: 'prevent_overlap' })
    expect(await store(cutAt('13:00'), car)).not.toBe('')
  })

  test('takes its car in the five occupying states and in no other', async () => {
    const steps: Record<string, string[]> = {
      held: ['held'],
      requested: ['requested'],
      confirmed: ['confirmed'],
      active: ['confirmed', 'active'],
      completed: ['completed'],
      cancelled: ['confirmed', 'cancelled'],
      declined: ['requested', 'declined'],
      expired: ['held', 'expired'],
      no_show: ['confirmed', 'no_show'],
    }
    const occupies: Record<string, boolean> = {}
    for (const [status, [first, second]] of Object.entries(steps)) {
      const car = await newCar()
      const id = await store({ status: first ?? null }, car)
      if (second !== undefined) await db.sys`update trips set status = ${second} where id = ${id}`
      occupies[status] = (await sqlstate(store({}, car))) === '23P01'
    }
    const taken = { held: true, requested: true, confirmed: true, active: true, completed: true }
    expect(occupies).toEqual({ ...taken, cancelled: false, declined: false, expired: false, no_show: false })
  })

  test('may be active only once a car, however far apart the periods are (23505)', async () => {
    const car = await newCar()
    const far = { starts: '2032-05-10 10:00Z', ends: '2032-05-10 14:00Z', blocked: '[2032-05-10 10:00Z,2032-05-10 14:00Z]' }
    const ids = [await store({}, car), await store(far, car)]
    await db.sys`update trips set status = 'active' where id = ${ids[0] ?? ''}`
    expect(await sqlstate(db.sys`update trips set status = 'active' where id = ${ids[1] ?? ''}`)).toBe('23505')
  })

  test('never moves to another car, not even for the role that sees everything (42501)', async () => {
    const id = await store({})
    expect(await sqlstate(db.sys`update trips set car_id = ${firstCar(fleet)} where id = ${id}`)).toBe('42501')
  })
})
