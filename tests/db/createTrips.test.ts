// Bookings of several people in one transaction: each has its own actor, key and outcome, and none harms its neighbours.
import { connect, perform } from '@fleetflow/db'
import type postgres from 'postgres'
import { afterAll, describe, expect, test } from 'vitest'
import { bookMany, freshDays } from '../support/batch.ts'
import { openTestDatabase } from '../support/database.ts'
import { as, makeFleet, makeUser, sqlstate } from '../support/fixtures.ts'
import { openSuperuser } from '../support/superuser.ts'

const db = await openTestDatabase()
const [superuser, holder] = [openSuperuser(db), openSuperuser(db)]
const [{ version = 0 } = {}] = await db.sys<{ version: number }[]>`select current_setting('server_version_num')::integer as version`
const fleet = await makeFleet(db.sys, { cars: 34 })
const hidden = await makeFleet(db.sys, { cars: 1, visibility: 'members' })
const renters = await Promise.all(Array.from({ length: 3 }, () => makeUser(db.sys)))
const [renter = '', friend = '', third = ''] = renters
const elsewhere = await makeFleet(db.sys, { cars: 1 })
const suspended = await makeUser(db.sys, { suspended: true })
const days = freshDays()
const call = (car: number, who = renter, more: Record<string, unknown> = {}) => ({
  car_id: fleet.carIds[car],
  actor: as(who),
  ...days(),
  ...more,
})
const words = (outcomes: readonly unknown[]) =>
  outcomes.map((outcome) => (outcome === null ? null : (outcome as { replayed?: boolean }).replayed ? 'replayed' : 'booked'))
const trips = async () => (await db.sys`select from trips`).length

type Row = Record<string, unknown>

/** What is stored about a trip. */
async function rowsOf(id: unknown) {
  const tripId = String(id)
  const [trips, lines, events, keys] = [
    await db.sys<Row[]>`select * from trips where id = ${tripId}`,
    await db.sys<Row[]>`select * from trip_lines where trip_id = ${tripId} order by id`,
    await db.sys<Row[]>`select * from outbox where entity_id = ${tripId}`,
    await db.sys<Row[]>`select * from idempotency_keys where outcome -> 'answer' ->> 'id' = ${tripId}`,
  ]
  return { trips, lines, events, keys }
}

/** The same without what has to differ between two bookings: ids, instants, and what is made of them. */
function alike({ trips, lines, events, keys }: Awaited<ReturnType<typeof rowsOf>>): string {
  const text = JSON.stringify({ trips, lines, events, keys: keys.map(({ key: _, input_hash: __, ...rest }) => rest) })
  return text
    .replaceAll(/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g, 'id')
    .replaceAll(/\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d[.\d]*(Z|\+00(:00)?)?|\d{4}-\d\d-\d\d/g, 'instant')
    .replaceAll(/"(xact|seq)":"\d+"/g, 'number')
}

