// Rate plans: versions that nobody changes, what they price, who may set them, and every refusal.
import { randomUUID } from 'node:crypto'
import { call } from '@fleetflow/db'
import { describe, expect, test } from 'vitest'
import { openTestDatabase } from '../support/database.ts'
import { as, firstCar, makeFleet, makePlan, makeUser, refusal, sqlstate, type TestFleet } from '../support/fixtures.ts'
import { openSuperuser } from '../support/superuser.ts'

interface Plan {
  id: string
  name: string
  version: number
  newest: boolean
  tariff: Record<string, unknown>
  assignedTo: { fleet: boolean; carClasses: string[]; cars: number }
}

const base = { dayRate: 6000, hourRate: 900, minimumCharge: 2000 }
const full = {
  ...base,
  weekdays: [1_000_000, 1_000_000, 1_000_000, 1_000_000, 1_100_000, 1_200_000, 1_200_000],
  tiers: [
    { days: 7, ppm: 900_000 },
    { days: 28, ppm: 700_000 },
  ],
  seasons: [
    { name: 'Summer', from: '2031-06-01', to: '2031-08-31', dayRate: 8000 },
    { name: 'Autumn', from: '2031-09-01', to: '2031-09-30', ppm: 900_000 },
  ],
  extras: [{ code: 'seat', name: 'Child seat', per: 'day', amount: 500 }],
  fees: [
    { name: 'Cleaning', amount: 2000 },
    { name: 'Airport', ppm: 100_000 },
  ],
  discounts: [{ name: 'Early bird', ppm: 50_000, leadDays: 30 }],
  taxes: [{ name: 'VAT', ppm: 230_000, inclusive: true }],
  distance: { unit: 'km', includedPerDay: 200, perUnit: 25 },
  fuel: { perPercent: 150 },
}
const may = { start_date: '2031-05-05T10:00:00Z', end_date: '2031-05-06T10:00:00Z' }

