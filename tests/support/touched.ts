// What the statements inside a call read of each table: PostgreSQL's own counters of one transaction, which count everything that functions run.
import type postgres from 'postgres'

export interface Touched {
  /** Whole tables read, by table. */
  scans: Record<string, number>
  /** Rows read, by table: by a whole scan or through an index. */
  rows: Record<string, number>
}

interface Counted {
  name: string
  scans: number
  rows: number
}

/** What the connection has read so far; the counters outlive a transaction, so only differences mean something. */
const count = (tx: postgres.TransactionSql) => tx<Counted[]>`
  select relname as name, seq_scan::integer as scans, (seq_tup_read + coalesce(idx_tup_fetch, 0))::integer as rows
    from pg_stat_xact_user_tables where schemaname = 'public'`

/** Runs `work` in a transaction, undoes it and says what it read. */
export async function touched(sql: postgres.Sql, work: (tx: postgres.TransactionSql) => Promise<unknown>): Promise<Touched> {
  const undone = Symbol('undone')
  const counted: Touched = { scans: {}, rows: {} }
  try {
    await sql.begin(async (tx) => {
      const before = new Map((await count(tx)).map((table) => [table.name, table]))
      await work(tx)
      for (const { name, scans, rows } of await count(tx)) {
        counted.scans[name] = scans - (before.get(name)?.scans ?? 0)
        counted.rows[name] = rows - (before.get(name)?.rows ?? 0)
      }
      throw undone
    })
  } catch (error) {
    if (error !== undone) throw error
  }
  return counted
}
