// The list of `pnpm sabotage`: whole, free of duplicates, true of the tree as it is, and tried by a runner that cannot be fooled.
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import type { Guard } from '../sabotage/guard.ts'
import { guards } from '../sabotage/guards/index.ts'
import { lintGroups, lintName } from '../sabotage/guards/lints.ts'
import { patchesOf } from '../sabotage/patch.ts'
import { tryGuards } from '../sabotage/run.ts'
import { traps } from '../sabotage/traps.ts'

const repository = join(import.meta.dirname, '..', '..')
const names = new Set(guards.map(({ name }) => name))
const listed = (file: string) => new Set(guards.filter(({ test: { file: of } }) => of === file).map(({ test: { title } }) => title))

/** Titles of the plain tests of a file; those of tables are made of their rows. */
const titlesOf = (file: string): string[] =>
  [...readFileSync(join(repository, file), 'utf8').matchAll(/^ {0,2}test\('([^']+)'/gm)].map(([, title = '']) => title)

describe('the list of guards', () => {
  test('has many, under names that can be given to --only', () => {
    expect(guards.length).toBeGreaterThanOrEqual(150)
    expect(names.size).toBe(guards.length)
    expect([...names].filter((name) => name !== name.trim() || name.includes(','))).toEqual([])
  })

  test('takes away what is there, exactly once each', () => {
    for (const guard of guards) expect(() => patchesOf(repository, guard), guard.name).not.toThrow()
  })

  test('is not padded: no two guards take away the same thing', () => {
    const seen = new Map<string, string>()
    const twice = guards.flatMap((guard) => {
      const key = JSON.stringify([guard.remove, guard.test.project])
      const other = seen.get(key)
      seen.set(key, guard.name)
      return other === undefined ? [] : [`${guard.name} is ${other}`]
    })
    expect(twice).toEqual([])
  })

  test('names tests whose file exists', () => {
    for (const { test: of } of guards) expect(readFileSync(join(repository, of.file), 'utf8')).toMatch(/\b(test|it)\b/)
  })

  test('holds every lint over the catalog', () => {
    const lints = lintGroups.flatMap(([, group]) => group.map(lintName))
    expect(lints.length).toBeGreaterThanOrEqual(38)
    expect(lints.filter((name) => !names.has(name))).toEqual([])
    const groups = readdirSync(join(repository, 'tests/support/lints')).filter((file) => file !== 'lint.ts')
    expect(groups.map((file) => file.replace('.ts', '')).toSorted()).toEqual(lintGroups.map(([group]) => group).toSorted())
  })

  test('holds every test of what the catalog, the entry functions and the house must say', () => {
    for (const file of ['tests/db/catalog.test.ts', 'tests/db/wall/entries.test.ts', 'tests/house/delegable.test.ts']) {
      const missing = titlesOf(file).filter((title) => !listed(file).has(title))
      expect([file, ...missing]).toEqual([file])
    }
    const codes = titlesOf('tests/house/errorCodes.test.ts').filter((title) => !title.startsWith('looks at'))
    expect(codes.filter((title) => !listed('tests/house/errorCodes.test.ts').has(title))).toEqual([])
  })

  test('holds every rule of shard_lint', () => {
    const text = readFileSync(join(repository, 'db/sql/functions/shard_lint.sql'), 'utf8')
    const rules = [...text.matchAll(/^ {2}select '[^']+',/gm)]
    expect(rules.length).toBeGreaterThanOrEqual(11)
    expect([...names].filter((name) => name.startsWith('shard_lint: ')).length).toBeGreaterThanOrEqual(rules.length)
  })

  test('holds a guard against every trap', () => {
    expect(traps.length).toBeGreaterThanOrEqual(28)
    expect(traps.flatMap(({ guards: against }) => against.filter((name) => !names.has(name)))).toEqual([])
  })
})

describe('the runner', () => {
  const errors = { file: 'tests/api/errors.test.ts', title: 'of an error is INTERNAL without its text', project: 'app' } as const
  const leak = {
    file: 'server/src/trpc/errors.ts',
    find: '  return envelope(codeOfHttpError(error), requestId)\n',
    replace: '  return envelope(codeOfHttpError(error), requestId, { message: String(error) })\n',
  }
  const tried: Guard[] = [
    { name: 'a guard that is taken away', guards: '', remove: [leak], test: errors },
    { name: 'nothing is taken away', guards: '', remove: [{ ...leak, replace: leak.find }], test: errors },
    { name: 'nothing is there to be taken away', guards: '', remove: [{ ...leak, find: 'no such text' }], test: errors },
    { name: 'a program that does not start', guards: '', remove: [{ ...leak, replace: '}}}' }], test: errors },
    { name: 'a migration that fails', guards: '', remove: [{ sql: 'select 1 / 0' }], test: errors },
    { name: 'a test that does not exist', guards: '', remove: [leak], test: { ...errors, title: 'no such test' } },
    { name: 'a test that fails for another reason', guards: '', remove: [leak], test: errors, says: 'words that nobody says' },
  ]

  test('calls caught what turns its test red, and nothing that it did not see', { timeout: 300_000 }, async () => {
    const outcomes = await tryGuards(tried, { signal: new AbortController().signal })
    expect(Object.fromEntries(outcomes.map(({ guard, caught, reason }) => [guard.name, caught ? 'caught' : reason.split(':')[0]]))).toEqual(
      {
        'a guard that is taken away': 'caught',
        'nothing is taken away': 'the test stays green',
        'nothing is there to be taken away': 'server/src/trpc/errors.ts holds what is to be taken away 0 times, not once',
        'a program that does not start': 'the test did not run',
        'a migration that fails': 'the test did not run',
        'a test that does not exist': 'the test is not green as things are',
        'a test that fails for another reason': 'the test fails for another reason',
      },
    )
  })
})
