// A hundred thousand random rentals: quote, charge and requote agree, lines add up, longer is never cheaper, and a second implementation agrees.
// The same properties find two classic mistakes: days as multiples of 24 hours, and money in floats.
import { call } from '@fleetflow/db'
import { describe, expect, test } from 'vitest'
import { openTestDatabase } from '../support/database.ts'
import { as } from '../support/fixtures.ts'
import { oddWeekends, openCars, openPlans, type Violations, violations, weekendViolations } from '../support/priceProperties.ts'
import { samples } from '../support/priceSamples.ts'
import { openSuperuser } from '../support/superuser.ts'

const seed = Number(process.env.PRICE_SEED ?? 20_310_529)

describe(`the price of a rental (PRICE_SEED=${seed})`, async () => {
  const db = await openTestDatabase()
  const sql = openSuperuser(db, { max: 2 })
  const fleet = await openPlans(sql)

  test('holds every property for 100,000 random plans, periods, zones and currencies', async () => {
    console.log(`PRICE_SEED=${seed}`)
    const all = samples(seed, 25_000, 4)
    expect(all.flatMap((sample) => sample.ends)).toHaveLength(100_000)
    expect(new Set(all.map((sample) => sample.tariff.currency))).toEqual(new Set(['JPY', 'EUR', 'KWD']))
    expect(await violations(sql, fleet, all)).toEqual({})
  }, 900_000)

  test('is the same in a quote, in the booking made with it and in a quote as of then, through the procedures', async () => {
    const some = samples(seed + 2, 250, 1)
    const { ownerId, cars } = await openCars(sql, fleet, some)
    for (const [i, { start, ends, extras }] of some.entries()) {
      const args = { car_id: cars[i] ?? '', start_date: start, end_date: ends[0] ?? '', extras, actor: as(ownerId) }
      const quote = (await call(db.api, 'quote_trip_rpc', args)) as { id: string; totalCost: number; lines: Record<string, unknown>[] }
      const trip = (await call(db.api, 'create_trip_rpc', { ...args, quote_id: quote.id })) as { id: string; totalCost: number }
      const { lines } = (await call(db.api, 'get_trip_rpc', { trip_id: trip.id, actor: as(ownerId) })) as {
        lines: Record<string, unknown>[]
      }
      expect(trip.totalCost).toBe(quote.totalCost)
      expect(lines.map(({ id: _, createdAt: __, ...line }) => line)).toEqual(quote.lines)
    }
    const [again] = await sql<{ seen: number; other: number }[]>`
      select count(*)::integer as seen, count(*) filter (where p.price ->> 'total' <> t.total_cost::text)::integer as other
        from trips as t join rate_plans as r on r.id = t.rate_plan_id
        cross join lateral (select private.price_plan(r, t.pricing ->> 'timeZone', t.trip_start_date, t.trip_end_date, t.extras,
          (t.pricing ->> 'asOf')::timestamptz) as price) as p`
    expect(again).toEqual({ seen: 250, other: 0 })
  })

  test('is one day from Saturday to Sunday across a clock change', async () => {
    expect(oddWeekends().length).toBeGreaterThan(8)
    expect(await weekendViolations(sql)).toBe(0)
  })

  /** Replaces a part of one function, sees what the properties say, and puts it back. */
  const broken = async (name: string, part: string | RegExp, instead: string): Promise<Violations> => {
    const [row] = await sql<{ text: string }[]>`select pg_get_functiondef(p.oid) as text from pg_proc as p where p.proname = ${name}`
    const sound = row?.text ?? ''
    const mutant = sound.replace(part, instead)
    expect(mutant).not.toBe(sound)
    await sql.unsafe(mutant)
    const found = { weekends: await weekendViolations(sql), ...(await violations(sql, fleet, samples(seed, 300, 4))) }
    await sql.unsafe(sound)
    return found
  }

  test('days as ceil(ms / 86400000) are found', async () => {
    const found = await broken(
      'rental_units',
      /\nbegin\n/,
      '\nbegin\n  return array[ceil(extract(epoch from rental_units.ends - rental_units.starts) * 1000 / 86400000)::integer, 0];\n',
    )
    expect(found.weekends).toBeGreaterThan(3)
    expect(found['the price is the one of an independent model']).toBeGreaterThan(100)
  })

  test('money as floor(x * 100) is found', async () => {
    const found = await broken(
      'days_price',
      /div\((private\.key_price\(days_price\.tariff, v_keys\[i\]\) \* v_ppms\[v_id % 1000 \+ 1\]) \+ c_half, c_whole\)::bigint/,
      'floor(($1 / c_whole / 100)::double precision * 100)::bigint',
    )
    expect(found['the price is the one of an independent model']).toBeGreaterThan(100)
  })

  test('a price list without its best price is found', async () => {
    const found = await broken('days_price', 'if v_longer_price < v_best then', 'if false then')
    expect(found['no rental costs more than a longer one']).toBeGreaterThan(0)
  })

  test('lines that are not what is charged are found', async () => {
    const found = await broken('tax_lines', 'private.share(tax_lines.amount, v_ppm))', 'private.share(tax_lines.amount, v_ppm) + 1)')
    expect(found['the price is the one of an independent model']).toBeGreaterThan(10)
  })

  test('a change keeps what was agreed: never cheaper when longer, the same when nothing changes, and back again for the same price', async () => {
    const chains = samples(seed, 5000, 4)
    const [row] = await sql<Record<string, number>[]>`
      with prices as materialized (
        select g, a.price as agreed, longer.price as longer
          from jsonb_array_elements(${JSON.stringify(chains)}::text::jsonb) as g
          cross join lateral (select private.price_rental(g -> 'tariff', g ->> 'zone', (g ->> 'start')::timestamptz, (g -> 'ends' ->> 0)::timestamptz,
            g -> 'extras', (g ->> 'asOf')::timestamptz) as price offset 0) as a
          cross join lateral (select private.price_rental(g -> 'tariff', g ->> 'zone', (g ->> 'start')::timestamptz, (g -> 'ends' ->> 2)::timestamptz,
            g -> 'extras', (g ->> 'asOf')::timestamptz, a.price -> 'pricing') as price offset 0) as longer)
      select count(*)::integer as seen,
             count(*) filter (where jsonb_array_length(longer -> 'pricing' -> 'days') > 1)::integer as mixed,
             count(*) filter (where (between_them.price ->> 'total')::bigint > (longer ->> 'total')::bigint
                                 or (agreed ->> 'total')::bigint > (between_them.price ->> 'total')::bigint)::integer as cheaper,
             count(*) filter (where again.price <> longer)::integer as unstable,
             count(*) filter (where back.price <> agreed)::integer as no_way_back,
             count(*) filter (where (select coalesce(sum((l ->> 'amount')::bigint), 0) from jsonb_array_elements(d.lines) as l)
                                 <> (longer ->> 'total')::bigint - (agreed ->> 'total')::bigint
                                 or private.delta_lines(agreed -> 'lines' || d.lines, longer -> 'lines') <> '[]')::integer as bad_lines
        from prices
        cross join lateral (select private.price_rental(g -> 'tariff', g ->> 'zone', (g ->> 'start')::timestamptz, (g -> 'ends' ->> 1)::timestamptz,
          g -> 'extras', (g ->> 'asOf')::timestamptz, agreed -> 'pricing') as price offset 0) as between_them
        cross join lateral (select private.price_rental(g -> 'tariff', g ->> 'zone', (g ->> 'start')::timestamptz, (g -> 'ends' ->> 2)::timestamptz,
          g -> 'extras', (g ->> 'asOf')::timestamptz, longer -> 'pricing') as price offset 0) as again
        cross join lateral (select private.price_rental(g -> 'tariff', g ->> 'zone', (g ->> 'start')::timestamptz, (g -> 'ends' ->> 0)::timestamptz,
          g -> 'extras', (g ->> 'asOf')::timestamptz, longer -> 'pricing') as price offset 0) as back
        cross join lateral (select private.delta_lines(agreed -> 'lines', longer -> 'lines') as lines offset 0) as d`
    expect(row).toMatchObject({ seen: 5000, cheaper: 0, unstable: 0, no_way_back: 0, bad_lines: 0 })
    expect(row?.mixed).toBeGreaterThan(500)
  })

  test('and with everything put back nothing is found', async () => {
    expect(await violations(sql, fleet, samples(seed + 1, 300, 4))).toEqual({})
    expect(await weekendViolations(sql)).toBe(0)
  })
})
