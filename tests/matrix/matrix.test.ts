// Every procedure x everybody x every id, over tRPC and over every REST route: who may, who may not, and what they are told.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { appRouter } from '@fleetflow/server'
import { afterAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { restRoutes } from '../../server/src/restRoutes.ts'
import { openTestDatabase } from '../support/database.ts'
import { absentId, type ForeignId, type Input, type Known, known, type Row, spell, type Verdict, verdictsOf } from './row.ts'
import { rows } from './rows/index.ts'
import { type Caller, callers, makeScene } from './scene.ts'
import { type Transport, transportsOf, verdictOf } from './send.ts'
import { openStage } from './stage.ts'

interface Procedure {
  _def: { type: string; inputs: z.ZodType[] }
}

const procedures = Object.entries(appRouter._def.procedures as unknown as Record<string, Procedure>)
const home = mkdtempSync(join(tmpdir(), 'fleetflow-matrix-'))
const db = await openTestDatabase()
const scene = await makeScene(db.sys, home)
const stage = await openStage({ apiUrl: db.apiUrl, home })
afterAll(async () => {
  await stage[Symbol.asyncDispose]()
  rmSync(home, { recursive: true, force: true })
})

/** Arguments that name somebody's thing: ids, and fleets by id or slug. */
function idsOf(procedure: Procedure): string[] {
  const schema = z.toJSONSchema(procedure._def.inputs[0] ?? z.never(), { io: 'input' }) as {
    properties?: Record<string, { format?: string; anyOf?: { format?: string }[] }>
  }
  return Object.entries(schema.properties ?? {})
    .filter(([name, { format, anyOf }]) => name === 'fleet' || [format, ...(anyOf ?? []).map((form) => form.format)].includes('uuid'))
    .map(([name]) => name)
}

/** One cell: what a caller is told, and that a refusal names nothing of the rival fleet that the caller did not name. */
async function cell(transport: Transport, caller: Caller, input: Input): Promise<Verdict> {
  const response = await stage.act(() => transport.send(stage.app, input, scene.headers[caller]))
  if (caller !== 'rival' && caller !== 'admin') {
    const sent = JSON.stringify(input)
    const told = scene.secrets.filter((secret) => response.body.includes(secret) && !sent.includes(secret))
    expect(told, `${transport.name} as ${caller} tells of another fleet`).toEqual([])
  }
  return verdictOf(response)
}

/** The verdicts of all callers, each beside its name. */
async function column(transport: Transport, among: readonly Caller[], input: Input): Promise<Record<string, Verdict>> {
  const verdicts: Record<string, Verdict> = {}
  for (const caller of among) verdicts[caller] = await cell(transport, caller, input)
  return verdicts
}

/** Those who may make the call are told what the row says, the others no more than before. */
function expectedOf(row: Row, id: ForeignId, caller: Known): Verdict[] {
  const told = spell(id.told ?? {})[caller]
  if (told !== undefined) return [told]
  const verdict = verdictsOf(row)[caller]
  return verdict === 'FORBIDDEN' ? ['FORBIDDEN', 'NOT_FOUND'] : ['NOT_FOUND']
}

async function expectHidden(transport: Transport, row: Row, id: ForeignId, input: Input, among: readonly Known[]): Promise<void> {
  const wrong: string[] = []
  for (const caller of among) {
    const verdict = await cell(transport, caller, input)
    const expected = expectedOf(row, id, caller)
    if (!expected.includes(verdict)) wrong.push(`${transport.name} as ${caller}: ${verdict}, not ${expected.join(' or ')}`)
  }
  expect(wrong).toEqual([])
}

test('every procedure has a row, every row a procedure, every id of every procedure something to name instead', () => {
  expect(Object.keys(rows).toSorted()).toEqual(procedures.map(([name]) => name).toSorted())
  for (const [name, procedure] of procedures) {
    expect([name, ...Object.keys(rows[name]?.ids ?? {}).toSorted()]).toEqual([name, ...idsOf(procedure).toSorted()])
  }
  const served = new Set(restRoutes.flatMap(({ operations }) => operations.map((operation) => operation.procedure)))
  expect([...served].toSorted()).toEqual(procedures.map(([name]) => name).toSorted())
})

describe.each(procedures)('%s', (name, procedure) => {
  const row: Row = rows[name] ?? { input: () => ({}), who: {} }
  const transports = transportsOf(name, procedure._def.type)
  const base = () => row.input(scene)
  const outsiders = callers.filter((caller) => !known.includes(caller as Known))

  test.each(transports)('$name answers everybody as its row says', async (transport) => {
    const strangers = Object.fromEntries(outsiders.map((caller) => [caller, caller === 'keyOut' ? 'FORBIDDEN' : 'UNAUTHENTICATED']))
    expect(await column(transport, callers, base())).toEqual({ ...strangers, ...verdictsOf(row) })
  })

  const ids = Object.entries(row.ids ?? {}) as [string, ForeignId][]
  if (ids.length === 0) return
  test.each(ids)("%s that is another fleet's or nobody's is not there, for anybody", async (argument, id) => {
    const naming = (named: string) => id.input?.(scene, named) ?? { ...base(), [argument]: named }
    const insiders = known.filter((caller) => caller !== 'rival' && caller !== 'admin')
    for (const transport of transports) {
      await expectHidden(transport, row, id, naming(id.foreign(scene)), insiders)
      await expectHidden(transport, row, id, naming(argument === 'fleet' ? 'no-such-fleet' : absentId), known)
    }
  })
})
