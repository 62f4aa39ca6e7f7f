// Commands that bring their own database: one server for all of them, gone with the last; what `dev` and `start` promise.
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { acquireEmbedded } from '@fleetflow/db/embedded'
import postgres from 'postgres'
import { describe, expect, test, vi } from 'vitest'
import { complaintOf, fleetflow, start, startFleetflow } from '../support/commands.ts'
import { historyOf, temporaryFolder, writeTrips } from '../support/tripFile.ts'

vi.setConfig({ testTimeout: 120_000 })

const folder = temporaryFolder()
const home = join(folder, 'home')
const settings = { FLEETFLOW_HOME: home }
const isRunning = () => existsSync(join(home, 'postgres', 'postmaster.pid'))
const stopped = () => vi.waitFor(() => expect(isRunning()).toBe(false), { timeout: 15_000, interval: 20 })

interface Ready {
  url: string
  token: string
}

async function readyLine(running: ReturnType<typeof start>): Promise<Ready> {
  const line = /^\{"url".*\}$/m.exec(await running.says(/^\{"url".*\}$/m))?.[0] ?? ''
  return JSON.parse(line) as Ready
}

async function carsSeenBy({ url, token }: Ready): Promise<number> {
  const answer = await fetch(`${url}/api/cars?fleet=demo&limit=100`, { headers: { authorization: `Bearer ${token}` } })
  return ((await answer.json()) as { items: unknown[] }).items.length
}

describe('commands without a configured database', () => {
  test('two at once on a fresh home start one server, migrate it once, and the last one stops it', async () => {
    const history = historyOf({ vehicles: 5, groups: 20 })
    const file = writeTrips(folder, 'trips.csv', history.text)
    const mapping = ['--map', 'vehicle=car,start=from,end=to,id=trip']
    const [seeded, imported] = await Promise.all([
      fleetflow(['seed', '--json'], settings),
      fleetflow(['import', 'trips', file, '--fleet', 'bikes', '--create-fleet', ...mapping, '--json'], settings),
    ])
    expect(seeded.code).toBe(0)
    expect(seeded.json()).toMatchObject({ created: true, cars: 12 })
    expect(imported.code).toBe(0)
    expect(imported.json()).toMatchObject({ rows: history.rows, ...history.closed })
    expect(isRunning()).toBe(false)
  })

  test('dev serves the demo fleet with the token it prints, shares its server with other commands, and stops it on Ctrl-C (exit code 0)', async () => {
    const dev = startFleetflow(['dev', '--json'], settings)
    const ready = await readyLine(dev)
    expect(ready).toMatchObject({ docs: `${ready.url}/docs`, fleet: 'demo', user: 'renter@demo.fleetflow.dev', embedded: true })
    expect(await carsSeenBy(ready)).toBe(12)

    const verified = await fleetflow(['verify', '--json'], settings)
    expect([verified.code, verified.json()]).toMatchObject([0, { ok: true, problems: [] }])
    expect((await fetch(`${ready.url}/health/ready`)).status).toBe(200)

    dev.child.kill('SIGINT')
    expect((await dev.finished).code).toBe(0)
    expect(isRunning()).toBe(false)
  })

  test('dev prints for people what to try: address, reference, a curl line that works and the typed client', async () => {
    const dev = startFleetflow(['dev'], settings)
    const text = await dev.says(/Stop: Ctrl-C/)
    const [, url] = /FleetFlow answers at {2}(\S+)/.exec(text) ?? []
    expect(text).toContain(`API reference         ${url}/docs`)
    expect(text).toContain("import { createFleetflowClient } from '@fleetflow/client'")
    const [, address = '', header = ''] = /curl -s '([^']+)' -H 'authorization: ([^']+)'/.exec(text) ?? []
    expect((await fetch(address, { headers: { authorization: header } })).status).toBe(200)
    dev.child.kill('SIGTERM')
    expect((await dev.finished).code).toBe(0)
  })

  test('start serves the same database outside production and says so', async () => {
    const running = startFleetflow(['start', '--json'], settings)
    const { url } = await readyLine(running)
    expect((await fetch(`${url}/health/ready`)).status).toBe(200)
    running.child.kill('SIGTERM')
    const { code, stderr } = await running.finished
    expect(code).toBe(0)
    expect(stderr).toContain('DATABASE_URL is not set: this is the embedded database.')
  })

  test('a port that is taken is named, and nothing is left behind (exit code 1)', async () => {
    const first = startFleetflow(['start', '--json'], settings)
    const { url } = await readyLine(first)
    const second = await fleetflow(['dev'], { ...settings, PORT: new URL(url).port })
    expect([second.code, complaintOf(second)]).toEqual([1, 'fleetflow dev: The port is taken: set PORT to another one (EADDRINUSE)'])
    first.child.kill('SIGTERM')
    await first.finished
    expect(isRunning()).toBe(false)
  })

  test('Ctrl-C at `npx pnpm dev` stops everything', async () => {
    const shell = start('npx', ['pnpm', 'fleetflow', 'dev', '--json'], settings, { detached: true })
    const { url } = await readyLine(shell)
    process.kill(-(shell.child.pid ?? 0), 'SIGINT')
    await shell.finished
    await stopped()
    await expect(fetch(`${url}/health/live`)).rejects.toThrow()
  })
})

describe('fleetflow migrate', () => {
  test('gives fleetflow_api the password of DATABASE_URL', async () => {
    const embedded = await acquireEmbedded({ home: join(folder, 'other'), unsafeNoSync: true })
    try {
      const apiUrl = Object.assign(new URL(embedded.adminUrl), { username: 'fleetflow_api', password: 'p@ss/word' }).href
      const run = await fleetflow(['migrate', '--json'], { ...settings, DATABASE_ADMIN_URL: embedded.adminUrl, DATABASE_URL: apiUrl })
      expect(run.code).toBe(0)
      const sql = postgres(apiUrl, { max: 1 })
      expect(await sql`select current_user::text as name`).toEqual([{ name: 'fleetflow_api' }])
      await sql.end()
    } finally {
      await embedded.release()
    }
  })
})