describe('bookings in one statement', () => {
  test('are each answered in their place, and what is refused, fails or is odd is sent back alone, whatever its neighbours do', async () => {
    await perform(db.api, 'create_trip_rpc', { ...call(9), actor: as(renter), idempotency_key: 'other input' })
    const replayed = call(10, renter, { idempotency_key: 'known' })
    await perform(db.api, 'create_trip_rpc', replayed)
    const taken = call(11)
    await perform(db.api, 'create_trip_rpc', taken)
    const before = await trips()
    const calls: [unknown, string | null][] = [
      [call(0), 'booked'],
      [{ ...taken, actor: as(friend) }, null],
      [call(1, friend, { idempotency_key: 'mine' }), 'booked'],
      [replayed, 'replayed'],
      [{ ...call(2), idempotency_key: 'other input' }, null],
      [{ ...call(2), car_id: 'no uuid' }, null],
      [{ ...call(2), car_id: null }, null],
      [{ ...call(2), start_date: 'yesterday' }, null],
      [{ ...call(2), start_date: null }, null],
      [{ ...call(2), max_total: '1000000' }, null],
      [{ ...call(2), max_total: 1e40 }, null],
      [{ ...call(2), purpose: 'x'.repeat(1_000_000) }, null],
      [{ ...call(2), idempotency_key: 'k'.repeat(256) }, null],
      [{ ...call(2), dry_run: true }, null],
      [{ ...call(2), actor: null }, null],
      [{ ...call(2), actor: {} }, null],
      [{ ...call(2), actor: { userId: 'no uuid' } }, null],
      [call(2, suspended), null],
      [call(2, crypto.randomUUID()), null],
      [{ ...call(2), actor: 'renter' }, null],
      [{ ...call(2), car_id: hidden.carIds[0] }, null],
      [{ ...call(2), car_id: crypto.randomUUID() }, null],
      [{ ...call(2), user_id: friend }, null],
      [{ ...call(2), extras: { not: 'a list' } }, null],
      ['no object', null],
      [null, null],
      [[], null],
      [call(3, third, { idempotency_key: 'mine', extras: null, alternatives: 2, purpose: null }), 'booked'],
    ]
    const outcomes = await bookMany(
      db.api.sql,
      calls.map(([made]) => made),
    )
    expect(words(outcomes)).toEqual(calls.map(([, word]) => word))
    expect(await trips()).toBe(before + 3)
  })

  test('hold what single calls would have made of them, whoever came before: renter, actor of the event, owner of the key', async () => {
    const made = [
      call(4, renter, { idempotency_key: 'a' }),
      call(4, friend, { idempotency_key: 'a' }),
      call(5, fleet.ownerId, { user_id: third }),
    ]
    const single = await perform(db.api, 'create_trip_rpc', { ...call(6, friend, { idempotency_key: 'single' }), actor: as(friend) })
    const outcomes = await bookMany(db.api.sql, [call(7, suspended), ...made.slice(0, 1), call(7, suspended), ...made.slice(1)])
    expect(words(outcomes)).toEqual([null, 'booked', null, 'booked', 'booked'])
    const answers = [outcomes[1], outcomes[3], outcomes[4]].map((outcome) => outcome?.answer)
    expect(answers.map((answer) => answer?.bookedById)).toEqual([renter, friend, third])
    const told = await Promise.all(answers.map((answer) => rowsOf(answer?.id)))
    const alone = await rowsOf((single.answer as Row).id)
    expect(told.map(({ trips: [trip] }) => trip?.booked_by_id)).toEqual([renter, friend, third])
    expect(told.map(({ events }) => events.map(({ actor_id }) => actor_id))).toEqual([[renter], [friend], [fleet.ownerId]])
    expect(told.map(({ keys }) => keys.map(({ user_id, key }) => [user_id, key]))).toEqual([[[renter, 'a']], [[friend, 'a']], []])
    expect(told.slice(0, 2).map(alike)).toEqual(Array.from({ length: 2 }, () => alike(alone)))
    expect(Object.keys(answers[1] ?? {})).toEqual(Object.keys(single.answer as object))
  })

  test('of one car are booked behind each other, and those that overlap one of them are sent back', async () => {
    const [first, second] = [call(8), call(8, friend)]
    const outcomes = await bookMany(db.api.sql, [first, { ...first, actor: as(friend) }, second, { ...first, actor: as(third) }, call(8)])
    expect(words(outcomes)).toEqual(['booked', null, 'booked', null, 'booked'])
  })

  test('with one key of one person are done once and replayed, and another input under it is sent back', async () => {
    const keyed = call(12, renter, { idempotency_key: 'twice' })
    const before = await trips()
    const outcomes = await bookMany(db.api.sql, [
      keyed,
      keyed,
      { ...keyed, max_total: 1_000_000 },
      { ...keyed, actor: as(friend), ...days() },
    ])
    expect(words(outcomes)).toEqual(['booked', 'replayed', null, 'booked'])
    expect(outcomes[1]?.answer).toEqual(outcomes[0]?.answer)
    expect(await trips()).toBe(before + 2)
    expect(await perform(db.api, 'create_trip_rpc', keyed)).toEqual({ answer: outcomes[0]?.answer, replayed: true })
  })

  test('replay a refusal that the key has, and store none', async () => {
    const taken = call(13)
    await perform(db.api, 'create_trip_rpc', taken)
    const refused = { ...taken, actor: as(friend), idempotency_key: 'refused' }
    expect(await bookMany(db.api.sql, [refused])).toEqual([null])
    expect((await db.sys`select from idempotency_keys where key = 'refused'`).length).toBe(0)
    await perform(db.api, 'create_trip_rpc', refused).catch(() => undefined)
    expect(await bookMany(db.api.sql, [refused, call(13)])).toEqual([
      { refusal: expect.objectContaining({ code: 'TRIP_OVERLAP' }), replayed: true },
      { answer: expect.anything() },
    ])
  })

  test('are 1 to 32 in an array (FF400)', async () => {
    const many = Array.from({ length: 33 }, (_, car) => call(car))
    for (const calls of [many, [], {}, null, 'text']) expect(await sqlstate(bookMany(db.api.sql, calls as unknown[]))).toBe('FF400')
    expect(words(await bookMany(db.api.sql, many.slice(0, 32)))).toEqual(Array.from({ length: 32 }, () => 'booked'))
  })

  test('with a character that JSON cannot hold are refused as a whole: nothing is left of any (22P05)', async () => {
    const before = await trips()
    expect(await sqlstate(bookMany(db.api.sql, [call(0), { ...call(1), idempotency_key: 'a\0b' }]))).toBe('22P05')
    expect(await trips()).toBe(before)
  })
})

