// Migrating and seeding where FleetFlow is not alone in `public`, and where an earlier run was cut off.
import { adminOptions, bootstrap, migrate, migrations, seed, sqlObjects } from '@fleetflow/db/admin'
import postgres from 'postgres'
import { describe, expect, test } from 'vitest'
import { openTestDatabase } from '../support/database.ts'

const total = migrations().length
const everythingAgain = {
  index: total,
  name: '9998_again',
  checksum: 'again',
  text: sqlObjects()
    .map((object) => object.text)
    .join('\n'),
}

describe('migrating', async () => {
  test('leaves tables, views and functions of others in public as they are', async () => {
    const db = await openTestDatabase({ empty: true })
    await db.admin.unsafe(`create table notes (id int); create view notes_view as select * from notes; create sequence numbers;
      create function mine() returns int language sql as 'select 1'; grant select on notes to public`)
    const rights =
      () => db.admin`select array(select relacl::text from pg_class where relname in ('notes', 'notes_view', 'numbers') order by 1) as tables,
      (select proacl::text from pg_proc where proname = 'mine') as mine`
    const before = await rights()
    expect(await migrate(db.adminUrl)).toMatchObject({ total })
    expect(await rights()).toEqual(before)
  })

  test('every file of db/sql can be carried again by a later migration', async () => {
    const db = await openTestDatabase()
    expect(await migrate(db.adminUrl, { history: [...migrations(), everythingAgain] })).toMatchObject({ applied: ['9998_again'] })
  })

  test('completes a journal that an earlier run had only begun', async () => {
    const db = await openTestDatabase({ empty: true })
    await bootstrap(db.adminUrl)
    const owner = postgres(db.adminUrl, { ...adminOptions('fleetflow-tests'), connection: { role: 'fleetflow_owner' } })
    await owner.unsafe(`create schema private; create table private.migrations (index integer constraint migrations_pkey primary key,
      name text not null constraint migrations_name_key unique, checksum text not null, applied_at timestamptz not null default now())`)
    await owner.end()
    expect(await migrate(db.adminUrl)).toMatchObject({ total })
    const [journal] = await db.admin`select relforcerowsecurity as forced, exists (select from pg_default_acl) as defaults
                                       from pg_class where oid = 'private.migrations'::regclass`
    expect(journal).toEqual({ forced: true, defaults: true })
  })
})

test('the demo fleet is made once, also by three at once', async () => {
  const db = await openTestDatabase()
  const made = await Promise.all([1, 2, 3].map(() => seed(db.adminUrl, { issuer: 'https://issuer.example' })))
  expect(made.filter((result) => result.created)).toHaveLength(1)
  expect(await db.sys`select count(*)::int as fleets from fleets`).toEqual([{ fleets: 1 }])
})
