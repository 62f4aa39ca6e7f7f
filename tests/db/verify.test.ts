// `verify` finds every broken promise and names it; each is broken here on purpose, in a database of its own.
import { readFileSync } from 'node:fs'
import { catalogFile, readCatalog, type VerifyProblem, verify } from '@fleetflow/db/admin'
import { describe, expect, test } from 'vitest'
import { openTestDatabase } from '../support/database.ts'
import { openSuperuser } from '../support/superuser.ts'

const untouched = await openTestDatabase({ demo: true })
const unmigrated = await openTestDatabase({ empty: true })

describe('verify', () => {
  test('finds nothing in the demo fleet, and says how much it saw', async () => {
    const { ok, problems, counts } = await verify(untouched.adminUrl)
    expect(problems).toEqual([])
    expect(ok).toBe(true)
    expect(counts).toMatchObject({ cars: 12, trips: 36, fleets: 1, tripTransitions: 17 })
    expect(counts.reviews).toBeGreaterThan(10)
    expect(counts.tripLines).toBeGreaterThan(36)
    expect(counts.catalogObjects).toBeGreaterThan(300)
  })

  test('the catalog written down is that of a migrated database, on every version of PostgreSQL', async () => {
    const expected = JSON.parse(readFileSync(catalogFile, 'utf8')) as Record<string, string>
    expect(Object.keys(expected).length).toBeGreaterThan(300)
    for (const kind of ['role', 'schema', 'table', 'column', 'constraint', 'index', 'function', 'trigger', 'policy']) {
      expect(Object.keys(expected).filter((name) => name.startsWith(`${kind} `)).length, kind).toBeGreaterThan(0)
    }
    expect(await readCatalog(untouched.admin)).toEqual(expected)
  })

  test('says that a database was never migrated', async () => {
    expect(await verify(unmigrated.adminUrl)).toEqual({
      ok: false,
      problems: [{ check: 'migrations', problem: 'no migration was ever applied', missing: 'everything' }],
      counts: {},
    })
  })
})

interface Sabotage {
  name: string
  statements: string[]
  /** What verify has to find: for each expected problem, members of it. */
  finds: Partial<VerifyProblem>[]
}

const aCar = '(select id from cars order by id limit 1)'
const catalogProblem = (object: string, what = 'is not as migrated') =>
  ({ check: 'catalog', object, problem: `${object} ${what}` }) as const