describe('what somebody else has', () => {
  // Whoever waits for a lock waits until this pool gives up.
  const hurried = connect({ url: db.apiUrl, max: 1, lockTimeoutMs: 60_000, statementTimeoutMs: 3_000 })
  afterAll(() => hurried.close())

  /** Runs a batch of three while another session holds something that the one in the middle needs; answers what became of each. */
  async function whileHeld(hold: (tx: postgres.TransactionSql) => Promise<unknown>, inTheMiddle: unknown) {
    return holder.begin(async (tx) => {
      await hold(tx)
      return words(await bookMany(hurried.sql, [call(14), inTheMiddle, call(15)]))
    })
  }

  test('a busy car is skipped before it is tried: its booking is sent back alone', async () => {
    const busy = fleet.carIds[16] ?? ''
    const hold = (tx: postgres.TransactionSql) => tx`select from cars where id = ${busy} for no key update`
    expect(await whileHeld(hold, call(16))).toEqual(['booked', null, 'booked'])
  })

  test.each([
    [
      'an idempotency key',
      (tx: postgres.TransactionSql, who: string) =>
        tx`insert into idempotency_keys (user_id, operation, key, input_hash) values (${who}, 'trips.create', 'busy', sha256(''))`,
    ],
    ['the renter', (tx: postgres.TransactionSql, who: string) => tx`select from users where id = ${who} for update`],
    ['the fleet', (tx: postgres.TransactionSql) => tx`select from fleets where id = ${elsewhere.id} for update`],
  ])('%s is not waited for: the booking is sent back alone after a millisecond', async (_, hold) => {
    const who = await makeUser(db.sys)
    const wanted = { ...call(0, who, { idempotency_key: 'busy' }), car_id: elsewhere.carIds[0] }
    expect(await whileHeld((tx) => hold(tx, who), wanted)).toEqual(['booked', null, 'booked'])
  })
})

describe('each booking', () => {
  // PostgreSQL 15 cannot tell.
  test.skipIf(version < 160_000)(
    'has one subtransaction and no more: 32 of them are fewer than the 64 that PostgreSQL keeps at hand',
    async () => {
      const counted = await superuser.begin(async (tx) => {
        const calls = Array.from({ length: 32 }, (_, car) => call(car, renters[car % 3], { idempotency_key: `many ${car}` }))
        await tx`set local session authorization fleetflow_api`
        const outcomes = await bookMany(tx, calls)
        await tx`reset session authorization`
        const [row] = await tx<{ count: number; overflowed: boolean }[]>`
        select s.subxact_count as count, s.subxact_overflowed as overflowed
          from pg_stat_get_backend_idset() as b, pg_stat_get_backend_subxact(b) as s where pg_stat_get_backend_pid(b) = pg_backend_pid()`
        return { outcomes: words(outcomes), subtransactions: row }
      })
      expect(counted.outcomes).toEqual(Array.from({ length: 32 }, () => 'booked'))
      expect(counted.subtransactions).toEqual({ count: 32, overflowed: false })
    },
  )

  test('acts for nobody until its own actor is recognised: not for the one before it, though it forgets to ask', async () => {
    const before = await trips()
    await superuser.unsafe('begin')
    try {
      const [row] = await superuser<{ text: string }[]>`select pg_get_functiondef('public.create_trips_rpc'::regproc) as text`
      // The second call takes its actor at its word.
      const forgetful = (row?.text ?? '').replace(
        /private\.enter\([^;]*\);/,
        "case when v_call ->> 'purpose' is null then private.enter(v_call -> 'actor', 'trips.create', true) else (v_call -> 'actor' ->> 'userId')::uuid end;",
      )
      expect(forgetful).not.toBe(row?.text)
      await superuser.unsafe(forgetful)
      await superuser.unsafe('set local session authorization fleetflow_api')
      const outcomes = await bookMany(superuser, [call(20), call(21, renter, { purpose: 'rental' }), call(22, friend)])
      expect(words(outcomes)).toEqual(['booked', null, 'booked'])
    } finally {
      await superuser.unsafe('rollback')
    }
    expect(await trips()).toBe(before)
  })
})
