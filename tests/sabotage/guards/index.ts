// The whole list.
import type { Guard } from '../guard.ts'
import { accessGuards } from './access.ts'
import { bookingGuards } from './bookings.ts'
import { carsGuards } from './cars.ts'
import { checkGuards } from './checks.ts'
import { fleetsGuards } from './fleets.ts'
import { httpGuards } from './http.ts'
import { identityGuards } from './identity.ts'
import { issuerGuards } from './issuer.ts'
import { keysGuards } from './keys.ts'
import { limitsGuards } from './limits.ts'
import { lintGuards } from './lints.ts'
import { postgresGuards } from './postgres.ts'
import { standardGuards } from './standard.ts'
import { tokensGuards } from './tokens.ts'
import { transportGuards } from './transport.ts'
import { workersGuards } from './workers.ts'

export const guards: readonly Guard[] = [
  ...identityGuards,
  ...keysGuards,
  ...fleetsGuards,
  ...accessGuards,
  ...carsGuards,
  ...bookingGuards,
  ...postgresGuards,
  ...httpGuards,
  ...tokensGuards,
  ...limitsGuards,
  ...transportGuards,
  ...workersGuards,
  ...issuerGuards,
  ...standardGuards,
  ...checkGuards,
  ...lintGuards,
]
