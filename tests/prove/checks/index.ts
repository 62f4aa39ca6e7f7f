// Every check that a run is held against. A new one is a file here and a name in this list.
import { acknowledged, lost, refused } from './acknowledged.ts'
import type { Check } from './check.ts'
import { limits, ratings } from './counts.ts'
import { drivers } from './drivers.ts'
import { events } from './events.ts'
import { expiry } from './expiry.ts'
import { histories } from './histories.ts'
import { quotes, totals } from './money.ts'
import { cover, overlaps } from './overlaps.ts'

export const checks: readonly Check[] = [
  overlaps,
  cover,
  lost,
  refused,
  acknowledged,
  totals,
  quotes,
  histories,
  events,
  ratings,
  limits,
  drivers,
  expiry,
]
