// A thousand keys, each sent by 32 at once: a thousand effects and one answer a key, on cars that everybody wants.
import { connect, DatabaseError, perform } from '@fleetflow/db'
import { afterAll, describe, expect, test } from 'vitest'
import { openTestDatabase } from '../support/database.ts'
import { as, makeFleet, makeUser } from '../support/fixtures.ts'
import { deadlocksIn, watchLog } from '../support/serverLog.ts'
import { storm, type Told } from '../support/storm.ts'
import { openSuperuser } from '../support/superuser.ts'

const senders = 32
const keys = 1000
const hour = 3_600_000

describe('32 simultaneous senders of each key', async () => {
  const db = await openTestDatabase()
  const fleet = await makeFleet(db.sys, { cars: 4 })
  const renter = await makeUser(db.sys)
  const superuser = openSuperuser(db)
  // Of one process a car's bookings are in one statement: only those of several processes meet.
  const pools = Array.from({ length: 8 }, () =>
    connect({ url: db.apiUrl, max: senders / 8, lockTimeoutMs: 60_000, statementTimeoutMs: 60_000 }),
  )
  afterAll(() => Promise.all(pools.map((pool) => pool.close())))
  let turn = 0
  const nextPool = () => pools[turn++ % pools.length] ?? db.api

  /** A slot for every `rivals` keys in a year of their own: one of the rivals gets it, and which one is decided once. */
  const send =
    (year: number, rivals: number) =>
    async (key: number): Promise<Told> => {
      const slot = Math.floor(key / rivals)
      const start = Date.UTC(year, 0, 1) + slot * 4 * hour
      const times = { start_date: new Date(start).toISOString(), end_date: new Date(start + hour).toISOString() }
      const car = fleet.carIds[slot % fleet.carIds.length] ?? ''
      try {
        const { answer, replayed } = await perform(nextPool(), 'create_trip_rpc', {
          car_id: car,
          ...times,
          actor: as(renter),
          idempotency_key: `${year} ${key}`,
        })
        return { word: replayed ? 'replayed' : 'booked', told: JSON.stringify(answer) }
      } catch (error) {
        if (!(error instanceof DatabaseError)) throw error
        return { word: error.replayed ? `${error.code} replayed` : error.code, told: `${error.code} ${JSON.stringify(error.details)}` }
      }
    }
  const count = async (table: string) => (await db.sys.unsafe(`select from ${table}`)).length

  test('get 1,000 effects and one answer a key; nothing deadlocks', async () => {
    const logged = watchLog(db)
    const { words, split } = await storm(keys, senders, send(2031, 1))
    expect(words).toEqual({ booked: keys, replayed: keys * (senders - 1) })
    expect(split).toBe(0)
    expect([await count('trips'), await count('idempotency_keys')]).toEqual([keys, keys])
    expect(deadlocksIn(logged())).toEqual([])
  })

  test('get one answer a key where keys are rivals: one of four is booked, three are refused for good (TRIP_OVERLAP)', async () => {
    const { words, split } = await storm(160, senders, send(2032, 4))
    const again = senders - 1
    expect(words).toEqual({ booked: 40, replayed: 40 * again, TRIP_OVERLAP: 120, 'TRIP_OVERLAP replayed': 120 * again })
    expect(split).toBe(0)
  })

  test('control: without the unique key they are told different things', async () => {
    await superuser.unsafe('alter table idempotency_keys drop constraint idempotency_keys_pkey')
    const [row] = await superuser<{ source: string }[]>`select pg_get_functiondef('private.claim_key'::regproc) as source`
    const source = row?.source ?? ''
    // Look first, then insert: what a key without a constraint comes down to.
    const sabotaged = source.replace(
      /insert into public\.idempotency_keys[\s\S]*?on conflict on constraint idempotency_keys_pkey do nothing;/,
      `insert into public.idempotency_keys (user_id, operation, key, input_hash)
       select claim_key.actor, claim_key.operation, claim_key.key, v_hash
        where not exists (select from public.idempotency_keys as k where k.user_id = claim_key.actor and k.key = claim_key.key);`,
    )
    expect(sabotaged).not.toBe(source)
    await superuser.unsafe(sabotaged)
    const { words, split } = await storm(64, senders, send(2033, 1))
    expect(split).toBeGreaterThan(0)
    expect((words.booked ?? 0) + (words.TRIP_OVERLAP ?? 0)).toBeGreaterThan(64)
  })
})
