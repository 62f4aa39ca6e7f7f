// What a key's input is compared by: a default that is written out and one that is left out are the same input.
import { sqlObjects } from '@fleetflow/db/admin'
import { expect, test } from 'vitest'

const entries = sqlObjects()
  .filter(({ folder, text }) => folder === 'functions' && text.includes('private.perform('))
  .flatMap(({ text }) => {
    const [, name = '', parameters = ''] = /create or replace function public\.(\w+)\(([\s\S]*?)\)\s+returns/.exec(text) ?? []
    return name === '' ? [] : [{ name, parameters, text }]
  })

test('looks at every entry function that changes something', () => {
  expect(entries.length).toBeGreaterThanOrEqual(4)
})

test.each(entries)('$name hands perform its defaults as if they had been given', ({ name, parameters, text }) => {
  const defaults = [...parameters.matchAll(/(\w+) [\w[\]]+ default (?!null\b)/g)]
    .map(([, parameter]) => parameter)
    .filter((p) => p !== 'dry_run')
  expect(defaults.filter((parameter) => !text.includes(`coalesce(${name}.${parameter},`))).toEqual([])
})
