// Makes the five roles of the cluster and what they need in one database; roles are cluster-wide, so this is no migration.
import { createHash, createHmac, pbkdf2Sync, randomBytes } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import postgres from 'postgres'
import { adminOptions } from './connect.ts'

export interface BootstrapOptions {
  /** Sets the password of `fleetflow_api`; it is sent as a SCRAM verifier, never in the clear. */
  apiPassword?: string
  /** Sets the password of `fleetflow_auth`, the bundled issuer's role, likewise. */
  authPassword?: string
}

const roles = [
  { name: 'fleetflow_owner', attributes: 'nologin inherit nobypassrls' },
  { name: 'fleetflow_fn', attributes: 'nologin noinherit nobypassrls' },
  { name: 'fleetflow_sys', attributes: 'nologin noinherit nobypassrls' },
  { name: 'fleetflow_api', attributes: 'login noinherit nobypassrls' },
  { name: 'fleetflow_auth', attributes: 'login noinherit nobypassrls' },
] as const

/** Memberships: the owner hands functions over to the two function roles; the administrator becomes the owner while migrating. */
const ownerIsMemberOf = ['fleetflow_fn', 'fleetflow_sys'] as const

/** A SCRAM-SHA-256 verifier (RFC 5802, RFC 7677) in PostgreSQL's form, so that the password itself reaches no log. */
function scramVerifier(password: string): string {
  const iterations = 4096
  const salt = randomBytes(16)
  const salted = pbkdf2Sync(password, salt, iterations, 32, 'sha256')
  const hmac = (text: string) => createHmac('sha256', salted).update(text).digest()
  const storedKey = createHash('sha256').update(hmac('Client Key')).digest('base64')
  return `SCRAM-SHA-256$${iterations}:${salt.toString('base64')}$${storedKey}:${hmac('Server Key').toString('base64')}`
}

async function makeRoles(sql: postgres.Sql, options: BootstrapOptions): Promise<void> {
  const passwords = { fleetflow_api: options.apiPassword, fleetflow_auth: options.authPassword }
  for (const [role, password] of Object.entries(passwords)) {
    if (/[^\x21-\x7e]/.test(password ?? '')) throw new BootstrapError(`The password of ${role} must be plain ASCII without spaces`)
  }
  const existing = new Set(
    (await sql<{ rolname: string }[]>`select rolname from pg_roles where rolname like 'fleetflow%'`).map((r) => r.rolname),
  )
  for (const { name, attributes } of roles) {
    if (!existing.has(name)) await sql.unsafe(`create role ${name} ${attributes}`)
  }
  for (const name of ownerIsMemberOf) await grantMembership(sql, name, 'fleetflow_owner')
  const [{ admin } = { admin: '' }] = await sql<{ admin: string }[]>`select quote_ident(current_user) as admin`
  for (const { name } of roles) await grantMembership(sql, name, admin)
  for (const [role, password] of Object.entries(passwords)) {
    if (password === undefined || (await logsIn(sql, role, password))) continue
    await sql.unsafe(`alter role ${role} password '${scramVerifier(password)}'`)
  }
  await keepLogsDiscreet(sql)
}

/** What a login role leaves out of the server's log: what was sent to it (also while statements are logged), and rows that a DETAIL quotes. */
const discretion = { log_parameter_max_length: '0', log_error_verbosity: 'terse' }

/** Only a superuser may set these for a role; where the administrator is none, docs/deploy.md says what to ask for. */
async function keepLogsDiscreet(sql: postgres.Sql): Promise<void> {
  for (const { name } of roles.filter(({ attributes }) => attributes.startsWith('login'))) {
    for (const [setting, value] of Object.entries(discretion)) {
      const [row] = await sql<{ due: boolean }[]>`
        select current_setting('is_superuser') = 'on'
               and not coalesce(${`${setting}=${value}`} = any(rolconfig), false) as due from pg_roles where rolname = ${name}`
      if (row?.due) await sql.unsafe(`alter role ${name} set ${setting} = ${value}`)
    }
  }
}

