// Proves on a live database that it keeps its promises: no overlaps, aggregates and totals exact, schema as migrated.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import postgres from 'postgres'
import { type Catalog, compareCatalogs, readCatalog } from './catalog.ts'
import { adminOptions } from './connect.ts'
import { migrations, migrationsFolder } from './migrations/files.ts'

/** What was found wrong; the members beside `check` and `problem` depend on the check. */
export interface VerifyProblem {
  check: VerifyCheck
  /** One sentence for people. */
  problem: string
  [detail: string]: unknown
}

export type VerifyCheck = 'overlaps' | 'ratings' | 'totals' | 'ids' | 'seen' | 'migrations' | 'catalog'

export interface VerifyResult {
  ok: boolean
  problems: VerifyProblem[]
  /** Rows seen in each table, and objects of the catalog compared. */
  counts: Record<string, number>
}

/** Rows of one check that are answered; more are only counted. */
const shown = 1000

const dataChecks = {
  overlaps: 'two occupying trips of one car share an instant',
  ratings: "a car's rating aggregates differ from its reviews",
  totals: "a trip's total differs from its lines",
  ids: 'more than one row has this trip id',
} as const

/** What `pnpm db:new` found in a database migrated with the newest history. */
export const catalogFile = join(migrationsFolder, 'catalog.json')

/** Errors: PostgreSQL's own when it cannot be asked; whatever is wrong with what it answers is a problem. */
export async function verify(adminUrl: string, options: { onCheck?: (check: VerifyCheck) => void } = {}): Promise<VerifyResult> {
  const sql = postgres(adminUrl, adminOptions('fleetflow-verify'))
  const onCheck = options.onCheck ?? (() => {})
  try {
    onCheck('migrations')
    const problems = await verifyMigrations(sql)
    const counts: Record<string, number> = {}
    if (problems.length === 0) {
      onCheck('catalog')
      problems.push(...(await verifyCatalog(sql, counts)))
    }
    if (!problems.some((problem) => problem.missing === 'everything')) {
      problems.push(...(await verifyData(adminUrl, counts, onCheck)))
    }
    return { ok: problems.length === 0, problems, counts }
  } finally {
    await sql.end()
  }
}

/** The journal is readable by the owner of the tables alone. */
async function verifyMigrations(sql: postgres.Sql): Promise<VerifyProblem[]> {
  const [there] = await sql<{ there: boolean }[]>`select to_regclass('private.migrations') is not null as there`
  if (!there?.there) return [{ check: 'migrations', problem: 'no migration was ever applied', missing: 'everything' }]
  const journal = await sql.begin(async (tx) => {
    await tx`set local role fleetflow_owner`
    return tx<{ name: string; checksum: string }[]>`select name, checksum from private.migrations order by index`
  })
  const files = migrations()
  return Array.from({ length: Math.max(journal.length, files.length) }, (_, i) => [journal[i], files[i]] as const).flatMap(
    ([row, file]) => {
      const problem = (problem: string, name: string): VerifyProblem[] => [{ check: 'migrations', problem, name }]
      if (row === undefined) return problem('this migration was not applied', file?.name ?? '')
      if (file === undefined) return problem('this migration was applied by a newer version', row.name)
      if (file.name !== row.name) return problem(`this migration was applied where the files have ${file.name}`, row.name)
      return file.checksum === row.checksum ? [] : problem('this migration was changed after it had been applied', row.name)
    },
  )
}

async function verifyCatalog(sql: postgres.Sql, counts: Record<string, number>): Promise<VerifyProblem[]> {
  const expected = JSON.parse(readFileSync(catalogFile, 'utf8')) as Catalog
  const actual = await readCatalog(sql)
  counts.catalogObjects = Object.keys(actual).length
  return compareCatalogs(actual, expected).map(({ object, is, shouldBe }) => {
    const what = is === null ? 'is missing' : shouldBe === null ? 'is not part of the schema' : 'is not as migrated'
    return { check: 'catalog', problem: `${object} ${what}`, object, is, shouldBe }
  })
}

/** All checks of rows see one state of the database. */
async function verifyData(
  adminUrl: string,
  counts: Record<string, number>,
  onCheck: (check: VerifyCheck) => void,
): Promise<VerifyProblem[]> {
  const { connection, ...rest } = adminOptions('fleetflow-verify')
  const sql = postgres(adminUrl, { ...rest, connection: { ...connection, role: 'fleetflow_sys' } })
  try {
    return await sql.begin('isolation level repeatable read read only', async (tx) => {
      const problems: VerifyProblem[] = []
      onCheck('seen')
      problems.push(...(await verifySeen(tx, counts)))
      for (const check of Object.keys(dataChecks) as (keyof typeof dataChecks)[]) {
        onCheck(check)
        problems.push(...(await attempt(tx, check, (inner) => verifyRows(inner, check))))
      }
      return problems
    })
  } finally {
    await sql.end()
  }
}

async function verifyRows(tx: postgres.TransactionSql, check: keyof typeof dataChecks): Promise<VerifyProblem[]> {
  const rows = await tx.unsafe<{ row: Record<string, unknown>; total: number }[]>(
    `select found as row, (count(*) over ())::integer as total from private.verify_${check}() as found limit ${shown}`,
  )
  const total = rows[0]?.total ?? 0
  const problems: VerifyProblem[] = rows.map(({ row }) => ({ check, problem: dataChecks[check], ...row }))
  if (total > rows.length) problems.push({ check, problem: `${total - rows.length} more like these`, total })
  return problems
}

/** A check that sees nothing proves nothing: reference rows must be there, and parents where there are children. */
async function verifySeen(tx: postgres.TransactionSql, counts: Record<string, number>): Promise<VerifyProblem[]> {
  return attempt(tx, 'seen', async (inner) => {
    const [row] = await inner<{ counts: Record<string, number> }[]>`select private.verify_counts() as counts`
    Object.assign(counts, row?.counts)
    const seen = (table: string): number => counts[table] ?? 0
    const parents = [
      ['trips', 'cars'],
      ['cars', 'fleets'],
      ['fleets', 'users'],
      ['tripLines', 'trips'],
      ['reviews', 'trips'],
    ] as const
    const blind = new Set<string>(parents.filter(([child, parent]) => seen(child) > 0 && seen(parent) === 0).map(([, parent]) => parent))
    if (seen('tripTransitions') === 0) blind.add('tripTransitions')
    return [...blind].map((table) => ({
      check: 'seen' as const,
      problem: `no row of ${table} is seen, so nothing about it is proved`,
      table,
    }))
  })
}

/** A check whose function or table is gone or closed to it is a problem of its own and leaves the others to run. */
async function attempt(
  tx: postgres.TransactionSql,
  check: VerifyCheck,
  work: (inner: postgres.TransactionSql) => Promise<VerifyProblem[]>,
): Promise<VerifyProblem[]> {
  try {
    return await tx.savepoint(work)
  } catch (error) {
    if (!(error instanceof postgres.PostgresError)) throw error
    return [{ check, problem: `the check failed: ${error.message}`, sqlstate: error.code }]
  }
}
