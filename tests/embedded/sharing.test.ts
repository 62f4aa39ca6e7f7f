// Several holders of one home, and several homes.
import { acquireEmbedded } from '@fleetflow/db/embedded'
import postgres from 'postgres'
import { expect, test } from 'vitest'
import { isRunning, keeperPid, newHome, postmasterPid, startHolder, until, usedHome } from './support.ts'

test('a second process shares the server, and only the last release stops it', async () => {
  const home = await usedHome()
  const first = await startHolder(home)
  await first.query('create table shared as select 7 as value')
  const second = await startHolder(home)
  expect(second.embedded).toEqual(first.embedded)
  expect(await second.query('select value from shared')).toEqual([{ value: 7 }])
  const postmaster = postmasterPid(home)
  await first.release()
  expect(isRunning(postmaster)).toBe(true)
  expect(await second.query('select value from shared')).toEqual([{ value: 7 }])
  await second.release()
  expect(isRunning(postmaster)).toBe(false)
})

test('several acquires in one process count one by one, and releasing twice counts once', async () => {
  const home = await usedHome()
  const [one, two] = await Promise.all([acquireEmbedded({ home, unsafeNoSync: true }), acquireEmbedded({ home, unsafeNoSync: true })])
  expect(one.port).toBe(two.port)
  const postmaster = postmasterPid(home)
  await Promise.all([one.release(), one.release()])
  expect(isRunning(postmaster)).toBe(true)
  await two.release()
  expect(isRunning(postmaster)).toBe(false)
})

test('eight processes that acquire a new home at once end in one server', async () => {
  const home = newHome()
  const holders = await Promise.all(Array.from({ length: 8 }, () => startHolder(home)))
  expect(new Set(holders.map((holder) => JSON.stringify(holder.embedded))).size).toBe(1)
  const started = await Promise.all(holders.map((holder) => holder.query('select pg_postmaster_start_time()::text as at')))
  expect(new Set(started.map((row) => JSON.stringify(row))).size).toBe(1)
  const postmaster = postmasterPid(home)
  await Promise.all(holders.map((holder) => holder.release()))
  expect(isRunning(postmaster)).toBe(false)
})

test('acquires and releases that cross each other never fail and leave nothing', async () => {
  const home = await usedHome()
  const turn = async (): Promise<void> => {
    const embedded = await acquireEmbedded({ home, unsafeNoSync: true })
    const sql = postgres(embedded.adminUrl, { max: 1 })
    expect(await sql`select 1 as one`).toEqual([{ one: 1 }])
    await sql.end()
    await embedded.release()
  }
  await Promise.all(
    Array.from({ length: 4 }, async () => {
      for (let round = 0; round < 4; round++) await turn()
    }),
  )
  expect([keeperPid(home), postmasterPid(home)]).toEqual([undefined, undefined])
})

test('two homes side by side are two servers with their own data and passwords', async () => {
  const [left, right] = await Promise.all([startHolder(newHome()), startHolder(newHome())])
  expect(left.embedded.port).not.toBe(right.embedded.port)
  expect(left.embedded.apiPassword).not.toBe(right.embedded.apiPassword)
  await left.query('create table mine as select 1')
  expect(await right.query("select to_regclass('mine') as mine")).toEqual([{ mine: null }])
})

test('Ctrl-C in the terminal lets the holder drain: neither the keeper nor PostgreSQL hears it', async () => {
  const home = await usedHome()
  const holder = await startHolder(home, { detached: true })
  process.kill(-holder.pid, 'SIGINT')
  expect(await holder.query('select pg_sleep(0.3)::text, 1 as one')).toMatchObject([{ one: 1 }])
  const postmaster = postmasterPid(home)
  await holder.release()
  expect(isRunning(postmaster)).toBe(false)
})

test('a holder that simply ends lets go', async () => {
  const home = await usedHome()
  const holder = await startHolder(home)
  const [keeper, postmaster] = [keeperPid(home), postmasterPid(home)]
  await holder.kill('SIGTERM')
  await until('the server and its keeper end', () => !isRunning(postmaster) && !isRunning(keeper))
})
