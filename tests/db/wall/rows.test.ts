// Row level security equals a model: for everybody and every table, the rows that are read, added and changed are the model's, no more and no less.
import { describe, expect, test } from 'vitest'
import { openTestDatabase } from '../../support/database.ts'
import { sqlstate } from '../../support/fixtures.ts'
import { ourTables } from '../../support/lints/lint.ts'
import { drives, handovers, type Row, rowModel } from '../../support/rowModel.ts'
import { type Caller, makeRowWorld } from '../../support/rowWorld.ts'
import { openSuperuser } from '../../support/superuser.ts'

const db = await openTestDatabase()
const sql = openSuperuser(db)
const world = await makeRowWorld(db, sql)

const tables = await sql.unsafe<{ name: string; columns: string[]; key: string[] }[]>(`
  select n.nspname || '.' || c.relname as name,
         array(select a.attname from pg_attribute as a where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped and a.attgenerated = '' order by 1)::text[] as columns,
         array(select a.attname from pg_index as i join pg_attribute as a on a.attrelid = c.oid and a.attnum = any (i.indkey)
                where i.indrelid = c.oid and i.indisprimary order by array_position(i.indkey::smallint[], a.attnum))::text[] as key
    from ${ourTables} where c.relkind in ('r', 'p', 'v', 'm', 'f') order by 1`)
const keyOf = (table: string): string[] => tables.find((given) => given.name === table)?.key ?? []
const modelled = tables.filter((table) => rowModel[table.name] !== undefined)

/** Everything there is, as a superuser sees it. */
const rows: Record<string, Row[]> = {}
for (const { name } of tables) {
  rows[name] = (await sql.unsafe<{ row: Row }[]>(`select to_jsonb(t) as row from ${name} as t`)).map(({ row }) => row)
}
const idOf = (table: string, row: Row): string =>
  keyOf(table)
    .map((column) => String(row[column]))
    .join('|')
const sorted = (table: string, some: readonly Row[]): string[] => some.map((row) => idOf(table, row)).sort()

/** Runs work as somebody, in a transaction that is taken back. Triggers rest, so that nothing but policies answers. */
async function acting(who: Caller, work: () => Promise<void>, before = ''): Promise<void> {
  await sql.unsafe('begin')
  try {
    await sql.unsafe(`set local session_replication_role = replica; ${before}; set local role fleetflow_fn`)
    if (who.actor !== null) await sql`select private.enter(${sql.json(who.actor)}, 'cars.list', false)`
    await work()
  } finally {
    await sql.unsafe('rollback')
  }
}

/** The SQLSTATE of a statement that is taken back. */
async function attempt(statement: string, values: (string | null)[] = []): Promise<string> {
  await sql.unsafe('savepoint attempt')
  const state = await sqlstate(sql.unsafe(statement, values))
  await sql.unsafe('rollback to savepoint attempt')
  return state
}

/** What a deletion of everything would remove. */
async function removed(table: string): Promise<string[]> {
  await sql.unsafe('savepoint attempt')
  const gone = await sql.unsafe<{ id: string }[]>(`delete from ${table} returning concat_ws('|', ${keyOf(table).join(', ')}) as id`)
  await sql.unsafe('rollback to savepoint attempt')
  return gone.map(({ id }) => id).sort()
}

const select = (table: string): string => `select concat_ws('|', ${keyOf(table).join(', ')}) as id from ${table}`

test('the model knows every table, and the world has rows in each', () => {
  expect(tables.map((table) => table.name)).toEqual(Object.keys(rowModel).sort())
  for (const { name } of tables.filter((table) => !table.name.startsWith('issuer.'))) expect(rows[name]?.length, name).toBeGreaterThan(0)
})

test.each(world.refused)('$name gets no identity (UNAUTHENTICATED, FORBIDDEN)', async ({ actor }) => {
  await sql.unsafe('begin; set local role fleetflow_fn')
  const state = await sqlstate(sql`select private.enter(${sql.json(actor)}, 'cars.list', false)`)
  await sql.unsafe('rollback')
  expect(state).toMatch(/^FF40[13]$/)
})

