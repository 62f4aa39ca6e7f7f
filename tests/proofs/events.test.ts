// Under 24 writers and while the relay is killed again and again: no event is lost, none comes twice, none of a trip is out of order.
import { setTimeout as pause } from 'node:timers/promises'
import { connect, startRelay } from '@fleetflow/db'
import type postgres from 'postgres'
import { afterAll, describe, expect, test } from 'vitest'
import { openTestDatabase } from '../support/database.ts'
import { eventsOf, relayAll } from '../support/events.ts'
import { makeFleet, makeUser } from '../support/fixtures.ts'
import { sequence } from '../support/random.ts'
import { openSuperuser } from '../support/superuser.ts'
import { writeHard } from '../support/writers.ts'

const writers = 24

describe('24 writers', async () => {
  const db = await openTestDatabase()
  const { carIds } = await makeFleet(db.sys, { cars: 6 })
  const renters = await Promise.all(Array.from({ length: writers }, () => makeUser(db.sys)))
  const superuser = openSuperuser(db)
  const api = connect({ url: db.apiUrl, max: writers, lockTimeoutMs: 60_000, statementTimeoutMs: 60_000 })
  afterAll(() => api.close())
  await relayAll(db.sys)

  /** Reads new rows as one is tempted to: whatever has a higher number than the last one seen. */
  function pageBySequence() {
    const seen = new Set<string>()
    let cursor = '0'
    const page = async (sql: postgres.Sql) => {
      const rows = await sql<{ seq: string; id: string }[]>`select seq, id from outbox where seq > ${cursor} order by seq`
      for (const row of rows) seen.add(row.id)
      cursor = rows.at(-1)?.seq ?? cursor
    }
    return { seen, page }
  }

  test('control: who pages by the sequence loses what commits late; the relay does not', async () => {
    const reader = pageBySequence()
    const late = await db.admin.reserve()
    await late`begin`
    await late`set local role fleetflow_sys`
    await late`update cars set name = 'Late' where id = ${carIds[0] ?? ''}`
    await db.sys`update cars set name = 'Early' where id = ${carIds[1] ?? ''}`
    await reader.page(db.sys)
    expect(await relayAll(db.sys)).toBe(1)
    await late`commit`
    late.release()
    const [left] = await db.sys<{ id: string }[]>`select id from outbox`
    await reader.page(db.sys)
    expect([...reader.seen]).not.toContain(left?.id)
    expect(reader.seen.size).toBe(1)
    expect(await relayAll(db.sys)).toBe(1)
    const logged = await eventsOf(db.sys)
    expect(logged.slice(-2).map(({ carId }) => carId)).toEqual([carIds[1], carIds[0]])
  })

  test('control: the same reader loses events of 24 writers', async () => {
    const reader = pageBySequence()
    let writing = true
    const reading = (async () => {
      while (writing) await reader.page(db.sys)
    })()
    const lost = async () => (await db.sys`select from outbox`).length - reader.seen.size
    while ((await lost()) <= 0) await writeHard(api, renters, carIds, 20)
    writing = false
    await reading
    await reader.page(db.sys)
    expect(await lost()).toBeGreaterThan(0)
    await relayAll(db.sys)
  })

  test('have each change in the log once and in order, though two relays are killed in the middle of their work', async () => {
    const problems: string[] = []
    const onError = ({ code }: { code: string }) => problems.push(code)
    const relays = [1, 2].map(() => startRelay({ url: db.apiUrl, pollMs: 1, batch: 7, onError }))
    const next = sequence(7)
    let writing = true
    let kills = 0
    const killing = (async () => {
      while (writing) {
        await pause(5 + next(40))
        const killed = await superuser`
          select pg_terminate_backend(pid) from pg_stat_activity
           where datname = current_database() and application_name = 'fleetflow relay' and state = 'active'`
        kills += killed.length
      }
    })()
    let done = 0
    while (done < writers * 10 || kills < 10) done += (await writeHard(api, renters, carIds, 20)).done ?? 0
    writing = false
    await killing
    expect(new Set(problems)).toEqual(new Set(['UNAVAILABLE']))
    await expect.poll(async () => (await db.sys`select from outbox`).length, { timeout: 30_000 }).toBe(0)
    await Promise.all(relays.map((relay) => relay.stop()))
  })

  test('left a log without a gap, in which every trip goes from version 1 to its last in steps of one', async () => {
    const [log] = await db.sys`select count(*)::integer as events, max(pos)::integer as last, min(pos)::integer as first from event_log`
    expect(log).toEqual({ events: log?.last, last: log?.last, first: 1 })
    expect(await db.sys`select last_pos::integer from event_relay`).toEqual([{ last_pos: log?.last }])
    const wrong = await db.sys`
      select t.id, t.version, e.versions
        from trips as t
        left join lateral (select array_agg(l.version order by l.pos) as versions from event_log as l where l.entity_id = t.id) as e on true
       where e.versions is distinct from array(select generate_series(1, t.version))`
    expect([...wrong]).toEqual([])
    const [trips] = await db.sys`select count(*)::integer as trips, max(version) as versions from trips`
    expect(trips?.trips).toBeGreaterThan(200)
    expect(trips?.versions).toBeGreaterThan(5)
  })

  test('left in each event what was and what is: every one begins where the one before ended, the last is the trip', async () => {
    const broken = await db.sys`
      with told as (
        select l.entity_id, l.pos, l.was, l.after, lag(l.after) over (partition by l.entity_id order by l.pos) as before
          from event_log as l where l.entity = 'trip')
      select * from told
       where (before is null) <> (was is null)
          or exists (select from jsonb_each(was) as w where w.value is distinct from before -> w.key or w.value is not distinct from after -> w.key)
          or exists (select from jsonb_each(before) as b where b.key not in ('overdue', 'updatedAt', 'version')
                        and not was ? b.key and b.value is distinct from after -> b.key)`
    expect([...broken]).toEqual([])
    const stale = await db.sys`
      select t.id from trips as t
       where private.trip_json(t) is distinct from (
         select l.after from event_log as l where l.entity_id = t.id order by l.pos desc limit 1)`
    expect([...stale]).toEqual([])
  })
})

describe('a second relay', async () => {
  const db = await openTestDatabase()
  await makeFleet(db.sys, { cars: 3 })

  test('returns at once while the first one works, and the first one loses nothing when it breaks off', async () => {
    const [before] = await db.sys<{ waiting: number }[]>`select count(*)::integer as waiting from outbox`
    expect(before?.waiting).toBe(3)
    const first = await db.admin.reserve()
    await first`begin`
    await first`set local role fleetflow_sys`
    expect(await first`select private.relay(2) as taken`).toEqual([{ taken: 2 }])
    expect(await db.sys`select private.relay(2) as taken`).toEqual([{ taken: null }])
    await first`rollback`
    first.release()
    expect(await relayAll(db.sys, 2)).toBe(3)
    expect((await eventsOf(db.sys)).map(({ pos }) => pos)).toEqual([1, 2, 3])
  })
})
