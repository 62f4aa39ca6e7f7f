// Statements below the entry functions: as fleetflow_fn with somebody's identity, what a function that forgot its checks could do.
import type postgres from 'postgres'

class Undone extends Error {}

/** Runs one statement under people's policies, undoes it, and answers its rows or the SQLSTATE with which it failed. */
export async function actingAs(
  admin: postgres.Sql,
  userId: string,
  statement: (tx: postgres.TransactionSql) => PromiseLike<readonly unknown[]>,
): Promise<{ rows: unknown[] } | { state: string }> {
  let rows: unknown[] = []
  const act = async (tx: postgres.TransactionSql) => {
    const [user] = await tx`select is_admin from users where id = ${userId}`
    await tx`select set_config('fleetflow.uid', ${userId}, true), set_config('fleetflow.admin', ${user?.is_admin ? 'on' : 'off'}, true)`
    await tx`set local role fleetflow_fn`
    rows = [...(await statement(tx))]
    throw new Undone()
  }
  try {
    await admin.begin(act)
  } catch (error) {
    if (!(error instanceof Undone)) return { state: error instanceof Error && 'code' in error ? String(error.code) : String(error) }
  }
  return { rows }
}