describe.each(world.callers)('$name', (who) => {
  test('reads the rows of the model, in every table', async () => {
    await acting(who, async () => {
      for (const { name } of modelled) {
        const reads = rowModel[name]?.reads ?? null
        if (reads === null) expect(await attempt(select(name)), name).toBe('42501')
        else {
          const seen = await sql.unsafe<{ id: string }[]>(select(name))
          expect(seen.map(({ id }) => id).sort(), name).toEqual(
            sorted(
              name,
              (rows[name] ?? []).filter((row) => reads(row, who, rows)),
            ),
          )
        }
      }
    })
  })

  test('changes the rows of the model, in every table; removes those of the model, and empties none', async () => {
    await acting(who, async () => {
      for (const { name } of modelled) {
        const { reads, updates, deletes } = rowModel[name] ?? { reads: null }
        if (deletes === undefined) expect(await attempt(`delete from ${name}`), `${name} delete`).toBe('42501')
        else {
          const allowed = (rows[name] ?? []).filter((row) => reads?.(row, who, rows) && deletes(row, who, rows))
          expect(await removed(name), name).toEqual(sorted(name, allowed))
        }
        expect(await attempt(`truncate ${name}`), `${name} truncate`).toBe('42501')
        if (updates === undefined) continue
        const [column = ''] = updates.columns
        const changed = await sql.unsafe<{ id: string }[]>(
          `update ${name} set ${column} = ${column} returning concat_ws('|', ${keyOf(name).join(', ')}) as id`,
        )
        const allowed = (rows[name] ?? []).filter((row) => reads?.(row, who, rows) && updates.may(row, who, rows))
        expect(changed.map(({ id }) => id).sort(), name).toEqual(sorted(name, allowed))
      }
    })
  })

  test('gives no row to somebody else, were the columns granted (WITH CHECK)', async () => {
    const before = Object.keys(rowModel)
      .filter((name) => rowModel[name]?.updates)
      .map((name) => `grant update on ${name} to fleetflow_fn`)
    await acting(
      who,
      async () => {
        for (const [name, { reads, updates }] of Object.entries(rowModel)) {
          if (!updates || !reads) continue
          const mine = (rows[name] ?? []).filter((row) => reads(row, who, rows) && updates.may(row, who, rows)).slice(0, 3)
          for (const row of mine) {
            for (const [column, value] of movesOf(name)) {
              const moved = { ...row, [column]: value }
              // The fleets themselves are their own key: a fleet of another id is nobody's.
              const allowed = reads(moved, who, rows) && updates.may(moved, who, rows)
              const where = keyOf(name)
                .map((key, n) => `${key}::text = $${n + 2}`)
                .join(' and ')
              const state = await attempt(`update ${name} set ${column} = $1::uuid where ${where}`, [
                value,
                ...keyOf(name).map((key) => String(row[key])),
              ])
              expect(state === '42501', `${name}.${column} of ${idOf(name, row)}: ${state}`).toBe(!allowed)
            }
          }
        }
      },
      before.join('; '),
    )
  })

  test('adds the rows of the model, in every table', async () => {
    await acting(who, async () => {
      for (const [name, { reads, inserts }] of Object.entries(rowModel)) {
        if (!inserts) continue
        for (const row of sampleOf(name)) {
          const state = await attempt(
            `insert into ${name} (${inserts.columns.join(', ')}) select ${inserts.columns.join(', ')} from jsonb_populate_record(null::${name}, $1::text::jsonb)`,
            [JSON.stringify({ ...row, ...('id' in row ? { id: crypto.randomUUID() } : { key: 'new' }) })],
          )
          expect(state === '42501', `${name} ${idOf(name, row)}: ${state}`).toBe(!inserts.may(row, who, rows))
          expect(['00000', '23P01', '23505', '42501'], `${name}: ${state}`).toContain(state)
          expect(reads).not.toBeNull()
        }
      }
    })
  })

  test.each(Object.entries(handovers))('while %s runs, also what its drivers may change', async (operation, names) => {
    await acting(who, async () => {
      await sql`select set_config('fleetflow.operation', ${operation}, true)`
      const trips = (rows['public.trips'] ?? []).filter(
        (row) => rowModel['public.trips']?.updates?.may(row, who, rows) || drives(row, who, rows),
      )
      const changed = await sql<{ id: string }[]>`update trips set note = note returning concat_ws('|', car_id, id) as id`
      expect(changed.map(({ id }) => id).sort()).toEqual(sorted('public.trips', trips))
      const { may = () => false, columns = [] } = rowModel['public.trip_lines']?.inserts ?? {}
      for (const row of sampleOf('public.trip_lines')) {
        const state = await attempt(
          `insert into public.trip_lines (${columns.join(', ')}) select ${columns.join(', ')} from jsonb_populate_record(null::public.trip_lines, $1::text::jsonb)`,
          [JSON.stringify({ ...row, id: crypto.randomUUID() })],
        )
        const drivers = names.includes('public.trip_lines') && drives(row, who, rows)
        expect(state).toBe(may(row, who, rows) || drivers ? '00000' : '42501')
      }
    })
  })
})

