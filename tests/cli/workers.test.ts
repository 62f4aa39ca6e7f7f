// `fleetflow start --workers`: several processes behind one port which share nothing but the database, and no death of one of them loses more than its calls.
import { randomUUID } from 'node:crypto'
import { Agent, request } from 'node:http'
import { connect as connectSocket } from 'node:net'
import { signDevelopmentToken } from '@fleetflow/server'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { complaintOf, fleetflow, type Running, startFleetflow } from '../support/commands.ts'
import { openTestDatabase } from '../support/database.ts'
import { temporaryFolder } from '../support/tripFile.ts'

vi.setConfig({ testTimeout: 120_000 })

const database = await openTestDatabase({ demo: true })
const home = temporaryFolder()
const renter = 'renter@demo.fleetflow.dev'
const started: Running[] = []

afterEach(async () => {
  for (const { child, finished } of started.splice(0)) {
    child.kill('SIGKILL')
    await finished
  }
})

interface Cluster extends Running {
  url: string
  pid: number
}

async function startWorkers(count: number, more: Record<string, string> = {}): Promise<Cluster> {
  const settings = {
    DATABASE_URL: database.apiUrl,
    DATABASE_POOL_SIZE: '4',
    FLEETFLOW_HOME: home,
    ISSUER: 'off',
    LOG_LEVEL: 'info',
    ...more,
  }
  const running = startFleetflow(['start', '--workers', String(count), '--json'], settings)
  started.push(running)
  const line = /^\{"url".*\}$/m.exec(await running.says(/^\{"url".*\}$/m))?.[0] ?? ''
  const result = JSON.parse(line) as { url: string; pid: number; workers: number }
  expect(result).toEqual({ url: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+$/), pid: running.child.pid, workers: count })
  return { ...running, ...result }
}

interface LogLine {
  pid: number
  msg: string
  reqId?: string
}

/** Each line of the log names the process that wrote it. */
const logOf = (text: string): LogLine[] =>
  text.split('\n').flatMap((line) => (line.startsWith('{"level"') ? [JSON.parse(line) as LogLine] : []))

const pidsOf = async (running: Running, msg: RegExp): Promise<number[]> => [
  ...new Set(
    logOf(await running.says(/./))
      .filter((line) => msg.test(line.msg))
      .map(({ pid }) => pid),
  ),
]
const listeners = (running: Running) => pidsOf(running, /^Server listening/)
const answering = (running: Running) => pidsOf(running, /^request$/)

/** Who answered a call. */
const answered = (running: Running, id: string) =>
  vi.waitFor(async () => {
    const line = logOf(await running.says(id)).find(({ msg, reqId }) => msg === 'request' && reqId === id)
    expect(line, id).toBeDefined()
    return line?.pid
  })

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}

/** The status of one call, or why there is none; its connection is the agent's, or its own. */
function ask(url: string, token: string, agent: Agent | false = false, id: string = randomUUID()): Promise<number | string> {
  return new Promise((resolve) => {
    const headers = { authorization: `Bearer ${token}`, 'x-request-id': id }
    const call = request(`${url}/api/me`, { headers, agent, timeout: 20_000 }, (answer) =>
      answer.resume().once('end', () => resolve(answer.statusCode ?? Number.NaN)),
    )
    call.on('timeout', () => call.destroy(new Error('no answer within 20 seconds')))
    call.on('error', ({ message }) => resolve(message)).end()
  })
}

/** Until it is released, calls wait in the database: each begins by reading who acts. */
async function lockUsers() {
  const { promise: released, resolve } = Promise.withResolvers<void>()
  const held = Promise.withResolvers<void>()
  const locking = database.sys.begin(async (sql) => {
    await sql`lock table users in access exclusive mode`
    held.resolve()
    await released
  })
  await Promise.race([held.promise, locking])
  return {
    waitedFor: (calls: number) =>
      vi.waitFor(async () => {
        const rows =
          await database.admin`select from pg_stat_activity where datname = current_database() and application_name = 'fleetflow' and wait_event_type = 'Lock'`
        expect(rows).toHaveLength(calls)
      }),
    async release() {
      resolve()
      await locking
    },
  }
}

const tokenOf = () => signDevelopmentToken({ home, email: renter })

