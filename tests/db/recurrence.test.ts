// What a recurrence rule means: compared with a second expansion, day by day, and with Temporal's reading of the clocks of many zones.
import { appRouter } from '@fleetflow/server'
import { describe, expect, test } from 'vitest'
import { openTestDatabase } from '../support/database.ts'
import { firstCar, makeFleet } from '../support/fixtures.ts'
import { sequence } from '../support/random.ts'

const names = ['MO', 'TU', 'WE', 'TH', 'FR', 'SA', 'SU']
const zones = ['Europe/Lisbon', 'America/New_York', 'Australia/Lord_Howe', 'Asia/Kathmandu', 'America/St_Johns', 'Pacific/Auckland', 'UTC']

interface Rule {
  freq: 'DAILY' | 'WEEKLY' | 'MONTHLY' | 'YEARLY'
  interval: number
  /** Weekdays, with an ordinal within the month where it is not 0. */
  byDay: { ordinal: number; day: number }[]
  byMonthDay: number[]
  byMonth: number[]
  count?: number
  until?: Temporal.PlainDateTime
}

const some = <T>(next: (below: number) => number, from: readonly T[], most: number): T[] =>
  from.filter(() => next(from.length) < most).slice(0, most)

function randomRule(next: (below: number) => number, start: Temporal.PlainDateTime): Rule {
  const freq = (['DAILY', 'WEEKLY', 'WEEKLY', 'MONTHLY', 'MONTHLY', 'YEARLY'] as const)[next(6)] ?? 'DAILY'
  const days = some(next, [1, 2, 3, 4, 5, 6, 7], 3)
  const byMonthDay = freq === 'MONTHLY' && next(2) === 0 ? [...new Set([1 + next(31), 1 + next(31), -1 - next(5)])] : []
  const ordinal = () => (freq === 'MONTHLY' && next(3) > 0 ? ([1, 2, 3, 4, 5, -1, -2][next(7)] ?? 1) : 0)
  const byDay =
    byMonthDay.length === 0 && (freq === 'WEEKLY' || (freq === 'MONTHLY' && next(2) === 0) || (freq === 'DAILY' && next(4) === 0))
      ? days.map((day) => ({ ordinal: ordinal(), day }))
      : []
  const rule = {
    freq,
    interval: 1 + next(freq === 'YEARLY' ? 2 : 4),
    byDay,
    byMonthDay,
    byMonth: next(5) === 0 ? some(next, [1, 3, 4, 7, 10, 11], 3) : [],
  }
  if (freq === 'YEARLY') rule.byMonth = []
  return next(2) === 0
    ? { ...rule, count: 1 + next(freq === 'YEARLY' ? 12 : 40) }
    : { ...rule, until: start.add({ days: next(500), minutes: next(3) }).subtract({ minutes: 1 }) }
}

function textOf({ freq, interval, byDay, byMonthDay, byMonth, count, until }: Rule): string {
  return [
    `FREQ=${freq}`,
    interval > 1 ? `INTERVAL=${interval}` : '',
    byDay.length > 0 ? `BYDAY=${byDay.map(({ ordinal, day }) => `${ordinal || ''}${names[day - 1]}`).join(',')}` : '',
    byMonthDay.length > 0 ? `BYMONTHDAY=${byMonthDay.join(',')}` : '',
    byMonth.length > 0 ? `BYMONTH=${byMonth.join(',')}` : '',
    count === undefined ? '' : `COUNT=${count}`,
    until === undefined ? '' : `UNTIL=${until.toString({ smallestUnit: 'second' }).replaceAll(/[-:]/g, '')}`,
  ]
    .filter((part) => part !== '')
    .join(';')
}

/** Whether a day belongs to the rule, asked of every day from the start on. */
function hits(rule: Rule, start: Temporal.PlainDate, date: Temporal.PlainDate): boolean {
  const monday = (day: Temporal.PlainDate) => day.subtract({ days: day.dayOfWeek - 1 })
  const months = (date.year - start.year) * 12 + date.month - start.month
  const periods = {
    DAILY: start.until(date).days,
    WEEKLY: monday(start).until(monday(date)).days / 7,
    MONTHLY: months,
    YEARLY: date.year - start.year,
  }
  if (periods[rule.freq] % rule.interval !== 0) return false
  if (rule.byMonth.length > 0 && !rule.byMonth.includes(date.month)) return false
  if (rule.byMonthDay.length > 0 && !rule.byMonthDay.some((day) => date.day === (day > 0 ? day : date.daysInMonth + 1 + day))) return false
  const nth = Math.ceil(date.day / 7)
  const fromEnd = -Math.ceil((date.daysInMonth - date.day + 1) / 7)
  const named = rule.byDay.some(({ ordinal, day }) => day === date.dayOfWeek && (ordinal === 0 || ordinal === nth || ordinal === fromEnd))
  if (rule.byDay.length > 0) return named
  if (rule.freq === 'WEEKLY') return date.dayOfWeek === start.dayOfWeek
  if (rule.freq === 'MONTHLY' && rule.byMonthDay.length === 0) return date.day === start.day
  if (rule.freq === 'YEARLY') return date.month === start.month && date.day === start.day
  return true
}

