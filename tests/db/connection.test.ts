// What a connection of the API may do and hears, whoever it logs in as and however new the database is.
import { call, connect } from '@fleetflow/db'
import { migrate } from '@fleetflow/db/admin'
import postgres from 'postgres'
import { describe, expect, test } from 'vitest'
import { openTestDatabase } from '../support/database.ts'
import { as, makeUser, refusal } from '../support/fixtures.ts'

const stateOf = (work: PromiseLike<unknown>): Promise<unknown> =>
  Promise.resolve(work).then(
    () => 'done',
    (error: unknown) => (error instanceof postgres.PostgresError ? error.code : error),
  )

describe('a connection of the API', async () => {
  const db = await openTestDatabase()
  const fresh = await openTestDatabase({ empty: true })

  test('acts as fleetflow_api whoever its address logs in as, and reads no table (42501)', async () => {
    const privileged = connect({ url: db.adminUrl, max: 1 })
    const [row] = await privileged.sql`select current_user::text as acts, session_user <> current_user as other`
    const read = await stateOf(privileged.sql`select from trips`)
    await privileged.close()
    expect([row, read]).toEqual([{ acts: 'fleetflow_api', other: true }, '42501'])
  })

  test('to a database that was just migrated makes no temporary table (42501)', async () => {
    await migrate(fresh.adminUrl)
    expect(await stateOf(fresh.api.sql`create temporary table trips (id uuid)`)).toBe('42501')
  })

  test('is told of a violated constraint by its code alone, never by the row that PostgreSQL shows', async () => {
    const body = `raise exception using errcode = '23P01', constraint = 'prevent_overlap', message = 'hunter2', detail = 'hunter2', hint = 'hunter2'`
    await db.admin.unsafe(
      `create or replace function public.get_me_rpc(actor jsonb) returns jsonb language plpgsql as $$ begin ${body}; end $$`,
    )
    const error = await refusal(call(db.api, 'get_me_rpc', { actor: as(await makeUser(db.sys)) }), 'TRIP_OVERLAP')
    expect([error.message, error.field, error.details]).toEqual(['TRIP_OVERLAP', undefined, undefined])
  })
})
