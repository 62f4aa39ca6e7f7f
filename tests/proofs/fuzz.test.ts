// Tens of thousands of malformed and unauthorised requests, made from the router: refused in the documented form, nothing told, nothing changed.
import { createHash } from 'node:crypto'
import type { LightMyRequestResponse } from 'fastify'
import { describe, expect, test } from 'vitest'
import { openTestApp } from '../support/app.ts'
import { makeFleet, makeTrip, makeUser } from '../support/fixtures.ts'
import { isValid, procedures, useIds } from '../support/fuzz/inputs.ts'
import { judge } from '../support/fuzz/judge.ts'
import { fuzzer, type Malformed } from '../support/fuzz/requests.ts'
import { sequence } from '../support/random.ts'
import { openSuperuser } from '../support/superuser.ts'

const wanted = Number(process.env.FUZZ_REQUESTS ?? 50_000)
const seed = Number(process.env.FUZZ_SEED ?? 1)
const canary = 'canary-of-somebody-else'
const atOnce = 16

describe('the API', async () => {
  const app = await openTestApp({ settings: { RATE_LIMIT_MAX: '999999999', SIGN_IN_LIMIT_MAX: '999999999', SWEEP_INTERVAL_MS: '0' } })
  const { sys } = app.database
  const superuser = openSuperuser(app.database)
  const authorization = `Bearer ${await app.token('stranger@example.com')}`
  await app.app.inject({ url: '/api/me', headers: { authorization } })

  const fleet = await makeFleet(sys, { cars: 2, visibility: 'members' })
  const renterId = await makeUser(sys, { name: canary })
  const tripId = await makeTrip(sys, fleet, { renterId, start: '2031-05-01T10:00:00Z', end: '2031-05-02T10:00:00Z' })
  await sys`update fleets set name = ${canary} where id = ${fleet.id}`
  await sys`update cars set name = ${canary} where fleet_id = ${fleet.id}`
  useIds([...fleet.carIds, tripId, renterId, fleet.ownerId, fleet.id, fleet.planId, fleet.classId], [fleet.id, fleet.slug])

  /** Of every row of every table, and how many there are. */
  async function contents(): Promise<{ rows: number; hash: string }> {
    const tables = await superuser<{ name: string }[]>`
      select c.oid::regclass::text as name from pg_class as c where c.relkind = 'r' and c.relnamespace::regnamespace::text !~ '^(pg_|information_schema)'
       order by 1`
    const hash = createHash('sha256')
    let rows = 0
    for (const { name } of tables) {
      const found = await superuser.unsafe(`select t::text as row from ${name} as t order by 1`)
      rows += found.length
      hash.update(JSON.stringify([name, found]))
    }
    return { rows, hash: hash.digest('hex') }
  }

  const send = ({ options }: Malformed): Promise<LightMyRequestResponse> => app.app.inject(options)

  /** The same failure with as little as possible, for whoever reads it. */
  async function shrink(failed: Malformed): Promise<Malformed> {
    let least = failed
    const attempts = (): Malformed[] => {
      const { payload, headers } = least.options
      const fewer = Object.keys(headers)
        .filter((name) => name !== 'authorization')
        .map((name) => ({
          ...least,
          options: { ...least.options, headers: Object.fromEntries(Object.entries(headers).filter(([other]) => other !== name)) },
        }))
      try {
        const body = JSON.parse(String(payload)) as Record<string, unknown>
        const less = Object.keys(body).map((name) =>
          JSON.stringify(Object.fromEntries(Object.entries(body).filter(([other]) => other !== name))),
        )
        return [...fewer, ...less.map((text) => ({ ...least, options: { ...least.options, payload: text } }))]
      } catch {
        return fewer
      }
    }
    for (let smaller: Malformed | undefined = least; smaller !== undefined; ) {
      smaller = undefined
      for (const attempt of attempts()) {
        if (judge(attempt, await send(attempt), canary).wrong === undefined) continue
        smaller = attempt
        least = attempt
        break
      }
    }
    return least
  }

  async function describeFailure(failed: Malformed, wrong: string): Promise<string> {
    const least = await shrink(failed)
    const response = await send(least)
    const { method, url, headers, payload } = least.options
    const shown = Object.entries(headers).map(
      ([name, value]) => `${name}: ${value === authorization ? '(a stranger’s)' : value.slice(0, 200)}`,
    )
    const body = payload === undefined ? '' : String(payload).slice(0, 1500)
    return [
      `${failed.what}: ${wrong}`,
      `${method} ${url.slice(0, 1500)}`,
      ...shown,
      body,
      `-> ${response.statusCode}`,
      response.body.slice(0, 1500),
    ].join('\n')
  }

  test('is known well enough to be fuzzed: a valid input for every procedure, and nearly all of them about something foreign', () => {
    expect(procedures.filter((procedure) => !isValid(procedure, procedure.base)).map(({ path }) => path)).toEqual([])
    expect(procedures.filter(({ foreign }) => foreign).length).toBeGreaterThan(procedures.length / 2)
  })

  test(`refuses ${wanted} malformed requests in the documented form: no 5xx, nothing told, nothing changed (BAD_INPUT and others)`, async () => {
    const before = await contents()
    expect(before.rows).toBeGreaterThan(100)
    const make = fuzzer(sequence(seed), authorization)
    const counts: Record<string, number> = {}
    const wrongs = new Map<string, Malformed>()
    let refused = 0
    const work = async () => {
      while (refused < wanted && wrongs.size < 20) {
        const asked = make()
        const response = await send(asked)
        const verdict = judge(asked, response, canary)
        if (verdict.refused) refused += 1
        counts[response.statusCode] = (counts[response.statusCode] ?? 0) + 1
        const { wrong } = verdict
        if (wrong !== undefined && !wrongs.has(`${asked.what} ${wrong}`)) wrongs.set(`${asked.what} ${wrong}`, asked)
      }
    }
    await Promise.all(Array.from({ length: atOnce }, work))
    console.info(`fuzz: seed ${seed}, ${refused} refused; by status ${JSON.stringify(counts)}`)
    const failures: string[] = []
    for (const [what, failed] of [...wrongs].slice(0, 5)) failures.push(await describeFailure(failed, what))
    expect(failures.join('\n\n')).toBe('')
    expect(await contents()).toEqual(before)
    // The same look at the tables sees a change of one row.
    await sys`update cars set name = 'other' where id = ${fleet.carIds[0] ?? ''}`
    expect(await contents()).not.toEqual(before)
  }, 600_000)
})
