// Every kind of mistake that an input can hold has its sentence: what db/sql gives as the `reason` of a BAD_INPUT is in the record, and nothing else is.
import { readdirSync, readFileSync } from 'node:fs'
import { raisedCodes } from '@fleetflow/db'
import { sqlObjects } from '@fleetflow/db/admin'
import { inputReasons } from '@fleetflow/server/inputReasons'
import { expect, test } from 'vitest'

const codes = new Set<string>(Object.values(raisedCodes))
const server = new URL('../../server/src/', import.meta.url)

/** Words in capitals that a function writes between quotes, where it gives a reason. */
const saidInSql = new Set(
  sqlObjects()
    .filter(({ text }) => text.includes("'BAD_INPUT'") && text.includes("'reason', "))
    .flatMap(({ text }) => [...text.replace(/--.*$/gm, '').matchAll(/'([A-Z][A-Z_]{3,})'/g)].map(([, word = '']) => word))
    .filter((word) => !codes.has(word)),
)

/** All that the server says between quotes, but for the record itself. */
const saidByServer = readdirSync(server, { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.ts') && !file.endsWith('inputReasons.ts'))
  .map((file) => readFileSync(new URL(file, server), 'utf8'))
  .join('\n')

test('every reason that the database gives has its sentence', () => {
  expect(saidInSql.size).toBeGreaterThanOrEqual(25)
  expect([...saidInSql].filter((reason) => !Object.hasOwn(inputReasons, reason))).toEqual([])
})

test('every sentence is for a reason that somebody gives', () => {
  const unused = Object.keys(inputReasons).filter((reason) => !saidInSql.has(reason) && !saidByServer.includes(`'${reason}'`))
  expect(unused).toEqual([])
})