const sabotages: Sabotage[] = [
  {
    name: 'prevent_overlap dropped, and an overlap behind it',
    statements: [
      'alter table trips drop constraint prevent_overlap',
      `insert into trips (car_id, id, fleet_id, booked_by_id, purpose, status, trip_start_date, trip_end_date, blocked, currency)
       select car_id, private.uuid_v7(), fleet_id, booked_by_id, 'rental', 'completed', trip_start_date, trip_end_date, blocked, currency
         from trips order by id limit 1`,
    ],
    finds: [
      catalogProblem('constraint public.trips.prevent_overlap', 'is missing'),
      catalogProblem('index public.prevent_overlap', 'is missing'),
      { check: 'overlaps' },
    ],
  },
  {
    name: 'prevent_overlap replaced by one that forgets completed trips',
    statements: [
      'alter table trips drop constraint prevent_overlap',
      `alter table trips add constraint prevent_overlap exclude using gist (car_id with =, blocked with &&)
         where (status in ('held', 'requested', 'confirmed', 'active'))`,
    ],
    finds: [catalogProblem('constraint public.trips.prevent_overlap'), catalogProblem('index public.prevent_overlap')],
  },
  {
    name: 'a rating changed by hand',
    statements: [`update cars set rating_sum = rating_sum + 1 where id = ${aCar}`],
    finds: [{ check: 'ratings' }],
  },
  {
    name: 'a histogram changed by hand',
    statements: [`update cars set rating_histogram[2] = rating_histogram[2] + 1 where id = ${aCar}`],
    finds: [{ check: 'ratings' }],
  },
  {
    name: 'a total changed by hand',
    statements: [
      'alter table trips disable trigger _050_total_update',
      'update trips set total_cost = total_cost - 1 where id = (select id from trips order by id limit 1)',
      'alter table trips enable trigger _050_total_update',
    ],
    finds: [{ check: 'totals' }],
  },
  {
    name: 'one trip id in two rows',
    statements: [
      `insert into trips (car_id, id, fleet_id, booked_by_id, purpose, status, trip_start_date, trip_end_date, blocked, currency)
       select c.id, t.id, t.fleet_id, t.booked_by_id, 'rental', 'completed', '1990-01-01Z', '1990-01-02Z', '[1990-01-01Z,1990-01-02Z]', 'EUR'
         from (select * from trips order by id limit 1) as t join cars as c on c.id <> t.car_id order by c.id limit 1`,
    ],
    finds: [{ check: 'ids' }],
  },
  {
    name: 'reference rows gone',
    statements: ['delete from trip_transitions'],
    finds: [{ check: 'seen', table: 'tripTransitions' }],
  },
  {
    name: 'rows hidden from the checks',
    statements: ['drop policy trips_sys on trips'],
    finds: [catalogProblem('policy public.trips.trips_sys', 'is missing'), { check: 'seen', table: 'trips' }],
  },
  {
    name: 'a trigger disabled',
    statements: ['alter table trip_lines disable trigger _100_total_insert'],
    finds: [catalogProblem('trigger public.trip_lines._100_total_insert')],
  },
  {
    name: 'a function edited',
    statements: [
      `create or replace function private.my_fleets(roles text[] default '{owner,manager,driver}') returns setof uuid
         language sql stable security definer set search_path = pg_catalog, public, pg_temp as $$ select f.id from public.fleets as f $$`,
    ],
    finds: [catalogProblem('function private.my_fleets(roles text[])')],
  },
  {
    name: 'a search path unpinned',
    statements: ['alter function public.get_trip_rpc reset search_path'],
    finds: [catalogProblem('function public.get_trip_rpc(trip_id uuid, actor jsonb)')],
  },
  {
    name: 'a check that answers nothing',
    statements: [
      `create or replace function private.verify_overlaps() returns setof jsonb
         language sql stable set search_path = pg_catalog, public, pg_temp as $$ select null::jsonb where false $$`,
    ],
    finds: [catalogProblem('function private.verify_overlaps()')],
  },
  {
    name: 'a check that is gone',
    statements: ['drop function private.verify_totals()'],
    finds: [catalogProblem('function private.verify_totals()', 'is missing'), { check: 'totals', sqlstate: '42883' }],
  },
  {
    name: 'row level security switched off, and no longer forced',
    statements: ['alter table trips disable row level security', 'alter table cars no force row level security'],
    finds: [catalogProblem('table public.cars'), catalogProblem('table public.trips')],
  },
  {
    name: 'a policy opened',
    statements: ['alter policy trips_read on trips using (true)'],
    finds: [catalogProblem('policy public.trips.trips_read')],
  },
  {
    name: 'grants added on a table, a column and a function',
    statements: [
      'grant select on users to fleetflow_api',
      'grant update (total_cost) on trips to fleetflow_fn',
      'grant execute on function private.is_admin() to public',
    ],
    finds: [
      catalogProblem('column public.trips.total_cost'),
      catalogProblem('function private.is_admin()'),
      catalogProblem('table public.users'),
    ],
  },
  {
    name: 'a column, an index, a default and a NOT NULL changed',
    statements: [
      'alter table cars add note text',
      'drop index trips_id_idx',
      'alter table trips alter version set default 2',
      'alter table trips alter blocked drop not null',
    ],
    finds: [
      catalogProblem('column public.cars.note', 'is not part of the schema'),
      catalogProblem('column public.trips.blocked'),
      catalogProblem('column public.trips.version'),
      catalogProblem('index public.trips_id_idx', 'is missing'),
    ],
  },
  {
    name: 'a migration changed after it had been applied',
    statements: [`update private.migrations set checksum = 'other' where index = 0`],
    finds: [{ check: 'migrations', problem: 'this migration was changed after it had been applied' }],
  },
  {
    name: 'a migration of a newer version',
    statements: [`insert into private.migrations (index, name, checksum) select max(index) + 1, 'newer', 'x' from private.migrations`],
    finds: [{ check: 'migrations', problem: 'this migration was applied by a newer version', name: 'newer' }],
  },
]

const sabotaged = await Promise.all(sabotages.map(async (sabotage) => ({ ...sabotage, db: await openTestDatabase({ demo: true }) })))

describe('verify finds', () => {
  test.each(sabotaged.map((sabotage) => [sabotage.name, sabotage] as const))('%s', async (_, { statements, finds, db }) => {
    // Rows are changed as fleetflow_sys, which sees them; everything else as the owner.
    for (const statement of statements) {
      if (/^(insert into (trips|cars)|update (trips|cars)|delete from (trips|reviews))/.test(statement)) {
        await db.sys.begin(async (tx) => {
          await tx.unsafe(statement)
        })
      } else {
        await db.admin.unsafe('set role fleetflow_owner')
        await db.admin.unsafe(statement)
      }
    }
    const { ok, problems } = await verify(db.adminUrl)
    expect(ok).toBe(false)
    expect(problems).toHaveLength(finds.length)
    for (const found of finds) expect(problems).toContainEqual(expect.objectContaining(found))
  })
})

describe('verify finds', async () => {
  const db = await openTestDatabase({ demo: true })
  const superuser = openSuperuser(db)

  test('foreign keys switched off', async () => {
    await superuser.unsafe('alter table reviews disable trigger all')
    const { problems } = await verify(db.adminUrl)
    expect(problems.map((problem) => problem.object)).toEqual([
      'trigger public.reviews._100_aggregates',
      'trigger public.reviews._110_person',
      'trigger public.reviews._200_outbox_delete',
      'trigger public.reviews._200_outbox_insert',
      'trigger public.reviews._200_outbox_update',
      'trigger public.reviews.reviews_author_id_fkey (foreign key)',
      'trigger public.reviews.reviews_trip_fkey (foreign key)',
    ])
    await superuser.unsafe('alter table reviews enable trigger all')
    expect((await verify(db.adminUrl)).ok).toBe(true)
  })
})
