// What a stolen login of the API could try beside the tables: each attempt is made; what is not refused is listed with why it does no harm.
import { call } from '@fleetflow/db'
import type postgres from 'postgres'
import { describe, expect, test } from 'vitest'
import { openTestDatabase } from '../../support/database.ts'
import { as, makeFleet, makeTrip, makeUser, refusal, sqlstate } from '../../support/fixtures.ts'
import { logIn, loginRoles } from '../../support/loginRoles.ts'

const db = await openTestDatabase()
const fleet = await makeFleet(db.sys)
const renter = await makeUser(db.sys)
const stranger = await makeUser(db.sys)
const trip = await makeTrip(db.sys, fleet, { renterId: renter, start: '2031-05-01T10:00Z', end: '2031-05-02T10:00Z' })

/** SQLSTATE 42501 each. */
const refused: Record<string, string[]> = {
  'becomes somebody else': [
    ...['fleetflow_owner', 'fleetflow_fn', 'fleetflow_sys', 'postgres', 'pg_read_all_data', 'pg_monitor'].map((role) => `set role ${role}`),
    ...['fleetflow_owner', 'fleetflow_sys', 'postgres'].map((role) => `set session authorization ${role}`),
    `select set_config('role', 'fleetflow_sys', false)`,
    `select set_config('session_authorization', 'postgres', true)`,
    'grant fleetflow_sys to current_user',
    'grant pg_read_server_files to current_user',
    'alter role current_user superuser',
    'alter role current_user bypassrls',
    'alter role current_user createrole',
    'alter role fleetflow_sys login',
    `alter role fleetflow_owner password 'x'`,
    'alter role fleetflow_fn set search_path = pg_temp',
    'reassign owned by fleetflow_fn to current_user',
    'drop owned by fleetflow_fn',
    'drop role fleetflow_fn',
  ],
  'creates an object': [
    'create schema made',
    'create table public.made (id uuid)',
    'create temporary table made (id uuid)',
    'create unlogged table public.made (id uuid)',
    'create view public.made as select 1 as one',
    'create sequence public.made',
    'create temporary sequence made',
    "create type public.made as enum ('a')",
    'create domain public.made as text',
    "create function public.made() returns integer language sql as 'select 1'",
    "create procedure public.made() language sql as 'select 1'",
    'create aggregate public.made(integer) (sfunc = int4pl, stype = integer)',
    'create operator public.+ (leftarg = integer, rightarg = integer, function = int4pl)',
    'create collation public.made from "C"',
    'create statistics public.made on id, car_id from public.trips',
    'create text search configuration public.made (copy = simple)',
    'create table private.made (id uuid)',
    'create role made',
    'create database made',
    'create extension pg_trgm',
    'create extension dblink',
    'create publication made for all tables',
    `create subscription made connection 'host=127.0.0.1' publication made with (connect = false)`,
    'create foreign data wrapper made',
    'create language made handler plpgsql_call_handler',
    'create event trigger made on ddl_command_start execute function private.note_change()',
    'create access method made type table handler heap_tableam_handler',
    `create tablespace made location '/tmp'`,
    'create cast (text as integer) with inout',
  ],
  'reads or writes files of the server or runs a program': [
    `select pg_read_file('postgresql.conf')`,
    `select pg_read_binary_file('PG_VERSION')`,
    `select pg_ls_dir('.')`,
    `select pg_stat_file('PG_VERSION')`,
    'select pg_ls_waldir()',
    'select pg_ls_logdir()',
    `select lo_import('/etc/passwd')`,
    `select lo_export(1, '/tmp/made')`,
    `copy (select 1) to '/tmp/made'`,
    `copy (select 1) to program 'id'`,
    `load '/tmp/made.so'`,
    'select pg_current_logfile()',
    'select pg_hba_file_rules()',
    'select pg_show_all_file_settings()',
  ],
  'reads what the server knows of others': [
    'select * from pg_authid',
    'select * from pg_shadow',
    'select * from pg_statistic',
    'select * from pg_user_mapping',
    'select * from pg_largeobject',
    'select * from pg_subscription',
    'select * from pg_hba_file_rules',
    'select * from pg_file_settings',
    'select * from pg_config',
    'select * from pg_backend_memory_contexts',
    `select query_to_xml('select * from public.users', true, true, '')`,
    `select table_to_xml('public.users', true, true, '')`,
    'explain select * from public.users',
    'explain analyze delete from public.users',
    'declare made cursor with hold for select * from public.users',
    'do $$ begin perform from public.users; end $$',
    "do $$ begin execute 'select 1 from public.users'; end $$",
  ],
  'runs the server': [
    'alter system set fsync = off',
    'set session_replication_role = replica',
    `set log_statement = 'none'`,
    `set log_min_error_statement = 'panic'`,
    'set zero_damaged_pages = on',
    'select pg_reload_conf()',
    'select pg_rotate_logfile()',
    'select pg_switch_wal()',
    'select pg_promote()',
    `select pg_create_restore_point('made')`,
    `select pg_create_physical_replication_slot('made')`,
    'select pg_stat_reset()',
    'select pg_log_backend_memory_contexts(pg_backend_pid())',
    'checkpoint',
    'reindex table public.trips',
    'cluster public.trips using trips_pkey',
  ],
}

