// The price of a rental written a second time, from the description alone: Temporal for the calendar, BigInt for the money.
import type { Sample, Tariff } from './priceSamples.ts'

const million = 1_000_000n

/** `amount` times `ppm` of `whole`, half up. */
const share = (amount: bigint, ppm: bigint, whole = million): bigint => (2n * amount * ppm + whole) / (2n * whole)

/** The day numbers and the started hours of a rental. */
export function units(zone: string, start: string, end: string): { first: Temporal.PlainDate; days: number; hours: number } {
  const from = Temporal.Instant.from(start).toZonedDateTimeISO(zone)
  const to = Temporal.Instant.from(end)
  const reaches = (days: number): boolean => Temporal.Instant.compare(from.add({ days }).toInstant(), to) <= 0
  let days = Math.max(0, Math.floor((to.epochMilliseconds - from.epochMilliseconds) / 86_400_000) - 2)
  while (reaches(days + 1)) days += 1
  const rest = Number(to.epochNanoseconds - from.add({ days }).epochNanoseconds) / 60e9
  return { first: from.toPlainDate(), days, hours: days > 0 && rest <= 59 ? 0 : Math.ceil(rest / 60) }
}

/** Answers what the first so many days cost: no dearer than any longer rental, tried one by one. */
function dayCosts(tariff: Tariff, first: Temporal.PlainDate): (length: number) => bigint {
  const exact: bigint[] = []
  const sums = new Map<number, bigint[]>()

  /** In 10^-12 minor units, before the length factor. */
  const price = (day: number): bigint => {
    const known = exact[day]
    if (known !== undefined) return known
    const date = first.add({ days: day })
    const iso = date.toString()
    const season = tariff.seasons.find((s) => s.from <= iso && iso <= s.to)
    const base = BigInt(season?.dayRate ?? tariff.dayRate) * BigInt(season?.ppm ?? 1_000_000)
    exact[day] = base * BigInt(tariff.weekdays?.[date.dayOfWeek - 1] ?? 1_000_000)
    return exact[day] ?? 0n
  }

  /** All of them at the tier that so many days reach. */
  const atTier = (length: number): bigint => {
    const tier = tariff.tiers?.filter((t) => t.days <= length).at(-1)
    const known = sums.get(tier?.days ?? 0) ?? [0n]
    sums.set(tier?.days ?? 0, known)
    while (known.length <= length)
      known.push((known.at(-1) ?? 0n) + share(price(known.length - 1), BigInt(tier?.ppm ?? 1_000_000), million ** 3n))
    return known[length] ?? 0n
  }

  return (length) => {
    if (length === 0) return 0n
    let best = atTier(length)
    for (let other = length + 1; other <= (tariff.tiers?.at(-1)?.days ?? 0); other += 1) {
      const cost = atTier(other)
      if (cost < best) best = cost
    }
    return best
  }
}

/** The totals of a sample's rentals. */
export function modelTotals({ tariff, zone, start, ends, asOf, extras }: Sample): bigint[] {
  let cost: ((length: number) => bigint) | undefined
  return ends.map((end) => {
    const { first, days, hours } = units(zone, start, end)
    cost ??= dayCosts(tariff, first)
    let total = cost(days)
    if (hours > 0) {
      const byHour = total + BigInt(hours) * BigInt(tariff.hourRate)
      const byDay = cost(days + 1)
      total = byHour < byDay ? byHour : byDay
    }
    if (total < BigInt(tariff.minimumCharge)) total = BigInt(tariff.minimumCharge)
    const begun = BigInt(days + (hours > 0 ? 1 : 0))
    for (const { code, per, amount } of tariff.extras ?? []) {
      const quantity = BigInt(extras.find((extra) => extra.code === code)?.quantity ?? 0)
      total += quantity * BigInt(amount) * (per === 'day' ? begun : 1n)
    }
    for (const { amount, ppm } of tariff.fees ?? []) total += amount === undefined ? share(total, BigInt(ppm ?? 0)) : BigInt(amount)
    const lead = Date.parse(start) - Date.parse(asOf)
    for (const { ppm, leadDays } of tariff.discounts ?? []) {
      if (lead >= (leadDays ?? 0) * 86_400_000) total -= share(total, BigInt(ppm))
    }
    const added = (tariff.taxes ?? []).filter((tax) => !tax.inclusive)
    return added.reduce((sum, { ppm }) => sum + share(total, BigInt(ppm)), total)
  })
}
