// One holder: what it gets, that it is real and durable, and that nothing is left after the release.
import { existsSync, mkdirSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { acquireEmbedded, type Embedded, EmbeddedError, type EmbeddedOptions, proveOwnCluster } from '@fleetflow/db/embedded'
import postgres from 'postgres'
import { expect, onTestFinished, test } from 'vitest'
import { isRunning, keeperPid, newHome, postmasterPid, usedHome } from './support.ts'

async function acquire(
  home: string,
  options: Partial<EmbeddedOptions> = { unsafeNoSync: true },
): Promise<{ embedded: Embedded; sql: postgres.Sql }> {
  const embedded = await acquireEmbedded({ home, ...options })
  const sql = postgres(embedded.adminUrl, { max: 1 })
  onTestFinished(async () => {
    await sql.end()
    await embedded.release()
  })
  return { embedded, sql }
}

const settingsOf = async (sql: postgres.Sql, names: string[]): Promise<Record<string, string>> =>
  Object.fromEntries((await sql`select name, setting from pg_settings where name in ${sql(names)}`).map((row) => [row.name, row.setting]))

test('a new home gets PostgreSQL 18 with a database fleetflow, checksums and a builtin UTF-8 locale', async () => {
  const { embedded, sql } = await acquire(newHome())
  const [row] = await sql`
    select version(), current_database(), current_user, datlocprovider, datlocale, pg_encoding_to_char(encoding) as encoding
      from pg_database where datname = current_database()`
  expect(row).toMatchObject({
    current_database: 'fleetflow',
    current_user: 'postgres',
    datlocprovider: 'b',
    datlocale: 'C.UTF-8',
    encoding: 'UTF8',
  })
  expect(row?.version).toMatch(/^PostgreSQL 18\./)
  expect(await settingsOf(sql, ['data_checksums', 'TimeZone', 'jit', 'log_lock_waits'])).toEqual({
    data_checksums: 'on',
    TimeZone: 'UTC',
    jit: 'off',
    log_lock_waits: 'on',
  })
  expect(embedded.apiUrl).toBe(`postgres://fleetflow_api:${embedded.apiPassword}@127.0.0.1:${embedded.port}/fleetflow`)
  expect(readFileSync(embedded.serverLog, 'utf8')).toContain('ready to accept connections')
})

test('it listens on the loopback address only and asks everybody for a password', async () => {
  const { embedded, sql } = await acquire(await usedHome())
  expect(await settingsOf(sql, ['listen_addresses', 'unix_socket_directories'])).toEqual({
    listen_addresses: '127.0.0.1',
    unix_socket_directories: '',
  })
  const rules = await sql`select distinct auth_method from pg_hba_file_rules`
  expect(rules).toEqual([{ auth_method: 'scram-sha-256' }])
  const guess = postgres(embedded.adminUrl.replace(/:[^:@/]+@/, ':guess@'), { max: 1 })
  await expect(guess`select 1`).rejects.toMatchObject({ code: '28P01' })
  await guess.end()
})

test('the passwords are readable by their owner only and stay the same', async () => {
  const home = newHome()
  const first = await acquireEmbedded({ home, unsafeNoSync: true })
  await first.release()
  expect(statSync(join(home, 'secrets.json')).mode & 0o777).toBe(0o600)
  expect(statSync(join(home, 'postgres')).mode & 0o777).toBe(0o700)
  const { embedded } = await acquire(home)
  expect(embedded.apiPassword).toBe(first.apiPassword)
})

test('it is durable unless told otherwise, and a durable acquire refuses a server that is not', async () => {
  const home = await usedHome()
  const names = ['fsync', 'full_page_writes', 'synchronous_commit']
  const durable = await acquireEmbedded({ home })
  const sql = postgres(durable.adminUrl, { max: 1 })
  expect(await settingsOf(sql, names)).toEqual({ fsync: 'on', full_page_writes: 'on', synchronous_commit: 'on' })
  await sql.end()
  await durable.release()
  const unsafe = await acquire(home)
  expect(await settingsOf(unsafe.sql, names)).toEqual({ fsync: 'off', full_page_writes: 'off', synchronous_commit: 'on' })
  await expect(acquireEmbedded({ home })).rejects.toThrow(/without fsync/)
})

test('release stops the server and the keeper before it resolves, and what was committed is there next time', async () => {
  const home = await usedHome()
  const first = await acquireEmbedded({ home, unsafeNoSync: true })
  const sql = postgres(first.adminUrl, { max: 1 })
  await sql`create table kept as select 42 as value`
  await sql.end()
  const [keeper, postmaster] = [keeperPid(home), postmasterPid(home)]
  expect([isRunning(keeper), isRunning(postmaster)]).toEqual([true, true])
  await first.release()
  expect(isRunning(postmaster)).toBe(false)
  expect(existsSync(join(home, 'postgres', 'postmaster.pid'))).toBe(false)
  expect(existsSync(join(home, 'keeper.json'))).toBe(false)
  await first.release()
  const second = await acquire(home)
  expect(await second.sql`select value from kept`).toEqual([{ value: 42 }])
})

test("refuses a stranger's server: another cluster on the port, also one with the same password (data_directory, system_identifier)", async () => {
  const ours = await acquire(await usedHome())
  const theirs = await acquire(newHome())
  const identifierOf = async (sql: postgres.Sql) =>
    String((await sql`select system_identifier::text from pg_control_system()`)[0]?.system_identifier)
  const expected = { dataDirectory: ours.embedded.dataDirectory, systemIdentifier: await identifierOf(ours.sql) }
  await proveOwnCluster(ours.embedded.adminUrl, expected)
  const passwordRefused = ours.embedded.adminUrl.replace(`:${ours.embedded.port}/`, `:${theirs.embedded.port}/`)
  await expect(proveOwnCluster(passwordRefused, expected)).rejects.toThrow(/not our own, it refuses our password/)
  await expect(proveOwnCluster(theirs.embedded.adminUrl, expected)).rejects.toThrow(EmbeddedError)
  await expect(proveOwnCluster(ours.embedded.adminUrl, { ...expected, systemIdentifier: '1' })).rejects.toThrow(/not our own/)
  await expect(proveOwnCluster(ours.embedded.adminUrl, { ...expected, dataDirectory: theirs.embedded.dataDirectory })).rejects.toThrow(
    /not our own/,
  )
})

test('every acquire proves the running server against what initdb recorded, and lets go when the proof fails', async () => {
  const home = await usedHome()
  await acquire(home)
  const path = join(home, 'secrets.json')
  const secrets = readFileSync(path, 'utf8')
  writeFileSync(path, secrets.replace(/"systemIdentifier": "\d+"/, '"systemIdentifier": "1"'))
  await expect(acquireEmbedded({ home, unsafeNoSync: true })).rejects.toThrow(/not our own/)
  writeFileSync(path, secrets.replace(/"superuserPassword": "[^"]+"/, '"superuserPassword": "other"'))
  await expect(acquireEmbedded({ home, unsafeNoSync: true })).rejects.toThrow(/refuses our password/)
})

test('refuses a home whose data directory is another cluster, no cluster at all, or has lost its passwords', async () => {
  const [one, other, foreign] = [await usedHome(), newHome(), newHome()]
  await (await acquireEmbedded({ home: other, unsafeNoSync: true })).release()
  renameSync(join(one, 'postgres'), join(one, 'away'))
  renameSync(join(other, 'postgres'), join(one, 'postgres'))
  await expect(acquireEmbedded({ home: one })).rejects.toThrow(/not the cluster made here/)
  renameSync(join(one, 'secrets.json'), join(one, 'lost.json'))
  await expect(acquireEmbedded({ home: one })).rejects.toThrow(/secrets.json is missing/)
  mkdirSync(join(foreign, 'postgres'), { recursive: true })
  writeFileSync(join(foreign, 'postgres', 'novel.txt'), 'mine')
  await expect(acquireEmbedded({ home: foreign })).rejects.toThrow(/not a PostgreSQL data directory/)
  expect(readFileSync(join(foreign, 'postgres', 'novel.txt'), 'utf8')).toBe('mine')
})

test('a setting that PostgreSQL refuses ends in an error that quotes its log', async () => {
  const home = await usedHome()
  writeFileSync(join(home, 'postgres', 'postgresql.auto.conf'), "shared_preload_libraries = 'nowhere'\n")
  await expect(acquireEmbedded({ home })).rejects.toThrow(/did not start[\s\S]*nowhere/)
  expect(existsSync(join(home, 'keeper.json'))).toBe(false)
})
