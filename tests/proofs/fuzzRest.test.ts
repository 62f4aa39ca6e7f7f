// Tens of thousands of malformed and unauthorised requests over REST and to the bundled issuer: refused in the documented form, nothing told, nothing changed.
import { describe, expect, test } from 'vitest'
import { unknownEndpoints } from '../support/fuzz/auth.ts'
import { fuzz, wanted } from '../support/fuzz/run.ts'

describe('the API over REST, and /auth', () => {
  test('are known well enough to be fuzzed: a valid input for every endpoint of the issuer', () => {
    expect(unknownEndpoints).toEqual([])
  })

  test(`refuses ${wanted} malformed requests over REST and to /auth in the documented form: no 5xx, nothing told, nothing changed (BAD_INPUT and others)`, async () => {
    await fuzz('REST')
  }, 600_000)
})