describe('rate plans', async () => {
  const db = await openTestDatabase()
  const superuser = openSuperuser(db)
  const renter = await makeUser(db.sys)
  const admin = await makeUser(db.sys, { isAdmin: true })

  const create = async (fleet: TestFleet, rest: object = {}, actor = fleet.ownerId) =>
    (await call(db.api, 'create_rate_plan_rpc', { fleet: fleet.slug, name: 'Summer', tariff: base, actor: as(actor), ...rest })) as Plan
  const assign = (fleet: TestFleet, rest: object, actor = fleet.managerId) =>
    call(db.api, 'assign_rate_plan_rpc', { fleet: fleet.id, actor: as(actor), ...rest })
  const get = async (id: string, actor: string) => (await call(db.api, 'get_rate_plan_rpc', { rate_plan_id: id, actor: as(actor) })) as Plan
  const list = async (fleet: TestFleet, actor: string, rest: object = {}) =>
    (await call(db.api, 'list_rate_plans_rpc', { fleet: fleet.slug, actor: as(actor), ...rest })) as {
      items: Plan[]
      nextCursor: string | null
    }
  const price = async (fleet: TestFleet, car = firstCar(fleet)) =>
    ((await call(db.api, 'quote_trip_rpc', { car_id: car, ...may, actor: as(renter), preview: true })) as { totalCost: number }).totalCost

  test('keep what they were given, and answer it so that it can be sent again', async () => {
    const fleet = await makeFleet(db.sys)
    const plan = await create(fleet, { tariff: full })
    expect(plan).toMatchObject({ name: 'Summer', version: 1, newest: true, currency: 'EUR', tariff: full })
    expect(await get(plan.id, fleet.managerId)).toMatchObject({ ...plan, versions: [{ id: plan.id, version: 1 }] })
    expect((await create(fleet, { tariff: plan.tariff })).tariff).toEqual(plan.tariff)
  })

  test('a name that is there gets its next version, and what the older one priced follows', async () => {
    const fleet = await makeFleet(db.sys, { cars: 2 })
    const first = await create(fleet, { assign_to: { carClass: 'van' } })
    await assign(fleet, { rate_plan_id: first.id, car_id: firstCar(fleet) })
    await assign(fleet, { rate_plan_id: first.id })
    const trip = (await call(db.api, 'create_trip_rpc', { car_id: firstCar(fleet), ...may, actor: as(renter) })) as { id: string }
    const second = await create(fleet, { tariff: { ...base, dayRate: 7000 } }, fleet.managerId)
    expect(second).toMatchObject({ version: 2, newest: true, assignedTo: { fleet: true, carClasses: ['van'], cars: 1 } })
    expect(await get(first.id, fleet.ownerId)).toMatchObject({ newest: false, assignedTo: { fleet: false, carClasses: [], cars: 0 } })
    expect(await price(fleet)).toBe(7000)
    const extended = await call(db.api, 'modify_trip_rpc', { trip_id: trip.id, end_date: '2031-05-07T10:00:00Z', actor: as(renter) })
    expect(extended).toMatchObject({ totalCost: 12_000 })
    expect((await list(fleet, fleet.ownerId)).items.map(({ name, version }) => [name, version])).toEqual([
      ['Summer', 2],
      ['Standard', 1],
    ])
  })

  test('without a name, or for something that is no target, is BAD_INPUT, with the field', async () => {
    const fleet = await makeFleet(db.sys)
    for (const name of [null, '', 'x'.repeat(201)] as string[]) {
      expect((await refusal(create(fleet, { name }), 'BAD_INPUT')).field).toBe('name')
    }
    for (const assign_to of ['van', 1, []]) {
      expect((await refusal(create(fleet, { assign_to }), 'BAD_INPUT')).field).toBe('assignTo')
    }
  })

  test('eight made at once under one name are eight versions', async () => {
    const fleet = await makeFleet(db.sys)
    const made = await Promise.all(Array.from({ length: 8 }, (_, i) => create(fleet, { tariff: { ...base, dayRate: i } })))
    expect(made.map((plan) => plan.version).toSorted()).toEqual([1, 2, 3, 4, 5, 6, 7, 8])
  })

  test('the nearest one prices: the car, else its class, else its fleet; taken away, the next one does', async () => {
    const fleet = await makeFleet(db.sys, { cars: 2 })
    const plan = async (dayRate: number, rest: object) =>
      create(fleet, { name: `Day ${dayRate}`, tariff: { ...base, dayRate, minimumCharge: 0 }, ...rest })
    await plan(7000, { assign_to: { fleet: true } })
    expect(await price(fleet)).toBe(5000)
    await plan(8000, { assign_to: { carClass: 'van' } })
    expect(await price(fleet)).toBe(8000)
    await plan(9000, { assign_to: { carId: firstCar(fleet) } })
    expect([await price(fleet), await price(fleet, fleet.carIds[1])]).toEqual([9000, 8000])
    await assign(fleet, { rate_plan_id: null, car_id: firstCar(fleet) })
    expect(await price(fleet)).toBe(8000)
    await assign(fleet, { rate_plan_id: null, car_class: 'van' })
    expect(await price(fleet)).toBe(7000)
  })

  test('pages hold each plan once', async () => {
    const fleet = await makeFleet(db.sys)
    for (const name of ['A', 'B', 'C', 'B']) await create(fleet, { name })
    const seen: string[] = []
    let cursor: string | null = null
    do {
      const page: { items: Plan[]; nextCursor: string | null } = await list(fleet, fleet.ownerId, { page_limit: 2, page_cursor: cursor })
      seen.push(...page.items.map((plan) => `${plan.name} ${plan.version}`))
      cursor = page.nextCursor
    } while (cursor !== null)
    expect(seen.toSorted()).toEqual(['A 1', 'B 2', 'C 1', 'Standard 1'])
  })

  test('a preview prices what is not stored', async () => {
    const fleet = await makeFleet(db.sys)
    const args = {
      fleet: fleet.slug,
      tariff: full,
      start_date: '2031-08-31T10:00:00Z',
      end_date: '2031-09-01T10:00:00Z',
      actor: as(fleet.ownerId),
    }
    const seen = await call(db.api, 'preview_rate_plan_rpc', { ...args, extras: [{ code: 'seat' }] })
    expect(seen).toMatchObject({
      currency: 'EUR',
      lines: [{ kind: 'day', description: 'Days, Summer, Sundays', amount: 9600 }, { kind: 'extra', amount: 500 }, {}, {}, {}, {}],
    })
    expect((await list(fleet, fleet.ownerId)).items).toHaveLength(1)
    expect((await refusal(call(db.api, 'preview_rate_plan_rpc', { ...args, tariff: { dayRate: 1 } }), 'BAD_INPUT')).field).toBe(
      'tariff.hourRate',
    )
    await refusal(call(db.api, 'preview_rate_plan_rpc', { ...args, end_date: '2033-01-01T10:00:00Z' }), 'TOO_LONG')
  })

  test('are set by owners and managers; drivers may not (FORBIDDEN), strangers see none (NOT_FOUND), nobody is asked in (UNAUTHENTICATED)', async () => {
    const fleet = await makeFleet(db.sys)
    const plan = await create(fleet)
    const attempts = (actor: string) => [
      () => create(fleet, {}, actor),
      () => assign(fleet, { rate_plan_id: plan.id }, actor),
      () => call(db.api, 'preview_rate_plan_rpc', { fleet: fleet.slug, tariff: base, ...may, actor: as(actor) }),
      () => list(fleet, actor),
      () => get(plan.id, actor),
    ]
    for (const attempt of attempts(fleet.managerId)) await attempt()
    for (const attempt of attempts(fleet.driverId)) await refusal(attempt(), 'FORBIDDEN')
    for (const attempt of attempts(renter)) await refusal(attempt(), 'NOT_FOUND')
    for (const attempt of attempts(randomUUID())) await refusal(attempt(), 'UNAUTHENTICATED')
    for (const attempt of attempts(admin).slice(0, 2)) await refusal(attempt(), 'FORBIDDEN')
    for (const attempt of attempts(admin).slice(2)) await attempt()
  })

  test('beneath the functions, too, only owners and managers add versions and seasons (42501)', async () => {
    const fleet = await makeFleet(db.sys)
    const adds = (userId: string) =>
      sqlstate(
        superuser.begin(async (tx) => {
          await tx`set local role fleetflow_fn`
          await tx`select set_config('fleetflow.uid', ${userId}, true)`
          const [plan] = await tx<{ id: string }[]>`
            insert into rate_plans (id, fleet_id, name, currency, day_rate, hour_rate, minimum_charge)
            values (private.uuid_v7(), ${fleet.id}, ${userId}, 'EUR', 1, 1, 1) returning id`
          await tx`insert into rate_plan_seasons (rate_plan_id, id, name, days, ppm) values (${plan?.id ?? ''}, private.uuid_v7(), 'S', '[2031-07-01,2031-07-02)', 1)`
        }),
      )
    expect(await Promise.all([fleet.ownerId, fleet.managerId, fleet.driverId, renter].map(adds))).toEqual([
      '00000',
      '00000',
      '42501',
      '42501',
    ])
  })

  test("what is assigned must be there and one's own (NOT_FOUND), and one thing (BAD_INPUT)", async () => {
    const fleet = await makeFleet(db.sys)
    const other = await makeFleet(db.sys)
    const plan = await create(fleet)
    const fields = [
      [{ rate_plan_id: other.planId }, 'ratePlanId'],
      [{ rate_plan_id: plan.id, car_id: firstCar(other) }, 'carId'],
      [{ rate_plan_id: plan.id, car_class: 'boat' }, 'carClass'],
    ] as const
    for (const [input, field] of fields) expect((await refusal(assign(fleet, input), 'NOT_FOUND')).field).toBe(field)
    expect((await refusal(create(fleet, { assign_to: { carClass: 'boat' } }), 'NOT_FOUND')).field).toBe('carClass')
    await refusal(assign(fleet, { rate_plan_id: plan.id, car_id: firstCar(fleet), car_class: 'van' }), 'BAD_INPUT')
    expect((await list(fleet, fleet.ownerId)).items).toHaveLength(2)
  })

  test.each([
    ['tariff.dayRate', { dayRate: -1 }],
    ['tariff.dayRate', { dayRate: 1.5 }],
    ['tariff.hourRate', { hourRate: '1' }],
    ['tariff.surprise', { surprise: 1 }],
    ['tariff.weekdays', { weekdays: [1, 2] }],
    ['tariff.weekdays.6', { weekdays: [1, 1, 1, 1, 1, 1, 10_000_001] }],
    [
      'tariff.tiers.1',
      {
        tiers: [
          { days: 7, ppm: 900_000 },
          { days: 7, ppm: 800_000 },
        ],
      },
    ],
    [
      'tariff.tiers.1',
      {
        tiers: [
          { days: 7, ppm: 900_000 },
          { days: 8, ppm: 900_001 },
        ],
      },
    ],
    ['tariff.tiers.0.ppm', { tiers: [{ days: 7, ppm: 1_000_001 }] }],
    ['tariff.seasons.0', { seasons: [{ name: 'S', from: '2031-06-02', to: '2031-06-01', ppm: 1 }] }],
    ['tariff.seasons.0', { seasons: [{ name: 'S', from: '2031-06-01', to: '2031-06-01' }] }],
    [
      'tariff.seasons.1',
      {
        seasons: [
          { name: 'S', from: '2031-06-01', to: '2031-06-09', ppm: 1 },
          { name: 'T', from: '2031-06-09', to: '2031-06-10', ppm: 1 },
        ],
      },
    ],
    [
      'tariff.extras.1.code',
      {
        extras: [
          { code: 'a', name: 'A', per: 'day', amount: 1 },
          { code: 'a', name: 'B', per: 'day', amount: 1 },
        ],
      },
    ],
    ['tariff.extras.0.per', { extras: [{ code: 'a', name: 'A', per: 'week', amount: 1 }] }],
    ['tariff.fees.0', { fees: [{ name: 'F' }] }],
    ['tariff.discounts.0.ppm', { discounts: [{ name: 'D', ppm: 1_000_001 }] }],
    ['tariff.taxes.0.inclusive', { taxes: [{ name: 'T', ppm: 1, inclusive: 'yes' }] }],
  ])('refuse %s that could not be priced (BAD_INPUT): %j', async (field, change) => {
    const fleet = await makeFleet(db.sys)
    expect((await refusal(create(fleet, { tariff: { ...base, ...change } }), 'BAD_INPUT')).field).toBe(field)
  })

  test('are never changed, whoever tries (42501), nor given a season later, nor seasons that share a day (23P01), nor rules that have no price (23514)', async () => {
    const fleet = await makeFleet(db.sys)
    const seasons = [{ name: 'S', from: '2031-06-01', to: '2031-06-09', ppm: 1 }]
    const id = await makePlan(db.sys, fleet, { seasons })
    for (const change of [
      db.sys.unsafe(
        `insert into rate_plan_seasons (rate_plan_id, id, name, days, ppm) values ('${id}', private.uuid_v7(), 'T', '[2031-07-01,2031-07-02)', 1)`,
      ),
      db.admin.unsafe(`update rate_plans set day_rate = 1 where id = '${id}'`),
      db.admin.unsafe(`delete from rate_plan_seasons where rate_plan_id = '${id}'`),
    ]) {
      expect(await sqlstate(change)).toBe('42501')
    }
    expect(await sqlstate(makePlan(db.sys, fleet, { version: 3, seasons: [...seasons, ...seasons] }))).toBe('23P01')
    expect(await sqlstate(makePlan(db.sys, fleet, { version: 3, rules: { tiers: 7 } }))).toBe('23514')
  })
})
