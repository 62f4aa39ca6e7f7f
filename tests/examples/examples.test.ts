// The examples as people run them: child processes against a running server and its database.
import { execFile } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { beforeAll, expect, test } from 'vitest'
import { openTestApp, type TestApp } from '../support/app.ts'

const folder = join(import.meta.dirname, '..', '..', 'examples')
const ways = ['client', 'trpc', 'rest', 'script']

let app: TestApp

beforeAll(async () => {
  app = await openTestApp()
})

function run(way: string, settings: Record<string, string>): Promise<{ exitCode: number; output: string; errors: string }> {
  const { PATH = '' } = process.env
  const env = { PATH, FLEETFLOW_HOME: app.home, ...settings }
  return new Promise((resolve) => {
    const child = execFile(process.execPath, [join(folder, `${way}.ts`)], { env }, (_error, output, errors) =>
      resolve({ exitCode: child.exitCode ?? -1, output, errors }),
    )
  })
}

const here = () => ({ FLEETFLOW_URL: app.url, DATABASE_URL: app.database.apiUrl })

const occupied = async () => {
  const [row] = await app.database.sys`select count(*)::int as n from trips where status in ('held', 'requested', 'confirmed', 'active')`
  return row?.n
}

/** A port on which nobody listens any more. */
async function closedPort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  await new Promise((resolve) => server.close(resolve))
  return typeof address === 'object' && address ? address.port : 1
}

test('there is a test for every example', () => {
  const files = readdirSync(folder).filter((file) => file.endsWith('.ts') && file !== 'settings.ts')
  // signUp.ts books nothing: signUp.test.ts runs it.
  expect(files.toSorted()).toEqual([...ways, 'signUp'].map((way) => `${way}.ts`).toSorted())
})

test.each(ways)('%s.ts books, is refused the same period (TRIP_OVERLAP), gives the car back and exits with 0, twice', async (way) => {
  const before = await occupied()
  for (const _ of [1, 2]) {
    const { exitCode, output, errors } = await run(way, here())
    expect(errors).toBe('')
    expect(output).toMatch(
      /^Booked .+ from \S+Z to \S+Z for €[\d,]+\.\d\d\nRefused the same period: (409 )?TRIP_OVERLAP, free again from \S+Z\nGave it back: cancelled\n$/,
    )
    expect(exitCode).toBe(0)
  }
  expect(await occupied()).toBe(before)
})

test.each(ways)('%s.ts books the next free slot where tomorrow is taken', async (way) => {
  const noon = new Date(Date.now() + 86_400_000)
  noon.setUTCHours(12, 0, 0, 0)
  await app.database.sys`
    insert into trips (car_id, id, fleet_id, booked_by_id, purpose, status, trip_start_date, trip_end_date, blocked, currency)
    select c.id, private.uuid_v7(), c.fleet_id, f.system_user_id, 'maintenance', 'confirmed', ${noon}, ${noon}::timestamptz + interval '1 hour',
           tstzrange(${noon}, ${noon}::timestamptz + interval '1 hour', '[]'), f.currency
      from cars c join fleets f on f.id = c.fleet_id
        on conflict on constraint prevent_overlap do nothing`
  const { exitCode, output, errors } = await run(way, here())
  expect(errors).toBe('')
  expect(exitCode).toBe(0)
  const [, start = ''] = /^Booked .+ from (\S+Z) /.exec(output) ?? []
  expect(Date.parse(start)).toBeGreaterThan(noon.getTime())
})

test.each(ways)('%s.ts says what is wrong and exits with 1 where nobody answers', async (way) => {
  const port = await closedPort()
  const { exitCode, output, errors } = await run(way, {
    FLEETFLOW_URL: `http://127.0.0.1:${port}`,
    DATABASE_URL: `postgres://fleetflow_api:x@127.0.0.1:${port}/fleetflow`,
  })
  expect(output).toBe('')
  expect(errors).toMatch(/^Failed: .+\nIs FleetFlow running\?/)
  expect(exitCode).toBe(1)
})
