// What every procedure takes and answers, inferred from the server's router: types only, nothing of the server runs here.
import type { AppRouter } from '@fleetflow/server/router'
import type { inferRouterInputs, inferRouterOutputs } from '@trpc/server'

/**
 * What each procedure takes: `RouterInputs['trips']['create']` is `{ carId, startDate, endDate, userId?, purpose?, maxTotal? }`.
 * Times are ISO 8601 text with an offset or `Z`, amounts are integers in minor units of the currency (1250 is 12.50 EUR).
 */
export type RouterInputs = inferRouterInputs<AppRouter>

/**
 * What each procedure answers: `RouterOutputs['trips']['create']` is a trip, `RouterOutputs['trips']['list']` is `{ items, nextCursor }`.
 * Times are ISO 8601 text in UTC, amounts are integers in minor units of the `currency` beside them.
 */
export type RouterOutputs = inferRouterOutputs<AppRouter>
