// The whole list.
import type { Guard } from '../guard.ts'
import { catalogGuards } from './catalog.ts'

export const guards: readonly Guard[] = [...catalogGuards]
