// Random tariffs, places and periods: clock changes of an hour and of half an hour, zones that skipped a day, currencies of 0, 2 and 3 decimals.
import { sequence } from './random.ts'

interface Season {
  name: string
  from: string
  to: string
  dayRate?: number
  ppm?: number
}

export interface Tariff {
  currency: string
  dayRate: number
  hourRate: number
  minimumCharge: number
  seasons: Season[]
  weekdays?: number[]
  tiers?: { days: number; ppm: number }[]
  extras?: { code: string; name: string; per: 'trip' | 'day'; amount: number }[]
  fees?: { name: string; amount?: number; ppm?: number }[]
  discounts?: { name: string; ppm: number; leadDays?: number }[]
  taxes?: { name: string; ppm: number; inclusive: boolean }[]
}

/** A car's tariff and zone, and rentals of growing length from one start. */
export interface Sample {
  tariff: Tariff
  zone: string
  start: string
  ends: string[]
  asOf: string
  extras: { code: string; quantity: number }[]
}

/** Zones, each with instants near which its clocks were moved. */
export const clockChanges: Record<string, string[]> = {
  'Europe/Berlin': ['2024-03-31T01:00Z', '2024-10-27T01:00Z'],
  'America/New_York': ['2024-03-10T07:00Z', '2024-11-03T06:00Z'],
  'America/St_Johns': ['2024-03-10T05:30Z', '2006-10-29T02:31Z'],
  'America/Sao_Paulo': ['2018-02-18T02:00Z', '2018-11-04T03:00Z'],
  'Australia/Lord_Howe': ['2024-04-06T15:00Z', '2024-10-05T15:30Z'],
  'Pacific/Chatham': ['2024-04-06T14:00Z', '2024-09-28T14:00Z'],
  'Pacific/Apia': ['2011-12-30T10:00Z', '2012-03-31T14:00Z'],
  'Pacific/Kwajalein': ['1993-08-21T12:00Z'],
  'Asia/Kathmandu': ['2020-02-28T18:15Z'],
  UTC: ['2023-12-31T00:00Z', '2024-02-28T00:00Z'],
}

const minorUnitsOf: Record<string, number> = { JPY: 1, EUR: 100, KWD: 1000 }
const minute = 60_000

interface Dice {
  below: (n: number) => number
  one: <T>(of: readonly T[]) => T
  /** True once in `n` times. */
  rarely: (n: number) => boolean
}

function dice(seed: number): Dice {
  const below = sequence(seed)
  return {
    below,
    one: (of) => of[below(of.length)] as (typeof of)[number],
    rarely: (n) => below(n) === 0,
  }
}

function randomTariff({ below, one, rarely }: Dice, around: number): Tariff {
  const currency = one(Object.keys(minorUnitsOf))
  const unit = minorUnitsOf[currency] ?? 1
  const amount = (most: number) => below(most * unit)
  const day = rarely(50) ? 0 : 1 + amount(200)
  const tariff: Tariff = {
    currency,
    dayRate: rarely(500) ? 1_000_000_000_000 : day,
    hourRate: rarely(5) ? below(day + 2) : 1 + Math.floor(day / (3 + below(30))),
    minimumCharge: rarely(3) ? amount(60) : 0,
    seasons: [],
  }
  if (rarely(2)) tariff.weekdays = Array.from({ length: 7 }, () => (rarely(2) ? 1_000_000 : 500_000 + below(1_000_000)))
  if (!rarely(3)) {
    let [days, ppm] = [1, 1_000_000]
    tariff.tiers = Array.from({ length: 1 + below(4) }, () => {
      days += 1 + below(one([3, 8, 30]))
      ppm -= below(Math.floor(ppm / 3))
      return { days, ppm }
    })
  }
  let at = around - (5 + below(20)) * 86_400_000
  while (rarely(2) && tariff.seasons.length < 4) {
    const from = new Date(at)
    const to = new Date(at + below(14) * 86_400_000)
    const price = rarely(2) ? { dayRate: amount(250) } : { ppm: 400_000 + below(1_600_000) }
    const date = (d: Date) => d.toISOString().slice(0, 10)
    tariff.seasons.push({ name: `Season ${tariff.seasons.length + 1}`, from: date(from), to: date(to), ...price })
    at = to.getTime() + (1 + below(5)) * 86_400_000
  }
  if (rarely(3)) {
    tariff.extras = [
      { code: 'seat', name: 'Child seat', per: 'day', amount: amount(20) },
      { code: 'box', name: 'Roof box', per: 'trip', amount: amount(90) },
    ]
  }
  if (rarely(3))
    tariff.fees = [
      one([
        { name: 'Cleaning', amount: amount(40) },
        { name: 'Airport', ppm: below(200_000) },
      ]),
    ]
  if (rarely(3))
    tariff.discounts = [
      { name: 'Early bird', ppm: below(300_000), leadDays: below(60) },
      ...(rarely(2) ? [{ name: 'Launch', ppm: below(100_000) }] : []),
    ]
  if (!rarely(3))
    tariff.taxes = [
      { name: 'VAT', ppm: below(270_000), inclusive: rarely(2) },
      ...(rarely(4) ? [{ name: 'City', ppm: below(50_000), inclusive: rarely(2) }] : []),
    ]
  return tariff
}

/** `count` samples of `lengths` rentals each; half of the rentals differ by less than two days. */
export function samples(seed: number, count: number, lengths: number): Sample[] {
  const random = dice(seed)
  const { below, one, rarely } = random
  return Array.from({ length: count }, () => {
    const zone = one(Object.keys(clockChanges))
    const around = Date.parse(one(clockChanges[zone] ?? []))
    const tariff = randomTariff(random, around)
    const start = around - below(6 * 1440) * minute
    let end = start
    const ends = Array.from({ length: lengths }, () => {
      end += (1 + below(one([90, 1600, 3000, 12_000]))) * minute
      return new Date(end + (rarely(20) ? 1 : 0)).toISOString()
    })
    const asOf = new Date(start - below(90 * 1440) * minute).toISOString()
    const extras = (tariff.extras ?? []).filter(() => rarely(2)).map(({ code }) => ({ code, quantity: 1 + below(3) }))
    return { tariff, zone, start: new Date(start).toISOString(), ends, asOf, extras }
  })
}
