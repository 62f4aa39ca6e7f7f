// What must hold for every price, checked over many samples at once: each violation is named, so that a broken engine can be told from a sound one.
import { randomUUID } from 'node:crypto'
import type postgres from 'postgres'
import { modelTotals, units } from './priceModel.ts'
import { clockChanges, type Sample } from './priceSamples.ts'

export type Violations = Record<string, number>

interface Priced {
  quoted: string
  summed: string
  exact: boolean
  charged: string
  same: boolean
  requoted: boolean
}

/** A fleet for the plans of the samples, which are stored as versions like any other. */
export async function openPlans(sql: postgres.Sql): Promise<string> {
  const [fleet] = await sql<{ id: string }[]>`
    with u as (insert into users (id, name) values (private.uuid_v7(), 'System') returning id)
    insert into fleets (id, slug, name, currency, time_zone, system_user_id)
    select private.uuid_v7(), 'priced', 'Priced', 'EUR', 'UTC', u.id from u returning id`
  return fleet?.id ?? ''
}

/** Inside a transaction: a version gets its seasons together with itself. */
async function storePlans(sql: postgres.Sql, fleet: string, batch: readonly Sample[]): Promise<string[]> {
  const plans = batch.map(({ tariff }) => {
    const { currency, dayRate, hourRate, minimumCharge, seasons, ...rules } = tariff
    return { id: randomUUID(), currency, dayRate, hourRate, minimumCharge, seasons, rules }
  })
  await sql`
    with given as materialized (select p from jsonb_array_elements(${JSON.stringify(plans)}::text::jsonb) as p), stored as (
      insert into rate_plans (id, fleet_id, name, currency, day_rate, hour_rate, minimum_charge, rules)
      select (p ->> 'id')::uuid, ${fleet}, p ->> 'id', p ->> 'currency', (p ->> 'dayRate')::bigint, (p ->> 'hourRate')::bigint,
             (p ->> 'minimumCharge')::bigint, p -> 'rules' from given)
    select 1`
  await sql`
    insert into rate_plan_seasons (rate_plan_id, id, name, days, day_rate, ppm)
    select (p ->> 'id')::uuid, private.uuid_v7(), s ->> 'name', daterange((s ->> 'from')::date, (s ->> 'to')::date, '[]'),
           (s ->> 'dayRate')::bigint, (s ->> 'ppm')::integer
      from jsonb_array_elements(${JSON.stringify(plans)}::text::jsonb) as p, jsonb_array_elements(p -> 'seasons') as s`
  return plans.map((plan) => plan.id)
}

/** A car for each sample, in its zone and with its plan, and an owner who may book them in the past. */
export async function openCars(sql: postgres.Sql, fleet: string, batch: readonly Sample[]): Promise<{ ownerId: string; cars: string[] }> {
  const plans = await sql.begin((tx) => storePlans(tx as unknown as postgres.Sql, fleet, batch))
  const [owner] = await sql<{ id: string }[]>`
    with u as (insert into users (id, name) values (private.uuid_v7(), 'Owner') returning id), m as (
      insert into fleet_members (fleet_id, user_id, role) select ${fleet}, u.id, 'owner' from u)
    select id from u`
  const cars = await sql<{ id: string }[]>`
    with c as (
      insert into car_classes (id, fleet_id, slug, name) values (private.uuid_v7(), ${fleet}, 'priced', 'Priced') returning id)
    insert into cars (id, fleet_id, car_class_id, name, time_zone, rate_plan_id)
    select private.uuid_v7(), ${fleet}, c.id, 'Car', s.zone, s.plan
      from c, unnest(${batch.map((sample) => sample.zone)}::text[], ${plans}::uuid[]) with ordinality as s (zone, plan, n) order by n returning id`
  return { ownerId: owner?.id ?? '', cars: cars.map((car) => car.id) }
}

