// When a fleet is open: an instant is open exactly if the clock of its zone then shows an opening time, whatever is done to the clocks.
import { describe, expect, test } from 'vitest'
import { openTestDatabase } from '../support/database.ts'
import { sequence } from '../support/random.ts'

type Hours = Record<string, [string, string][]>

const days = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun']
/** A zone and a period of it in which something is done to its clocks; half an hour at Lord Howe, a whole day at Apia. */
const changes: [string, string][] = [
  ['Europe/Lisbon', '2024-03-31'],
  ['Europe/Lisbon', '2024-10-27'],
  ['America/New_York', '2024-03-10'],
  ['America/New_York', '2024-11-03'],
  ['Australia/Lord_Howe', '2024-04-07'],
  ['Australia/Lord_Howe', '2024-10-06'],
  ['Asia/Kathmandu', '2024-05-01'],
  ['Pacific/Apia', '2011-12-30'],
  ['America/Sao_Paulo', '2018-11-04'],
]

const clock = (minutes: number) => `${String(Math.floor(minutes / 60)).padStart(2, '0')}:${String(minutes % 60).padStart(2, '0')}`

/** Up to three ranges a day, to the quarter of an hour, often in the hours in which clocks are changed; the last may run past midnight. */
function randomHours(next: (below: number) => number): Hours {
  const hours: Hours = { [days[next(7)] ?? 'mon']: [['00:00', '24:00']] }
  for (const day of days.filter((name) => hours[name] === undefined && next(8) > 0)) {
    const ends = Array.from({ length: 2 * (1 + next(3)) }, () => (next(3) > 0 ? next(20) : next(96)) * 15)
    const sorted = [...new Set(ends)].toSorted((a, b) => a - b)
    const ranges: [string, string][] = []
    for (let i = 0; i + 1 < sorted.length; i += 2) ranges.push([clock(sorted[i] ?? 0), clock(sorted[i + 1] ?? 0)])
    const last = ranges.at(-1)
    if (last !== undefined && next(3) === 0 && (sorted.at(0) ?? 0) > 0 && ranges.length > 0) last[1] = clock(next(sorted.at(0) ?? 1))
    hours[day] = ranges
  }
  return hours
}

/** What somebody with the opening hours on paper and a clock on the wall would say. */
function isOpen(hours: Hours | null, closed: string[], zone: string, instant: string): boolean {
  const wall = Temporal.Instant.from(instant).toZonedDateTimeISO(zone).toPlainDateTime()
  const rangesOf = (date: Temporal.PlainDate) =>
    closed.includes(date.toString()) ? [] : hours === null ? [['00:00', '24:00']] : (hours[days[date.dayOfWeek - 1] ?? ''] ?? [])
  return [0, -1].some((back) => {
    const date = wall.toPlainDate().add({ days: back })
    return rangesOf(date).some(([from = '', to = '']) => {
      const at = (time: string) =>
        time === '24:00' ? date.add({ days: 1 }).toPlainDateTime() : date.toPlainDateTime(Temporal.PlainTime.from(time))
      const ends = to <= from ? at(to).add({ days: 1 }) : at(to)
      const midnight = date.add({ days: 1 }).toPlainDateTime()
      // Nothing runs into a closed day, but for the midnight at which it begins.
      const cut = closed.includes(midnight.toPlainDate().toString()) && Temporal.PlainDateTime.compare(ends, midnight) > 0 ? midnight : ends
      return Temporal.PlainDateTime.compare(at(from), wall) <= 0 && Temporal.PlainDateTime.compare(wall, cut) <= 0
    })
  })
}