describe('fleetflow start --workers', () => {
  test.each(['0', '65', 'many', '1.5'])('refuses %s workers (exit code 2)', async (count) => {
    const run = await fleetflow(['start', '--workers', count], { FLEETFLOW_HOME: home })
    expect([run.code, complaintOf(run)]).toEqual([2, expect.stringContaining('--workers must be a whole number from 1 to 64')])
  })

  test('answers come from all of them, on the one port that PORT=0 got; /metrics counts for all of them', async () => {
    const cluster = await startWorkers(3)
    expect(await listeners(cluster)).toHaveLength(3)
    const token = await tokenOf()
    for (let call = 0; call < 12; call += 1) expect(await ask(cluster.url, token)).toBe(200)
    await vi.waitFor(async () => expect((await answering(cluster)).toSorted()).toEqual((await listeners(cluster)).toSorted()))
    expect(await listeners(cluster)).not.toContain(cluster.pid)
    for (let scrape = 0; scrape < 3; scrape += 1) {
      const text = await (await fetch(`${cluster.url}/metrics`, { headers: { connection: 'close' } })).text()
      expect(text).toContain('http_request_duration_seconds_count{method="GET",route="/api/me",status_code="200"} 12')
    }
  })

  test('the relay and the sweeper run once, each worker has its pool, and what they share less is said', async () => {
    const cluster = await startWorkers(2, { SWEEP_INTERVAL_MS: '50', DATABASE_POOL_SIZE: '100' })
    const token = await tokenOf()
    for (let call = 0; call < 4; call += 1) expect(await ask(cluster.url, token)).toBe(200)
    const connections = await vi.waitFor(async () => {
      const rows = await database.admin<{ name: string; count: number }[]>`
        select application_name as name, count(*)::integer as count from pg_stat_activity
         where datname = current_database() and application_name like 'fleetflow%' and application_name <> 'fleetflow-tests' group by 1`
      const found = Object.fromEntries(rows.map(({ name, count }) => [name, count]))
      expect(Object.keys(found).toSorted()).toEqual(['fleetflow', 'fleetflow relay', 'fleetflow sweeper'])
      return found
    })
    expect(connections).toMatchObject({ 'fleetflow relay': 1, 'fleetflow sweeper': 1 })
    expect(connections.fleetflow).toBeGreaterThanOrEqual(2)
    const said = await cluster.says('REDIS_URL is not set')
    expect(said).toContain('so a caller may have up to 2 times as much')
    expect(said).toMatch(/2 workers may open 204 connections, and the database lets all its users have \d+/)
  })

  test('a worker that is killed is replaced, and calls on the connections of others do not fail', async () => {
    const cluster = await startWorkers(3)
    const token = await tokenOf()
    const lanes = await Promise.all(
      Array.from({ length: 6 }, async () => {
        const agent = new Agent({ keepAlive: true, maxSockets: 1 })
        const id = randomUUID()
        expect(await ask(cluster.url, token, agent, id)).toBe(200)
        return { agent, worker: await answered(cluster, id) }
      }),
    )
    const killed = lanes[0]?.worker ?? 0
    const others = lanes.filter(({ worker }) => worker !== killed)
    expect(others.length).toBeGreaterThan(0)
    let over = false
    const calls = lanes.map(async ({ agent, worker }) => {
      let failures = 0
      while (!over) failures += (await ask(cluster.url, token, agent)) === 200 ? 0 : 1
      return { worker, failures }
    })
    process.kill(killed, 'SIGKILL')
    await vi
      .waitFor(async () => expect(await listeners(cluster)).toHaveLength(4), { timeout: 20_000 })
      .finally(() => {
        over = true
      })
    expect((await Promise.all(calls)).filter(({ worker }) => worker !== killed)).toEqual(
      others.map(({ worker }) => ({ worker, failures: 0 })),
    )
    const serving = (await listeners(cluster)).filter((pid) => pid !== killed)
    for (let call = 0; call < 9; call += 1) expect(await ask(cluster.url, token)).toBe(200)
    await vi.waitFor(async () => expect(await answering(cluster)).toEqual(expect.arrayContaining(serving)))
    for (const { agent } of lanes) agent.destroy()
  })

  test('a worker that is told to end by itself gives way to another one, and no call fails, also on new connections', async () => {
    const cluster = await startWorkers(2)
    const token = await tokenOf()
    const [first = 0] = await listeners(cluster)
    // A call that waits in the database keeps the worker draining; one of the two is its.
    const lock = await lockUsers()
    const waiting = [ask(cluster.url, token), ask(cluster.url, token)]
    await lock.waitedFor(2)
    process.kill(first, 'SIGTERM')
    const live = async () => (await fetch(`${cluster.url}/health/ready`, { headers: { connection: 'close' } })).status
    for (let call = 0; call < 20; call += 1) expect(await live()).toBe(200)
    await lock.release()
    expect(await Promise.all(waiting)).toEqual([200, 200])
    await cluster.says('a worker serves in the place of another one')
    for (let call = 0; call < 6; call += 1) expect(await ask(cluster.url, token)).toBe(200)
  })

  test('all of them killed at once come back on the same port', async () => {
    const cluster = await startWorkers(2)
    for (const pid of await listeners(cluster)) process.kill(pid, 'SIGKILL')
    await vi.waitFor(async () => expect(await listeners(cluster)).toHaveLength(4), { timeout: 30_000 })
    expect(await ask(cluster.url, await tokenOf())).toBe(200)
  })

  test.each(['SIGTERM', 'SIGINT'] as const)(
    '%s finishes the call under way, takes no new one, and ends them all (exit code 0)',
    async (signal) => {
      const cluster = await startWorkers(2)
      const token = await tokenOf()
      const workers = await listeners(cluster)
      const lock = await lockUsers()
      const answer = ask(cluster.url, token)
      await lock.waitedFor(1)
      const began = performance.now()
      cluster.child.kill(signal)
      const port = Number(new URL(cluster.url).port)
      await vi.waitFor(() => expect(refuses(port)).resolves.toBe(true))
      await lock.release()
      expect(await answer).toBe(200)
      expect((await cluster.finished).code).toBe(0)
      expect(performance.now() - began).toBeLessThan(10_000)
      expect(workers.filter(isAlive)).toEqual([])
    },
  )

  test('kill -9 of the primary leaves no worker behind', async () => {
    const cluster = await startWorkers(2)
    const workers = await listeners(cluster)
    expect(workers.filter(isAlive)).toHaveLength(2)
    process.kill(cluster.pid, 'SIGKILL')
    await vi.waitFor(() => expect(workers.filter(isAlive)).toEqual([]), { timeout: 10_000 })
  })

  test('a worker that cannot begin ends the start with what is wrong, and is not tried again (exit code 1)', async () => {
    const cluster = await startWorkers(2)
    const environment = { DATABASE_URL: database.apiUrl, FLEETFLOW_HOME: home, ISSUER: 'off', PORT: new URL(cluster.url).port }
    const run = await fleetflow(['start', '--workers', '2'], environment)
    expect([run.code, run.stdout, complaintOf(run)]).toEqual([
      1,
      '',
      'fleetflow start: The port is taken: set PORT to another one (EADDRINUSE)',
    ])
  })

  test('of bookings of one period of one car that race through all of them one is stored (TRIP_OVERLAP)', async () => {
    const cluster = await startWorkers(3)
    const token = await tokenOf()
    const [car] = await database.sys<
      { id: string }[]
    >`select c.id from cars as c join fleets as f on f.id = c.fleet_id where f.slug = 'demo' order by c.id limit 1`
    const body = { carId: car?.id, startDate: '2031-03-03T10:00:00Z', endDate: '2031-03-03T12:00:00Z' }
    const answers = await Promise.all(
      Array.from({ length: 24 }, async () => {
        const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json', connection: 'close' }
        const answer = await fetch(`${cluster.url}/api/trips`, { method: 'POST', headers, body: JSON.stringify(body) })
        return [answer.status, ((await answer.json()) as { code?: string }).code]
      }),
    )
    expect(answers.filter(([status]) => status === 201)).toHaveLength(1)
    expect(answers.filter(([, code]) => code === 'TRIP_OVERLAP' || code === 'DRIVER_BUSY')).toHaveLength(23)
    await vi.waitFor(async () => expect(await answering(cluster)).toHaveLength(3))
    const stored = await database.sys`select from trips where car_id = ${car?.id ?? ''} and trip_start_date = '2031-03-03T10:00:00Z'`
    expect(stored).toHaveLength(1)
  })
})

/** Whether nobody listens there any more. */
const refuses = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connectSocket(port, '127.0.0.1')
    socket.once('connect', () => resolve(false)).once('error', () => resolve(true))
    socket.once('connect', () => socket.destroy())
  })
