// The sabotages by name. A harness that does not notice one of them proves nothing.
import { clock } from './clock.ts'
import { constraint } from './constraint.ts'
import { lock } from './lock.ts'
import { order } from './order.ts'
import type { Sabotage } from './sabotage.ts'
import { sequence } from './sequence.ts'

export const sabotages: Readonly<Record<string, Sabotage>> = Object.fromEntries(
  [constraint, lock, order, sequence, clock].map((sabotage) => [sabotage.name, sabotage]),
)
