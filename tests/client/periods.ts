// Periods far enough ahead to be free in the demo fleet: each one its own week.
const dayMs = 86_400_000

/** Two days of the nth week, counted from about a year ahead. */
export function freePeriod(n: number): { startDate: string; endDate: string } {
  const start = Math.floor(Date.now() / dayMs) * dayMs + (300 + 7 * n) * dayMs
  return { startDate: new Date(start).toISOString(), endDate: new Date(start + 2 * dayMs).toISOString() }
}