/** Whether this role can log in with this password already: then an administrator who may not set it need not. */
async function logsIn(sql: postgres.Sql, role: string, password: string): Promise<boolean> {
  const { host, port, database, ssl } = sql.options
  const api = postgres({
    ...adminOptions('fleetflow-bootstrap'),
    host: host[0] ?? '',
    port: port[0] ?? 5432,
    database,
    ssl,
    username: role,
    password,
  })
  try {
    await api`select 1`
    return true
  } catch {
    return false
  } finally {
    await api.end()
  }
}

/** Grants `role` to `member` unless it can already become it (as superusers and earlier runs can). */
async function grantMembership(sql: postgres.Sql, role: string, member: string): Promise<void> {
  const [row] = await sql<{ can: boolean }[]>`
    select case when current_setting('server_version_num')::int >= 160000
                then pg_has_role(${member}, ${role}, 'SET') else pg_has_role(${member}, ${role}, 'MEMBER') end as can`
  if (!row?.can) await sql.unsafe(`grant ${role} to ${member}`)
}

/** What the roles need in this database, each with the question whether they have it; granting again is not always allowed. */
const grants = (database: string) => [
  {
    held: `has_database_privilege('fleetflow_owner', current_database(), 'CREATE')`,
    statement: `grant create, connect on database ${database} to fleetflow_owner`,
  },
  {
    held: `has_database_privilege('fleetflow_api', current_database(), 'CONNECT')`,
    statement: `grant connect on database ${database} to fleetflow_api`,
  },
  {
    held: `has_database_privilege('fleetflow_auth', current_database(), 'CONNECT')`,
    statement: `grant connect on database ${database} to fleetflow_auth`,
  },
  {
    held: `has_schema_privilege('fleetflow_owner', 'public', 'CREATE WITH GRANT OPTION')
           and has_schema_privilege('fleetflow_owner', 'public', 'USAGE WITH GRANT OPTION')`,
    statement: 'grant usage, create on schema public to fleetflow_owner with grant option',
  },
  {
    held: `not has_database_privilege('fleetflow_api', current_database(), 'TEMPORARY')`,
    statement: `revoke temporary on database ${database} from public`,
  },
]

async function grantInDatabase(sql: postgres.Sql): Promise<void> {
  const [{ database } = { database: '' }] = await sql<{ database: string }[]>`select quote_ident(current_database()) as database`
  for (const { held, statement } of grants(database)) {
    const [row] = await sql.unsafe<{ held: boolean }[]>(`select ${held} as held`)
    if (!row?.held) await sql.unsafe(statement)
  }
}

/** The administrator lacks a right that only somebody else can give; the message says which. */
export class BootstrapError extends Error {
  override name = 'BootstrapError'
}

/** Concurrent `create role` and grants fail with one of these and succeed when tried again. */
const passing = new Set(['0LP01', 'XX000', '42710', '23505', '40001', '40P01'])

const missingRights = (error: postgres.PostgresError): string =>
  `DATABASE_ADMIN_URL must name an administrator who may create roles and owns the database (${error.message}) - where the roles exist already, whoever made them runs ` +
  `\`grant fleetflow_owner, fleetflow_fn, fleetflow_sys, fleetflow_api, fleetflow_auth to <administrator>\` and sets the passwords of fleetflow_api and fleetflow_auth`

/**
 * Makes the roles and grants that migrations rely on. Safe to run at any time, by many at once, and by an administrator who is no superuser
 * (it needs CREATEROLE where roles are missing, and to own the database or hold CREATE on it with grant option).
 * Errors: BootstrapError where rights are missing, else those of PostgreSQL, after ten tries for the passing ones.
 */
export async function bootstrap(adminUrl: string, options: BootstrapOptions = {}): Promise<void> {
  const sql = postgres(adminUrl, adminOptions('fleetflow-bootstrap'))
  try {
    for (let attempt = 1; ; attempt += 1) {
      try {
        await makeRoles(sql, options)
        await grantInDatabase(sql)
        return
      } catch (error) {
        if (error instanceof postgres.PostgresError && error.code === '42501')
          throw new BootstrapError(missingRights(error), { cause: error })
        if (attempt >= 10 || !(error instanceof postgres.PostgresError) || !passing.has(error.code)) throw error
        await delay(Math.random() * 50 * attempt)
      }
    }
  } finally {
    await sql.end()
  }
}