/** Other owners of a row, by the columns that say whose it is. */
function movesOf(table: string): [string, string][] {
  const owners: Record<string, string[]> = {
    id: table === 'public.fleets' ? world.fleets.map((fleet) => fleet.id) : [],
    fleet_id: world.fleets.map((fleet) => fleet.id),
    user_id: world.users.slice(0, 4),
    booked_by_id: world.users.slice(0, 4),
    author_id: world.users.slice(0, 4),
  }
  const columns = tables.find((given) => given.name === table)?.columns ?? []
  return columns.flatMap((column) => (owners[column] ?? []).map((value): [string, string] => [column, value]))
}

/** Every few rows of a table. */
function sampleOf(table: string): Row[] {
  const all = rows[table] ?? []
  return all.filter((_, n) => n % Math.max(1, Math.floor(all.length / 16)) === 0)
}

describe('columns', () => {
  const [nobody] = world.callers as [Caller]

  test('are read, added and changed as the model says, and no other', async () => {
    await acting(nobody, async () => {
      for (const { name, columns } of modelled) {
        const { reads, hides = [], inserts, updates } = rowModel[name] ?? { reads: null }
        const may: Record<'select' | 'insert' | 'update', string[]> = { select: [], insert: [], update: [] }
        for (const column of columns) {
          const attempts = {
            select: `select ${column} from ${name} where false`,
            insert: `insert into ${name} (${column}) select (jsonb_populate_record(null::${name}, '{}')).${column} where false`,
            update: `update ${name} set ${column} = null where false`,
          }
          for (const command of ['select', 'insert', 'update'] as const)
            if ((await attempt(attempts[command])) === '00000') may[command].push(column)
        }
        expect(may, name).toEqual({
          select: reads === null ? [] : columns.filter((column) => !hides.includes(column)),
          insert: [...(inserts?.columns ?? [])].sort(),
          update: [...(updates?.columns ?? [])].sort(),
        })
      }
    })
  })
})

describe('control: the comparison notices', () => {
  const [owner] = world.callers.filter((who) => who.name.startsWith('an owner who')) as [Caller]
  const trips = (who: Caller) =>
    sorted(
      'public.trips',
      (rows['public.trips'] ?? []).filter((row) => rowModel['public.trips']?.reads?.(row, who, rows)),
    )

  test.each([
    ['a policy that shows more', 'create policy made on public.trips for select to fleetflow_fn using (note is null)'],
    ['a policy that shows less', "create policy made on public.trips as restrictive for select to fleetflow_fn using (purpose = 'rental')"],
    ['a role that is bound by none', 'alter role fleetflow_fn bypassrls'],
  ])('%s', async (_, change) => {
    await acting(
      owner,
      async () => {
        const seen = (await sql.unsafe<{ id: string }[]>(select('public.trips'))).map(({ id }) => id).sort()
        expect(seen).not.toEqual(trips(owner))
      },
      change,
    )
  })
})
