// Every lint over the catalog: its own first example is made true of the migrated schema, and the lint must not hold any more.
import { functionLints } from '../../support/lints/functions.ts'
import type { Lint } from '../../support/lints/lint.ts'
import { policyLints } from '../../support/lints/policies.ts'
import { roleLints } from '../../support/lints/roles.ts'
import { tableLints } from '../../support/lints/tables.ts'
import { type Guard, type Removal, testsOf } from '../guard.ts'

const test = testsOf('db', 'tests/db/wall/lints.test.ts')

export const lintGroups: readonly [string, readonly Lint[]][] = [
  ['functions', functionLints],
  ['policies', policyLints],
  ['tables', tableLints],
  ['roles', roleLints],
]

/** The examples are changes by a superuser. */
const bySuperuser = (sql: string): Removal => ({ sql: `reset role; ${sql}; set role fleetflow_owner` })

const strangersStay: Removal = {
  file: 'db/src/migrations/grantees.ts',
  find: 'for (const { statement } of rows) await sql.unsafe(statement)',
  replace: '',
}

/** Where the example would be undone by a guard before the lint looks, that guard goes instead; or the example breaks more than its lint. */
const instead: Readonly<Record<string, readonly [Removal, ...Removal[]]>> = {
  'no function is executable by PUBLIC or by a role that is not ours': [
    bySuperuser('grant execute on function private.uid() to public'),
    strangersStay,
  ],
  'nobody creates objects: not in a schema, no schema, no temporary table; function roles only while a migration runs': [
    { file: 'db/src/migrate.ts', find: 'await tx`revoke create on schema public, private from fleetflow_fn, fleetflow_sys`', replace: '' },
  ],
  "what is created next is nobody else's: functions of fleetflow_owner are not for PUBLIC, and no default grants anything of it": [
    {
      file: 'db/src/migrate.ts',
      find: "  'alter default privileges for role fleetflow_owner revoke execute on functions from public',\n",
      replace: '',
    },
  ],
  'every table and sequence belongs to fleetflow_owner': [bySuperuser('alter table public.placement owner to fleetflow_fn')],
  'our roles are no superusers, bypass no row level security, make nothing, and only those that log in log in': [
    {
      file: 'db/src/bootstrap.ts',
      find: "{ name: 'fleetflow_fn', attributes: 'nologin noinherit nobypassrls' }",
      replace: "{ name: 'fleetflow_fn', attributes: 'nologin noinherit bypassrls' }",
    },
  ],
}

export const lintName = ({ guarantee }: Pick<Lint, 'guarantee'>): string => `lint: ${guarantee.replaceAll(',', '')}`

function guardOf(group: string, lint: Lint): Guard {
  const [example] = lint.breaks
  if (example === undefined) throw new Error(`The lint '${lint.guarantee}' shows nothing that it would notice.`)
  return {
    name: lintName(lint),
    guards: `${example.does}, and its like`,
    remove: instead[lint.guarantee] ?? [bySuperuser(example.sql)],
    test: test(`lints of ${group} > ${lint.guarantee} > holds`),
  }
}

export const lintGuards: readonly Guard[] = lintGroups.flatMap(([group, lints]) => lints.map((lint) => guardOf(group, lint)))
