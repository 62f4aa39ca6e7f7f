// kill -9 of the API and of the whole database during bookings: what was acknowledged is there afterwards, once.
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { adminOptions, migrate } from '@fleetflow/db/admin'
import { acquireEmbedded } from '@fleetflow/db/embedded'
import { signDevelopmentToken } from '@fleetflow/server'
import postgres from 'postgres'
import { afterAll, expect, test } from 'vitest'
import { makeFleet } from '../support/fixtures.ts'

const callers = 8
const home = await mkdtemp(join(tmpdir(), 'fleetflow-kill-'))
// No `unsafeNoSync`: this one writes to the disk like the one of a user.
const embedded = await acquireEmbedded({ home })
await migrate(embedded.adminUrl, { apiPassword: embedded.apiPassword })
const sys = postgres(embedded.adminUrl, {
  ...adminOptions('fleetflow-tests'),
  backoff: () => 0.05,
  connection: { role: 'fleetflow_sys', TimeZone: 'UTC' },
})
const running = new Set<ChildProcess>()

afterAll(async () => {
  for (const child of running) child.kill('SIGKILL')
  await sys.end({ timeout: 1 })
  await embedded.release()
  await rm(home, { recursive: true, force: true })
})

const fleet = await makeFleet(sys, { cars: callers })
const token = await signDevelopmentToken({ home, email: 'renter@example.com' })

interface Api {
  child: ChildProcess
  url: string
}

/** The API as a process of its own; its port is read from its log. */
async function startApi(): Promise<Api> {
  const main = join(import.meta.dirname, '..', '..', 'server', 'src', 'main.ts')
  const env = {
    PATH: process.env.PATH,
    PORT: '0',
    DATABASE_URL: embedded.apiUrl,
    FLEETFLOW_HOME: home,
    RATE_LIMIT_MAX: '1000000',
    LOG_LEVEL: 'info',
  }
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', main], { env, stdio: ['ignore', 'pipe', 'inherit'] })
  running.add(child)
  child.once('exit', () => running.delete(child))
  // Read to the end: a process whose log nobody reads stops.
  const url = await new Promise<string>((resolve, reject) => {
    let text = ''
    child.stdout?.on('data', (chunk: Buffer) => {
      text += chunk
      const [address] = /http:\/\/127\.0\.0\.1:\d+/.exec(text) ?? []
      if (address !== undefined) resolve(address)
    })
    child.once('exit', () => reject(new Error(`the API did not start: ${text}`)))
  })
  return { child, url }
}

interface Attempt {
  carId: string
  startDate: string
}

interface Diary {
  attempts: Attempt[]
  /** Ids of bookings that were answered with 201. */
  acknowledged: { id: string; attempt: Attempt }[]
  /** What else was answered, `no answer` where the connection broke. */
  others: Set<string>
}

let day = 0

/** Callers who book one car each, day after day, until `stop` is called; none tries a day twice. */
function startBooking(url: () => string) {
  const diary: Diary = { attempts: [], acknowledged: [], others: new Set() }
  let stopped = false
  const caller = async (carId: string) => {
    while (!stopped) {
      const start = Date.UTC(2031, 0, ++day)
      const attempt = { carId, startDate: new Date(start).toISOString() }
      diary.attempts.push(attempt)
      try {
        const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' }
        const body = JSON.stringify({ ...attempt, endDate: new Date(start + 3_600_000).toISOString() })
        const response = await fetch(`${url()}/api/trips`, { method: 'POST', headers, body })
        const answer = (await response.json()) as { id: string; code?: string }
        if (response.status === 201) {
          diary.acknowledged.push({ id: answer.id, attempt })
          continue
        }
        diary.others.add(`${response.status} ${answer.code}`)
      } catch {
        diary.others.add('no answer')
      }
      await pause(10)
    }
  }
  const callersDone = Promise.all(fleet.carIds.map(caller))
  return {
    diary,
    /** Resolves when 30 more bookings have been acknowledged. */
    async progress() {
      const before = diary.acknowledged.length
      while (diary.acknowledged.length < before + 30) await pause(5)
    },
    async stop() {
      stopped = true
      await callersDone
    },
  }
}