function expandDayByDay(rule: Rule, start: Temporal.PlainDateTime): string[] {
  const found: string[] = []
  let date = start.toPlainDate()
  for (let day = 0; day < 366 * 50 && found.length < Math.min(rule.count ?? 201, 201); day += 1, date = date.add({ days: 1 })) {
    const wall = date.toPlainDateTime(start.toPlainTime())
    if (rule.until !== undefined && Temporal.PlainDateTime.compare(wall, rule.until) > 0) break
    if (hits(rule, start.toPlainDate(), date)) found.push(wall.toString({ smallestUnit: 'second' }))
  }
  return found
}

interface Parsed {
  success: boolean
  data?: { occurrences: string[]; minutes: number }
  error?: { issues: { path: unknown[]; params?: { reason?: string } }[] }
}

/** What trips.createSeries makes of its input before it asks the database. */
function parse(rrule: string, localStart: string, localEnd: string): Parsed {
  const procedures = appRouter._def.procedures as unknown as Record<string, { _def: { inputs: { safeParse(input: unknown): Parsed }[] } }>
  const schema = procedures['trips.createSeries']?._def.inputs[0]
  if (schema === undefined) throw new Error('trips.createSeries takes no input')
  return schema.safeParse({ carId: '0198f3a2-7c1d-7e2f-8a3b-4c5d6e7f8091', rrule, localStart, localEnd })
}

