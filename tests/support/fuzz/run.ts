// An API with something of somebody else's in it, to be fuzzed: asks, judges, shrinks what is wrong, and looks whether anything changed.
import { createHash } from 'node:crypto'
import type { LightMyRequestResponse } from 'fastify'
import { expect } from 'vitest'
import { makeFleet, makeTrip, makeUser } from '../fixtures.ts'
import { openIssuerApp, signIn, signUp, tokenOf } from '../issuer.ts'
import { sequence } from '../random.ts'
import { openSuperuser } from '../superuser.ts'
import { useIds } from './inputs.ts'
import { judge } from './judge.ts'
import { fuzzer, type Malformed, type Surface } from './requests.ts'

/** In one file; there are two. */
export const wanted = Number(process.env.FUZZ_REQUESTS ?? 50_000) / 2
const seed = Number(process.env.FUZZ_SEED ?? 1)
const canary = 'canary-of-somebody-else'
const atOnce = 16

/** Expects `wanted` refusals in the documented form, and every table as it was. */
export async function fuzz(surface: Surface): Promise<void> {
  const limits = { RATE_LIMIT_MAX: '999999999', SIGN_IN_LIMIT_MAX: '999999999', SIGN_IN_ACCOUNT_LIMIT_MAX: '999999999' }
  const app = await openIssuerApp({ settings: { ...limits, SWEEP_INTERVAL_MS: '0' } })
  const { sys } = app.database
  const superuser = openSuperuser(app.database)
  const authorization = `Bearer ${await app.token('stranger@example.com')}`
  await app.app.inject({ url: '/api/me', headers: { authorization } })
  await signUp(app, 'signed-in@example.com')
  const session = await signIn(app, 'signed-in@example.com')
  // The first token makes the key that signs it.
  await tokenOf(app, session)

  const fleet = await makeFleet(sys, { cars: 2, visibility: 'members' })
  const renterId = await makeUser(sys, { name: canary })
  const tripId = await makeTrip(sys, fleet, { renterId, start: '2031-05-01T10:00:00Z', end: '2031-05-02T10:00:00Z' })
  await sys`update fleets set name = ${canary} where id = ${fleet.id}`
  await sys`update cars set name = ${canary} where fleet_id = ${fleet.id}`
  useIds([...fleet.carIds, tripId, renterId, fleet.ownerId, fleet.id, fleet.planId, fleet.classId], [fleet.id, fleet.slug])

  /** Of every table: how many rows, and what they hold. */
  async function contents(): Promise<Record<string, string>> {
    const tables = await superuser<{ name: string }[]>`
      select c.oid::regclass::text as name from pg_class as c where c.relkind = 'r' and c.relnamespace::regnamespace::text !~ '^(pg_|information_schema)'
       order by 1`
    const found: Record<string, string> = {}
    for (const { name } of tables) {
      const rows = await superuser.unsafe(`select t::text as row from ${name} as t order by 1`)
      found[name] = `${rows.length} ${createHash('sha256').update(JSON.stringify(rows)).digest('hex')}`
    }
    return found
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

  const before = await contents()
  const mailed = app.mailbox.length
  const sizes = Object.values(before).map((found) => Number.parseInt(found, 10))
  expect(sizes.reduce((sum, size) => sum + size)).toBeGreaterThan(100)
  for (const table of ['issuer.users', 'issuer.sessions', 'issuer.jwks']) expect(before[table]).toMatch(/^[1-9]/)
  const make = fuzzer(sequence(seed), surface, authorization, session)
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
  console.info(`fuzz ${surface}: seed ${seed}, ${refused} refused; by status ${JSON.stringify(counts)}`)
  const failures: string[] = []
  for (const [what, failed] of [...wrongs].slice(0, 5)) failures.push(await describeFailure(failed, what))
  expect(failures.join('\n\n')).toBe('')
  expect(await contents()).toEqual(before)
  expect(app.mailbox.slice(mailed)).toEqual([])
  // The same look at the tables sees a change of one row.
  await sys`update cars set name = 'other' where id = ${fleet.carIds[0] ?? ''}`
  expect(await contents()).not.toEqual(before)
}