/** Looks into the database: every acknowledged booking once, nothing that nobody asked for, nothing twice. */
async function check({ attempts, acknowledged }: Diary): Promise<void> {
  const stored = await sys<{ id: string; carId: string; startDate: Date; status: string; cost: number; lines: number }[]>`
    select t.id, t.car_id as "carId", t.trip_start_date as "startDate", t.status, t.total_cost::integer as cost,
           (select sum(l.amount) from trip_lines as l where l.car_id = t.car_id and l.trip_id = t.id)::integer as lines
      from trips as t where t.trip_start_date = any (${attempts.map((attempt) => attempt.startDate)}::timestamptz[])`
  const key = (carId: string, startDate: string) => `${carId} ${startDate}`
  const keys = stored.map((trip) => key(trip.carId, trip.startDate.toISOString()))
  expect(new Set(keys).size).toBe(keys.length)
  const asked = new Set(attempts.map(({ carId, startDate }) => key(carId, startDate)))
  expect(keys.filter((one) => !asked.has(one))).toEqual([])
  const byId = new Map(stored.map((trip) => [trip.id, trip]))
  const wrong = acknowledged.filter(({ id, attempt }) => {
    const trip = byId.get(id)
    return trip?.carId !== attempt.carId || trip.startDate.toISOString() !== attempt.startDate || trip.status !== 'confirmed'
  })
  expect(wrong).toEqual([])
  expect(stored.filter((trip) => trip.cost === 0 || trip.cost !== trip.lines)).toEqual([])
}

/** The postmaster of our own cluster and all its children, at once. */
function killDatabase(): number {
  const pid = Number(readFileSync(join(embedded.dataDirectory, 'postmaster.pid'), 'utf8').split('\n')[0])
  const children = `/proc/${pid}/task/${pid}/children`
  const pids = existsSync(children) ? readFileSync(children, 'utf8').trim().split(' ').map(Number) : []
  process.kill(pid, 'SIGKILL')
  for (const child of pids) {
    try {
      process.kill(child, 'SIGKILL')
    } catch {
      // It ended with its postmaster.
    }
  }
  return pid
}

test('the database of this file writes to the disk before it acknowledges', async () => {
  const [settings] =
    await sys`select current_setting('fsync') as fsync, current_setting('synchronous_commit') as commit, current_setting('full_page_writes') as pages`
  expect(settings).toEqual({ fsync: 'on', commit: 'on', pages: 'on' })
})

test('kill -9 of the API, three times during bookings: every acknowledged one is stored once, and the next API shows it', async () => {
  let api = await startApi()
  const booking = startBooking(() => api.url)
  for (let round = 0; round < 3; round++) {
    await booking.progress()
    const gone = once(api.child, 'exit')
    api.child.kill('SIGKILL')
    expect(await gone).toEqual([null, 'SIGKILL'])
    api = await startApi()
  }
  await booking.progress()
  await booking.stop()
  const [first] = booking.diary.acknowledged
  expect([...booking.diary.others]).toEqual(['no answer'])
  await check(booking.diary)
  const shown = await fetch(`${api.url}/api/trips/${first?.id}`, { headers: { authorization: `Bearer ${token}` } })
  expect(await shown.json()).toMatchObject({ id: first?.id, ...first?.attempt })
  api.child.kill('SIGKILL')
})

test('kill -9 of the whole database, three times during bookings: the same API books on, every acknowledged one is stored once', async () => {
  const api = await startApi()
  const booking = startBooking(() => api.url)
  const killed = new Set<number>()
  for (let round = 0; round < 3; round++) {
    await booking.progress()
    killed.add(killDatabase())
  }
  await booking.progress()
  await booking.stop()
  expect(killed.size).toBe(3)
  expect(booking.diary.others).toContain('503 UNAVAILABLE')
  expect([...booking.diary.others].filter((answer) => answer !== '503 UNAVAILABLE')).toEqual([])
  await check(booking.diary)
  expect(readFileSync(embedded.serverLog, 'utf8').match(/was not properly shut down/g)).toHaveLength(3)
  api.child.kill('SIGKILL')
})
