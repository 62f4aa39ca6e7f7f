// The schema can be distributed as `placement` declares: the lint finds nothing, and each rule is seen to bite.
import type postgres from 'postgres'
import { describe, expect, test } from 'vitest'
import { openTestDatabase } from '../support/database.ts'

class RolledBack extends Error {}

describe('shard_lint', async () => {
  const db = await openTestDatabase()

  /** What the lint says after these statements, which are undone. */
  async function lintAfter(...statements: string[]): Promise<string[]> {
    let rows: { rule: string; object: string }[] = []
    const lint = async (tx: postgres.TransactionSql) => {
      await tx`set local role fleetflow_owner`
      for (const statement of statements) await tx.unsafe(statement)
      await tx`reset role`
      await tx`set local role fleetflow_sys`
      rows = await tx<{ rule: string; object: string }[]>`select rule, object from private.shard_lint()`
      throw new RolledBack()
    }
    await db.admin.begin(lint).catch((error: unknown) => {
      if (!(error instanceof RolledBack)) throw error
    })
    return rows.map((row) => `${row.rule}: ${row.object}`)
  }

  test('sees every table and finds nothing in the schema', async () => {
    const [seen] = await db.sys`select count(*)::int as tables, count(*) filter (where kind = 'shard')::int as shards from placement`
    expect(seen).toEqual({ tables: 27, shards: 7 })
    expect(await lintAfter()).toEqual([])
  })

  const faults: [name: string, found: string, ...statements: string[]][] = [
    ['a table nobody declared', 'every table is declared in placement: public.stray', 'create table stray (id uuid primary key)'],
    [
      'a declared table that is gone',
      'placement names a table that exists: public.gone',
      "insert into placement values ('public.gone', 'local')",
    ],
    [
      'a shard column that does not exist',
      'the shard column exists and is not null: public.reviews',
      "update placement set shard_column = 'nowhere' where name = 'public.reviews'",
    ],
    [
      'a shard column that may be null',
      'the shard column exists and is not null: public.cars',
      "update placement set shard_column = 'rate_plan_id' where name = 'public.cars'",
    ],
    [
      'a primary key that only includes the shard column',
      'unique keys hold the shard column: reviews_pkey',
      'alter table reviews drop constraint reviews_pkey',
      'alter table reviews add constraint reviews_pkey primary key (id) include (car_id)',
    ],
    [
      'a unique index without the shard column',
      'unique keys hold the shard column: reviews_trip',
      'create unique index reviews_trip on reviews (trip_id)',
    ],
    [
      'an exclusion constraint without the shard column',
      'exclusion constraints compare the shard column with =: trips_by_fleet',
      'alter table trips add constraint trips_by_fleet exclude using gist (fleet_id with =, blocked with &&)',
    ],
    [
      'a foreign key between sharded tables that does not pair their shard columns',
      'foreign keys between sharded tables pair the shard columns: lines_car',
      'alter table trip_lines add constraint lines_car foreign key (trip_id) references cars (id)',
    ],
    [
      'a foreign key that sets null',
      'foreign keys of sharded tables cascade or restrict: cars_plan',
      'alter table cars add constraint cars_plan foreign key (rate_plan_id) references rate_plans (id) on delete set null',
    ],
    [
      'a foreign key from a reference table into a sharded one',
      'foreign keys point to a reference table or to the same group: fleets_car',
      'alter table fleets add constraint fleets_car foreign key (system_user_id) references cars (id)',
    ],
    [
      'a deferrable constraint',
      'nothing is deferrable: cars_late',
      'alter table cars add constraint cars_late foreign key (fleet_id) references fleets (id) deferrable',
    ],
    [
      'a trigger that writes elsewhere',
      'triggers write only tables of the same group: _900_elsewhere on public.trips writes public.fleets',
      'create function elsewhere() returns trigger language plpgsql as $$ begin update public.fleets set name = name; return null; end $$',
      'create trigger _900_elsewhere after insert on trips for each row execute function elsewhere()',
    ],
    [
      'an integer identity',
      'identity columns are bigint: public.cars.n',
      'alter table cars add column n integer generated always as identity',
    ],
  ]

  test.each(faults)('finds %s', async (_, found, ...statements) => {
    expect(await lintAfter(...statements)).toContain(found)
  })
})
