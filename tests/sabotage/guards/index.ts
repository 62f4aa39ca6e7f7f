// The whole list.
import type { Guard } from '../guard.ts'
import { checkGuards } from './checks.ts'
import { httpGuards } from './http.ts'
import { identityGuards } from './identity.ts'
import { lintGuards } from './lints.ts'
import { postgresGuards } from './postgres.ts'

export const guards: readonly Guard[] = [...identityGuards, ...lintGuards, ...postgresGuards, ...httpGuards, ...checkGuards]