describe('a recurrence rule', async () => {
  const { sys } = await openTestDatabase()
  const carOf = new Map<string, string>()
  for (const timeZone of zones) carOf.set(timeZone, firstCar(await makeFleet(sys, { timeZone })))

  test('comes up on the same local times as day by day, and these are the instants that the clocks of the zone show', async () => {
    const next = sequence(5545)
    let [rules, occurrences, changed] = [0, 0, 0]
    for (let round = 0; round < 400; round += 1) {
      const start = Temporal.PlainDateTime.from({
        year: 2015 + next(8),
        month: 1 + next(12),
        day: 1 + next(28),
        hour: next(4),
        minute: 15 * next(4),
      })
      const rule = randomRule(next, start)
      const text = textOf(rule)
      const wanted = expandDayByDay(rule, start)
      const minutes = 30 + next(600)
      const local = (time: Temporal.PlainDateTime) => time.toString({ smallestUnit: 'minute' })
      const parsed = parse(text, local(start), local(start.add({ minutes })))
      if (wanted.length === 0 || wanted.length > 200) {
        const reason = parsed.error?.issues[0]?.params?.reason
        expect([text, reason]).toEqual([text, wanted.length > 0 ? 'TOO_MANY' : rule.until ? 'NO_OCCURRENCES' : 'TOO_SPARSE'])
        continue
      }
      expect({ text, start: local(start), ...parsed.data }).toMatchObject({ text, minutes, occurrences: wanted })
      rules += 1
      if (round % 3 > 0) continue

      const zone = zones[round % zones.length] ?? 'UTC'
      const periods = await sys<{ starts: string; ends: string }[]>`
        select private.iso(p.starts) as starts, private.iso(p.ends) as ends
          from cars as c, private.series_periods(c, ${parsed.data?.occurrences ?? []}::timestamp[], ${minutes}) as p where c.id = ${carOf.get(zone) ?? ''}`
      const clocks = wanted.map((wall) => {
        const at = Temporal.PlainDateTime.from(wall)
        const instant = (time: Temporal.PlainDateTime) => time.toZonedDateTime(zone, { disambiguation: 'compatible' })
        if (instant(at).offset !== instant(start).offset) changed += 1
        return {
          starts: new Date(instant(at).epochMilliseconds).toISOString(),
          ends: new Date(instant(at.add({ minutes })).epochMilliseconds).toISOString(),
        }
      })
      expect({ text, zone, periods: [...periods] }).toEqual({ text, zone, periods: clocks })
      occurrences += periods.length
    }
    expect(rules).toBeGreaterThan(250)
    expect(occurrences).toBeGreaterThan(1500)
    expect(changed).toBeGreaterThan(300)
  })

  test.each([
    ['BAD_RULE', ''],
    ['BAD_RULE', 'every Monday'],
    ['BAD_RULE', 'COUNT=2'],
    ['BAD_RULE', 'FREQ=FORTNIGHTLY;COUNT=2'],
    ['BAD_RULE', 'FREQ=DAILY;COUNT=2;COUNT=3'],
    ['BAD_RULE', 'FREQ=DAILY;COUNT=2;UNTIL=20310101'],
    ['BAD_RULE', 'FREQ=DAILY;COUNT=-2'],
    ['BAD_RULE', 'FREQ=DAILY;COUNT=1.5'],
    ['BAD_RULE', 'FREQ=DAILY;INTERVAL=0;COUNT=2'],
    ['BAD_RULE', 'FREQ=DAILY;COLOUR=RED;COUNT=2'],
    ['BAD_RULE', 'FREQ=DAILY;UNTIL=20311340'],
    ['BAD_RULE', 'FREQ=WEEKLY;BYDAY=1MO;COUNT=2'],
    ['BAD_RULE', 'FREQ=WEEKLY;BYDAY=XX;COUNT=2'],
    ['BAD_RULE', 'FREQ=MONTHLY;BYMONTHDAY=0;COUNT=2'],
    ['BAD_RULE', 'FREQ=MONTHLY;BYMONTHDAY=32;COUNT=2'],
    ['UNSUPPORTED_RULE', 'FREQ=HOURLY;COUNT=2'],
    ['UNSUPPORTED_RULE', 'FREQ=DAILY;BYHOUR=9,17;COUNT=2'],
    ['UNBOUNDED', 'FREQ=DAILY'],
    ['UNTIL_LOCAL', 'FREQ=DAILY;UNTIL=20310601T100000Z'],
    ['TOO_MANY', 'FREQ=DAILY;COUNT=201'],
    ['TOO_MANY', 'FREQ=DAILY;UNTIL=20401231'],
    ['TOO_SPARSE', 'FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30;COUNT=2'],
    ['TOO_SPARSE', 'FREQ=YEARLY;INTERVAL=9000;COUNT=2'],
    ['NO_OCCURRENCES', 'FREQ=DAILY;UNTIL=20300101'],
  ])('is refused with its reason (BAD_INPUT, %s): %s', (reason, rrule) => {
    const [issue] = parse(rrule, '2031-05-05T09:00', '2031-05-05T17:00').error?.issues ?? []
    expect([issue?.path, rrule === '' ? 'BAD_RULE' : issue?.params?.reason]).toEqual([['rrule'], reason])
  })

  test('UNTIL includes its day, or its second; 200 occurrences are allowed; a name may stand before the rule', () => {
    const dates = (rrule: string) => parse(rrule, '2031-05-05T09:00', '2031-05-05T17:00').data?.occurrences
    expect(dates('FREQ=DAILY;UNTIL=20310507')).toEqual(['2031-05-05T09:00:00', '2031-05-06T09:00:00', '2031-05-07T09:00:00'])
    expect(dates('freq=daily;until=20310507T090000')).toHaveLength(3)
    expect(dates('RRULE:FREQ=DAILY;UNTIL=20310507T085959')).toHaveLength(2)
    expect(dates('FREQ=DAILY;COUNT=200')).toHaveLength(200)
    expect(dates('FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1;COUNT=2')).toEqual(['2031-05-30T09:00:00', '2031-06-30T09:00:00'])
  })

  test.each([
    '2031-05-05T09:00Z',
    '2031-05-05T09:00:00',
    '2031-05-05',
    '2031-02-29T09:00',
    '2031-13-01T09:00',
    '2031-05-05T24:00',
    '1899-12-31T09:00',
  ])('a local time has no offset and exists in the calendar (BAD_INPUT, LOCAL_TIME_EXPECTED): %s', (localStart) => {
    const [issue] = parse('FREQ=DAILY;COUNT=2', localStart, '2031-05-05T17:00').error?.issues ?? []
    expect([issue?.path, issue?.params?.reason]).toEqual([['localStart'], 'LOCAL_TIME_EXPECTED'])
  })

  test('an end that is not after its start is refused (BAD_INPUT, PERIOD_INVALID)', () => {
    const [issue] = parse('FREQ=DAILY;COUNT=2', '2031-05-05T09:00', '2031-05-05T09:00').error?.issues ?? []
    expect([issue?.path, issue?.params?.reason]).toEqual([['localEnd'], 'PERIOD_INVALID'])
  })
})
