// What a key's input is compared by: a default that is written out and one that is left out are the same input.
import { sqlObjects } from '@fleetflow/db/admin'
import { expect, test } from 'vitest'

const texts = sqlObjects().filter(({ folder }) => folder === 'functions')

/** Where several entry functions take the same input, one function builds it for all of them; its text then decides. */
const builderIn = (text: string) => {
  const built = /private\.(\w+_input)\(/.exec(text)?.[1]
  return { name: built ?? '', text: texts.find(({ path }) => path.endsWith(`/${built}.sql`))?.text ?? '' }
}

const entries = texts
  .filter(({ text }) => text.includes('private.perform('))
  .flatMap(({ text }) => {
    const [, name = '', parameters = ''] = /create or replace function public\.(\w+)\(([\s\S]*?)\)\s+returns/.exec(text) ?? []
    return name === '' ? [] : [{ name, parameters, text }]
  })

test('looks at every entry function that changes something', () => {
  expect(entries.length).toBeGreaterThanOrEqual(4)
})

test.each(entries)('$name hands perform its defaults as if they had been given', ({ name, parameters, text }) => {
  const defaults = [...parameters.matchAll(/(\w+) [\w[\]]+ default (?!null\b)/g)]
    .map(([, parameter = '']) => parameter)
    .filter((p) => p !== 'dry_run')
  const builder = builderIn(text)
  const writesOut = (parameter: string) =>
    text.includes(`coalesce(${name}.${parameter},`) ||
    (text.includes(`${name}.${parameter}`) && builder.text.includes(`coalesce(${builder.name}.${parameter},`))
  expect(defaults.filter((parameter) => !writesOut(parameter))).toEqual([])
})

test('calls of a batch build their input where calls that are made alone do', () => {
  const built = (name: string) => builderIn(texts.find(({ path }) => path.endsWith(`/${name}.sql`))?.text ?? '').name
  expect(built('create_trip_rpc')).toBe('create_trip_input')
  expect(built('create_trip_call')).toBe('create_trip_input')
})