/** What PostgreSQL lets every login do, and why that is no harm. Each is taken back. */
const harmless: [statement: string, state: string, because: string][] = [
  ['set local role none', '00000', 'it is itself already'],
  ['set local session authorization default', '00000', 'it is itself already'],
  ['set local row_security = off', '00000', 'asks for an error where rows would be hidden; below: nothing answers then'],
  [
    `set local fleetflow.uid = '01900000-0000-7000-8000-000000000000'`,
    '00000',
    'private.enter sets it again; below: nobody is taken for somebody else',
  ],
  ['set local search_path = pg_temp', '00000', 'functions have their own'],
  ['set local statement_timeout = 0', '00000', 'limits guard against mistakes of the API, not against its login'],
  ['set local transaction isolation level serializable', '00000', 'nothing rests on a level'],
  ['do $$ begin null; end $$', '00000', "a block has its caller's rights"],
  ['listen fleetflow_events', '00000', 'the bell says how many events there are, and nothing else'],
  [`notify fleetflow_events, '1'`, '00000', 'who hears a bell looks at the log, which is the truth'],
  ['select lo_create(0)', '00000', 'an object of its own, which nothing of ours reads'],
  ['select pg_advisory_xact_lock(1)', '00000', 'no rule rests on advisory locks; a migration that waits for one says so'],
  ['select pg_terminate_backend(pg_backend_pid() + 100000000)', '00000', 'it may end sessions of its own role alone; below'],
  ["alter role current_user set work_mem = '1MB'", '00000', 'defaults of its own; a connection of ours sets its limits itself'],
  [`alter role current_user password 'made'`, '00000', 'its own; an administrator sets it again with migrate'],
  ['drop owned by current_user', '00000', 'gives its rights away; an administrator gives them back'],
  ['analyze public.trips', '00000', 'skipped with a warning'],
  ['select prosrc from pg_proc limit 1', '00000', 'the text of functions is no secret'],
  ['select relname from pg_class limit 1', '00000', 'names of tables are no secret'],
  ['prepare made as select * from public.users', '00000', 'refused when it is executed'],
  [`select pg_logical_emit_message(true, 'made', 'made')`, '00000', 'nobody decodes it'],
  ['select dblink(null, null)', '42883', 'there is no such function'],
  ['select crosstab(null)', '42883', 'there is no such function'],
]

describe.each(loginRoles)('$role', (login) => {
  const sql = logIn(db, login)
  const rolledBack = async (statement: string, after?: (tx: postgres.Sql) => Promise<void>): Promise<string> => {
    await sql.unsafe('begin')
    try {
      const state = await sqlstate(sql.unsafe(statement))
      await after?.(sql)
      return state
    } finally {
      await sql.unsafe('rollback')
    }
  }

  describe.each(Object.entries(refused))('never %s', (_, statements) => {
    test.each(statements)('%s (42501)', async (statement) => {
      expect(await sqlstate(sql.unsafe(statement))).toBe('42501')
    })
  })

  test.each(harmless)('%s answers %s: %s', async (statement, state) => {
    expect(await rolledBack(statement)).toBe(state)
  })

  test('sees no query and no address of anybody else, and statistics of none of our columns', async () => {
    const seen = await sql<{ query: string; address: string | null }[]>`
      select query, client_addr::text as address from pg_stat_activity where usename is distinct from current_user and datname = current_database()`
    expect(seen.length).toBeGreaterThan(0)
    expect(seen.filter(({ query, address }) => query !== '<insufficient privilege>' || address !== null)).toEqual([])
    expect(
      await sql`select tablename from pg_stats where schemaname in ('public', 'private', 'issuer') and schemaname is distinct from ${login.ownSchema}`,
    ).toEqual([])
    expect(
      await sql`select * from information_schema.columns where table_schema in ('private', 'issuer') and table_schema is distinct from ${login.ownSchema}`,
    ).toHaveLength(0)
  })

  test('ends and cancels nobody else (42501)', async () => {
    const [{ pid } = { pid: 0 }] = await db.sys<{ pid: number }[]>`select pg_backend_pid() as pid`
    for (const act of ['pg_terminate_backend', 'pg_cancel_backend'])
      expect(await sqlstate(sql.unsafe(`select ${act}(${pid})`))).toBe('42501')
    expect(await db.sys`select pg_backend_pid() as pid`).toEqual([{ pid }])
  })

  test.runIf(login.runs.length > 0)(
    'gets no row by asking that row level security be left out, nor by naming itself before it calls',
    async () => {
      const list = (user: string) => `select public.list_trips_rpc('{"userId": "${user}"}') -> 'items' as items`
      expect((await sql.unsafe<{ items: { id: string }[] }[]>(list(renter)))[0]?.items).toMatchObject([{ id: trip }])
      expect(
        await rolledBack('set local row_security = off', async (tx) => expect(await sqlstate(tx.unsafe(list(renter)))).toBe('42501')),
      ).toBe('00000')
      for (const [setting, value] of [
        ['uid', renter],
        ['admin', 'on'],
        ['operation', 'trips.start'],
      ]) {
        await rolledBack(`set local fleetflow.${setting} = '${value}'`, async (tx) => {
          expect((await tx.unsafe<{ items: unknown[] }[]>(list(stranger)))[0]?.items).toEqual([])
        })
      }
    },
  )
})

test('a connection of the API has its limits from its first statement on, and acts as fleetflow_api', async () => {
  const [row] = await db.api.sql<Record<string, string>[]>`
    select current_user::text as acts, current_setting('statement_timeout') as statement, current_setting('lock_timeout') as lock,
           current_setting('idle_in_transaction_session_timeout') as idle, current_setting('client_connection_check_interval') as checks,
           current_setting('TimeZone') as zone, current_setting('transaction_isolation') as level`
  expect(row).toEqual({
    acts: 'fleetflow_api',
    statement: '15s',
    lock: '5s',
    idle: '15s',
    checks: '1s',
    zone: 'UTC',
    level: 'read committed',
  })
  await refusal(call(db.api, 'get_trip_rpc', { trip_id: trip, actor: as(stranger) }), 'NOT_FOUND')
})