describe('opening hours', async () => {
  const { sys } = await openTestDatabase()

  test('an instant is open exactly if the clock of the zone shows an opening time, across both clock changes', async () => {
    const next = sequence(20_261_122)
    let [seen, opened] = [0, 0]
    for (let round = 0; round < 90; round += 1) {
      const [zone, day] = changes[round % changes.length] ?? ['UTC', '2024-01-01']
      const hours = round % 10 === 9 ? null : randomHours(next)
      const around = Temporal.PlainDate.from(day)
      const closed = [-2, -1, 0, 1, 2].filter(() => next(4) === 0).map((offset) => around.add({ days: offset }).toString())
      const first = around.subtract({ days: 2 }).toZonedDateTime('UTC').toInstant()
      const instants = Array.from({ length: 4 * 24 * 12 }, (_, i) => first.add({ minutes: 5 * i }).toString())
      const rows = await sys<{ open: boolean }[]>`
        select i <@ o.ranges as open
          from (select private.open_instants(${hours === null ? null : sys.json(hours)}, ${closed}::date[], ${zone},
                  tstzrange(${first.toString()}, ${first.add({ hours: 96 }).toString()})) as ranges offset 0) as o,
               unnest(${instants}::timestamptz[]) with ordinality as u (i, n) order by n`
      const wrong = instants.filter((instant, i) => rows[i]?.open !== isOpen(hours, closed, zone, instant))
      expect({ zone, hours, closed, wrong: wrong.slice(0, 3) }).toEqual({ zone, hours, closed, wrong: [] })
      seen += rows.length
      opened += rows.filter((row) => row.open).length
    }
    expect(seen).toBeGreaterThan(100_000)
    expect(opened).toBeGreaterThan(seen / 10)
    expect(opened).toBeLessThan((seen * 9) / 10)
  })

  const ranges = async (hours: Hours | null, closed: string[], zone: string, from: string, until: string) => {
    const rows = await sys<{ range: string }[]>`
      select case when lower_inc(r) then '[' else '(' end || private.iso(lower(r)) || ' ' || private.iso(upper(r))
             || case when upper_inc(r) then ']' else ')' end as range
        from unnest(private.open_instants(${hours === null ? null : sys.json(hours)}, ${closed}::date[], ${zone}, tstzrange(${from}, ${until}, '[]'))) as r`
    return rows.map(({ range }) => range.replaceAll(':00.000Z', 'Z'))
  }

  test('the hour that comes twice is open twice, and the one that is skipped never comes', async () => {
    const night: Hours = { sun: [['01:15', '01:45']] }
    expect(await ranges(night, [], 'Europe/Lisbon', '2024-10-27T00:00Z', '2024-10-27T12:00Z')).toEqual([
      '[2024-10-27T00:15Z 2024-10-27T00:45Z]',
      '[2024-10-27T01:15Z 2024-10-27T01:45Z]',
    ])
    expect(await ranges(night, [], 'Europe/Lisbon', '2024-03-31T00:00Z', '2024-03-31T12:00Z')).toEqual([])
    expect(await ranges({ sun: [['01:30', '03:00']] }, [], 'Europe/Lisbon', '2024-03-31T00:00Z', '2024-03-31T12:00Z')).toEqual([
      '[2024-03-31T01:00Z 2024-03-31T02:00Z]',
    ])
  })

  test('24:00 joins the next day, hours past midnight belong to the day on which they begin, closed days have none and let none in', async () => {
    const hours: Hours = {
      fri: [['20:00', '24:00']],
      sat: [
        ['00:00', '04:00'],
        ['22:00', '02:00'],
      ],
    }
    const week = ['2024-06-07T00:00Z', '2024-06-10T00:00Z'] as const
    expect(await ranges(hours, [], 'UTC', ...week)).toEqual([
      '[2024-06-07T20:00Z 2024-06-08T04:00Z]',
      '[2024-06-08T22:00Z 2024-06-09T02:00Z]',
    ])
    expect(await ranges(hours, ['2024-06-08'], 'UTC', ...week)).toEqual(['[2024-06-07T20:00Z 2024-06-08T00:00Z]'])
    expect(await ranges(hours, ['2024-06-09'], 'UTC', ...week)).toEqual([
      '[2024-06-07T20:00Z 2024-06-08T04:00Z]',
      '[2024-06-08T22:00Z 2024-06-09T00:00Z]',
    ])
  })

  test('a fleet without rules is open for the whole period, bounds and all; a period without finite bounds has no answer', async () => {
    expect(await ranges(null, [], 'UTC', '2024-06-07T00:00Z', '2024-06-10T00:00Z')).toEqual(['[2024-06-07T00:00Z 2024-06-10T00:00Z]'])
    const [row] = await sys`select private.open_instants(null, '{}', 'UTC', tstzrange(now(), null)) is null as unknown`
    expect(row?.unknown).toBe(true)
  })

  test.each<[string, unknown, string | null]>([
    [
      'days with ranges',
      {
        mon: [
          ['08:00', '12:00'],
          ['13:00', '24:00'],
        ],
        sun: [['22:00', '02:00']],
      },
      null,
    ],
    ['no hours at all', null, null],
    ['no day', {}, ''],
    ['only closed days', { mon: [] }, ''],
    ['a list', [], ''],
    ['a day that is none', { monday: [['08:00', '12:00']] }, 'monday'],
    ['a day that is no list', { mon: '08:00' }, 'mon'],
    ['more than ten ranges', { mon: Array.from({ length: 11 }, (_, i) => [clock(i * 60), clock(i * 60 + 30)]) }, 'mon'],
    ['a range of one time', { mon: [['08:00']] }, 'mon.0'],
    ['a time that is none', { mon: [['8:00', '12:00']] }, 'mon.0.0'],
    ['a number', { mon: [[8, '12:00']] }, 'mon.0.0'],
    ['24:00 as a beginning', { mon: [['24:00', '02:00']] }, 'mon.0.0'],
    ['25:00', { mon: [['08:00', '25:00']] }, 'mon.0.1'],
    ['an empty range', { mon: [['08:00', '08:00']] }, 'mon.0.1'],
    [
      'ranges that meet',
      {
        mon: [
          ['08:00', '12:00'],
          ['12:00', '13:00'],
        ],
      },
      'mon.1.0',
    ],
    [
      'a range past midnight that is not the last',
      {
        mon: [
          ['08:00', '02:00'],
          ['12:00', '13:00'],
        ],
      },
      'mon.0.1',
    ],
  ])('hours_fault names the place of the fault: %s', async (_, hours, fault) => {
    const [row] = await sys`select private.hours_fault(${hours === null ? null : sys.json(hours as never)}) as fault`
    expect(row?.fault).toBe(fault)
  })
})