/** Quotes by the tariff as a document, charges by the stored version of it, and quotes again as of the first quote. */
async function priceBatch(sql: postgres.Sql, fleet: string, batch: readonly Sample[]): Promise<Priced[][]> {
  return sql.begin(async (tx) => {
    const plans = await storePlans(tx as unknown as postgres.Sql, fleet, batch)
    const given = batch.map((sample, i) => ({ ...sample, plan: plans[i] }))
    const rows = await tx<(Priced & { n: number })[]>`
      with given as materialized (
        select n::integer, g from jsonb_array_elements(${JSON.stringify(given)}::text::jsonb) with ordinality as t (g, n))
      select g.n, q.price ->> 'total' as quoted, l.summed::text, l.exact, c.price ->> 'total' as charged,
             c.price -> 'lines' = q.price -> 'lines' as same, c.price -> 'pricing' = q.price -> 'pricing' as requoted
        from given as g
        join rate_plans as p on p.id = (g.g ->> 'plan')::uuid
        cross join lateral jsonb_array_elements_text(g.g -> 'ends') with ordinality as e (ends, place)
        cross join lateral (
          select private.price_rental(g.g -> 'tariff', g.g ->> 'zone', (g.g ->> 'start')::timestamptz, e.ends::timestamptz, g.g -> 'extras',
                                      (g.g ->> 'asOf')::timestamptz) as price offset 0) as q
        cross join lateral (
          select private.price_plan(p, g.g ->> 'zone', (g.g ->> 'start')::timestamptz, e.ends::timestamptz, g.g -> 'extras',
                                    (q.price -> 'pricing' ->> 'asOf')::timestamptz) as price offset 0) as c
        cross join lateral (
          select sum((x ->> 'amount')::bigint) as summed,
                 bool_and((x ->> 'amount')::bigint = (x ->> 'quantity')::bigint * (x ->> 'unitAmount')::bigint) as exact
            from jsonb_array_elements(q.price -> 'lines') as x) as l
       order by g.n, e.place`
    const priced: Priced[][] = batch.map(() => [])
    for (const { n, ...row } of rows) priced[n - 1]?.push(row)
    return priced
  })
}

/** How often each property was violated; an empty object is what a sound engine gives. */
export async function violations(sql: postgres.Sql, fleet: string, samples: readonly Sample[], batchSize = 500): Promise<Violations> {
  const found: Violations = {}
  const count = (property: string, holds: boolean): void => {
    if (!holds) found[property] = (found[property] ?? 0) + 1
  }
  let next = 0
  const work = async (): Promise<void> => {
    while (next < samples.length) {
      const batch = samples.slice(next, next + batchSize)
      next += batchSize
      const priced = await priceBatch(sql, fleet, batch)
      for (const [i, sample] of batch.entries()) {
        const totals = modelTotals(sample)
        let before = 0n
        count('every rental is priced', priced[i]?.length === sample.ends.length)
        for (const [j, row] of (priced[i] ?? []).entries()) {
          count('the lines add up to the total', row.quoted === row.summed)
          count('a line is its quantity times its unit', row.exact)
          count('the charge is the quote', row.quoted === row.charged && row.same)
          count('a quote as of then is the same', row.requoted)
          count('no rental costs more than a longer one', BigInt(row.quoted) >= before)
          count('the price is the one of an independent model', BigInt(row.quoted) === totals[j])
          before = BigInt(row.quoted)
        }
      }
    }
  }
  await Promise.all([work(), work()])
  return found
}

/** Saturday 10:00 to Sunday 10:00 in every zone on every weekend of its clock changes that is not 24 hours long. */
export function oddWeekends(): { zone: string; start: string; end: string }[] {
  const weekends = Object.entries(clockChanges).flatMap(([zone, changes]) =>
    changes.flatMap((change) => {
      const around = Temporal.Instant.from(change).toZonedDateTimeISO(zone).with({ hour: 10, minute: 0, second: 0 })
      return [-2, -1, 0, 1]
        .map((days) => around.add({ days }))
        .filter((at) => at.dayOfWeek === 6)
        .map((from) => ({ zone, from, to: from.add({ days: 1 }) }))
    }),
  )
  return weekends
    .filter(({ from, to }) => to.epochMilliseconds - from.epochMilliseconds !== 86_400_000)
    .map(({ zone, from, to }) => ({ zone, start: from.toInstant().toString(), end: to.toInstant().toString() }))
}

/** How many of those weekends are anything but one day. */
export async function weekendViolations(sql: postgres.Sql): Promise<number> {
  const weekends = oddWeekends().filter(({ zone, start, end }) => units(zone, start, end).days === 1)
  const [row] = await sql<{ seen: number; wrong: number }[]>`
    select count(*)::integer as seen, count(*) filter (where p.price -> 'lines' <> '[{"kind": "day", "description": "Days", "quantity": 1, "unitAmount": 5000, "amount": 5000}]')::integer as wrong
      from jsonb_array_elements(${JSON.stringify(weekends)}::text::jsonb) as w
      cross join lateral (select private.price_rental('{"dayRate": 5000, "hourRate": 100, "minimumCharge": 0}', w ->> 'zone', (w ->> 'start')::timestamptz,
        (w ->> 'end')::timestamptz, '[]', '2000-01-01Z') as price) as p`
  if ((row?.seen ?? 0) < 8) throw new Error(`only ${row?.seen ?? 0} weekends were seen`)
  return row?.wrong ?? 0
}
