// The history: complete, applied once whoever races, and never edited unseen.
import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { migrate, migrations, newestCopies, splitStatements, sqlObjects, verify } from '@fleetflow/db/admin'
import { describe, expect, test } from 'vitest'
import { openTestDatabase } from '../support/database.ts'

const migrationsFolder = join(import.meta.dirname, '../../db/migrations')

describe('migrations', async () => {
  test('the newest frozen copy of every db/sql file is that file', () => {
    const files = new Map(sqlObjects().map((object) => [object.path, object.text]))
    expect(files.size).toBeGreaterThanOrEqual(60)
    expect(Object.fromEntries(newestCopies())).toEqual(Object.fromEntries(files))
  })

  test('a file that a later migration removes has no newest copy', () => {
    const migration = (index: number, text: string) => ({ index, name: `${index}`, checksum: '', text })
    const made = migration(0, '-- >>> sql/functions/gone.sql\nselect 1;\n-- <<< sql/functions/gone.sql\n')
    expect([...newestCopies([made])]).toEqual([['sql/functions/gone.sql', 'select 1;\n']])
    expect([...newestCopies([made, migration(1, '-- >>> sql/functions/gone.sql is removed\ndrop function gone();\n')])]).toEqual([])
  })

  test('every file of the history is in the journal, in order', () => {
    expect(migrations().map((m) => m.index)).toEqual(migrations().map((_, i) => i))
    expect(migrations().length).toBeGreaterThanOrEqual(1)
    const copy = mkdtempSync(join(tmpdir(), 'fleetflow-history-'))
    cpSync(migrationsFolder, copy, { recursive: true })
    expect(migrations(copy)).toEqual(migrations())
    writeFileSync(join(copy, '0000_forgotten.sql'), 'select 1;')
    expect(() => migrations(copy)).toThrow('0000_forgotten.sql is not in the journal')
    rmSync(copy, { recursive: true })
  })

  test('20 migrators at once on an empty database apply each migration once', async () => {
    const db = await openTestDatabase({ empty: true })
    const results = await Promise.all(Array.from({ length: 20 }, () => migrate(db.adminUrl)))
    expect(results.flatMap((r) => r.applied)).toEqual(migrations().map((m) => m.name))
    expect(new Set(results.map((r) => r.total))).toEqual(new Set([migrations().length]))
  })

  test('migrating twice changes nothing', async () => {
    const db = await openTestDatabase()
    const before = await db.admin`select max(oid::bigint) as newest, count(*) as rows from pg_proc`
    expect(await migrate(db.adminUrl)).toEqual({ applied: [], total: migrations().length })
    expect(await db.admin`select max(oid::bigint) as newest, count(*) as rows from pg_proc`).toEqual(before)
  })

  test('refuses a history whose applied part was edited (MigrationMismatch)', async () => {
    const db = await openTestDatabase()
    const edited = migrations().map((m) => ({ ...m, checksum: m.checksum.replace(/^./, 'x') }))
    await expect(migrate(db.adminUrl, { history: edited })).rejects.toMatchObject({ name: 'MigrationMismatch' })
  })

  test('refuses a database that is ahead of the files (MigrationMismatch)', async () => {
    const db = await openTestDatabase()
    await expect(migrate(db.adminUrl, { history: [] })).rejects.toMatchObject({ name: 'MigrationMismatch' })
  })

  test('a migration that fails leaves nothing of itself behind', async () => {
    const db = await openTestDatabase()
    const text = 'create table half (id uuid primary key);\nselect 1 / 0;'
    const history = [...migrations(), { index: migrations().length, name: '9999_broken', text, checksum: 'none' }]
    await expect(migrate(db.adminUrl, { history })).rejects.toMatchObject({ code: '22012' })
    expect(await db.admin`select to_regclass('public.half') as half`).toEqual([{ half: null }])
    expect(await migrate(db.adminUrl)).toMatchObject({ applied: [] })
  })

  test('leaves a schema auth with users alone, as managed platforms have one', async () => {
    const db = await openTestDatabase({ empty: true })
    await db.admin.unsafe(`
      create schema auth;
      create table auth.users (id bigint primary key, email varchar(255));
      create table auth.sessions (id bigint primary key, user_id bigint references auth.users);
      create function auth.uid() returns bigint language sql stable as 'select 1::bigint';
      grant usage on schema auth to public;
      grant select on auth.users to public;
      insert into auth.users values (1, 'platform@example.com')`)
    const theirs = () => db.admin`
      select n.nspacl::text as schema, array_agg(c.relname || ' ' || coalesce(c.relacl::text, '') order by c.relname) as relations,
             (select p.proacl::text from pg_proc as p where p.pronamespace = n.oid) as function,
             (select array_agg(u.email) from auth.users as u) as people
        from pg_namespace as n join pg_class as c on c.relnamespace = n.oid where n.nspname = 'auth' group by n.oid`
    const before = await theirs()
    expect((await migrate(db.adminUrl)).total).toBe(migrations().length)
    expect(await theirs()).toEqual(before)
    expect((await verify(db.adminUrl)).problems).toEqual([])
    expect(await db.admin`select count(*)::int as people from issuer.users`).toEqual([{ people: 0 }])
  })

  test('splits statements at semicolons outside quotes, comments and function bodies', () => {
    const text = `-- a; b\nselect ';' as "x;y"; /* c;\nd */ create function f() returns text as $body$ select 'a;b'; $body$ language sql;\n-- only a comment;\n`
    expect(splitStatements(text)).toEqual([
      `-- a; b\nselect ';' as "x;y"`,
      `/* c;\nd */ create function f() returns text as $body$ select 'a;b'; $body$ language sql`,
    ])
  })
})
