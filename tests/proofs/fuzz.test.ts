// Tens of thousands of malformed and unauthorised calls over tRPC, made from the router: refused in the documented form, nothing told, nothing changed.
import { describe, expect, test } from 'vitest'
import { isValid, procedures } from '../support/fuzz/inputs.ts'
import { fuzz, wanted } from '../support/fuzz/run.ts'

describe('the API over tRPC', () => {
  test('is known well enough to be fuzzed: a valid input for every procedure, and nearly all of them about something foreign', () => {
    expect(procedures.filter((procedure) => !isValid(procedure, procedure.base)).map(({ path }) => path)).toEqual([])
    expect(procedures.filter(({ foreign }) => foreign).length).toBeGreaterThan(procedures.length / 2)
  })

  test(`refuses ${wanted} malformed requests in the documented form: no 5xx, nothing told, nothing changed (BAD_INPUT and others)`, async () => {
    await fuzz('tRPC')
  }, 600_000)
})
