// Every procedure is either one that an API key may be for, or reserved to people: nobody adds one without deciding.
import { sqlObjects } from '@fleetflow/db/admin'
import { appRouter } from '@fleetflow/server'
import { expect, test } from 'vitest'

/** Making keys, people and their roles, and an account stay in people's hands. */
const reserved = [
  /^apiKeys\./,
  /^members\./,
  /^invitations\./,
  /^users\./,
  /^fleets\.(create|update|transfer)$/,
  /^me\.(update|export|erase)$/,
]

const text = sqlObjects().find(({ path }) => path.endsWith('/delegable_procedures.sql'))?.text ?? ''
const body = /select array\[([\s\S]*?)\]/.exec(text)?.[1] ?? ''
const delegable = [...body.matchAll(/'([\w.]+)'/g)].map(([, name = '']) => name)
const procedures = Object.keys(appRouter._def.procedures)
const isReserved = (name: string) => reserved.some((pattern) => pattern.test(name))

test('every procedure can be delegated to an API key or is reserved, and none is both', () => {
  expect(delegable.length).toBeGreaterThanOrEqual(30)
  expect(procedures.filter((name) => !isReserved(name)).toSorted()).toEqual(delegable.toSorted())
  expect(delegable.filter(isReserved)).toEqual([])
  expect(new Set(delegable).size).toBe(delegable.length)
})
