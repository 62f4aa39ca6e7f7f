// The bundled issuer: who gets in, how a session ends, what its links and letters give away, and when it runs at all.
import { type Guard, testsOf } from '../guard.ts'

const signingIn = testsOf('app', 'tests/api/issuer.test.ts')
const guarded = testsOf('app', 'tests/api/issuerGuards.test.ts')
const configured = testsOf('app', 'tests/api/issuerSettings.test.ts')
const sessions = testsOf('app', 'tests/api/sessions.test.ts')
const mail = testsOf('app', 'tests/api/mail.test.ts')
const logins = testsOf('db', 'tests/db/wall/loginRoles.test.ts')
const migrating = testsOf('db', 'tests/db/migrations.test.ts')

const guard = (name: string, guards: string, file: string, find: string, replace: string, test: Guard['test']): Guard => ({
  name: `issuer: ${name}`,
  guards,
  remove: [{ file, find, replace }],
  test,
})

const library = 'server/src/issuer/library.ts'
const routes = 'server/src/issuer/routes.ts'
const ended = (how: string) => sessions(`${how} ends its tokens at the next call, over REST and tRPC (UNAUTHENTICATED)`)

const sessionGuards: readonly Guard[] = [
  guard(
    'every call asks for the session',
    'a token outlives signing out',
    'db/sql/functions/enter.sql',
    "if enter.actor ? 'session' and",
    'if false and',
    ended('signing out'),
  ),
  guard(
    'a session has its person',
    'a token lives by the session of somebody else',
    'db/sql/functions/session_is_live.sql',
    's.user_id = session_is_live.subject::uuid',
    'true',
    guarded('a token whose session belongs to somebody else, has expired or is no session is UNAUTHENTICATED'),
  ),
  guard(
    'a session expires',
    'a token outlives its session',
    'db/sql/functions/session_is_live.sql',
    ' and s.expires_at > now()',
    '',
    guarded('a token whose session belongs to somebody else, has expired or is no session is UNAUTHENTICATED'),
  ),
  guard(
    'no token without a session',
    'a token of the bundled issuer that no signing out ends',
    'server/src/http/auth/verifier.ts',
    "if (session === undefined) throw new BadToken('no session')",
    'if (session === undefined) return identity',
    sessions('a token of the bundled issuer without a usable `sid` is nobody (UNAUTHENTICATED)'),
  ),
  guard(
    'a reset ends sessions',
    'whoever stole a session keeps it after the password was reset',
    library,
    'revokeSessionsOnPasswordReset: true',
    'revokeSessionsOnPasswordReset: false',
    ended('a reset of the password'),
  ),
  guard(
    'a change ends other sessions',
    'whoever stole a session keeps it after the password was changed',
    'server/src/issuer/endpoints.ts',
    'always: { revokeOtherSessions: true },',
    '',
    ended('a change of the password'),
  ),
  guard(
    'a session token is signed',
    'what the table holds signs its reader in',
    library,
    'requireSignature: true',
    'requireSignature: false',
    guarded('a session token needs its signature: what the table holds signs nobody in'),
  ),
]

const accountGuards: readonly Guard[] = [
  guard(
    'tokens hold nothing personal',
    'names and addresses travel in every token',
    library,
    'definePayload: ({ session }) => ({ sid: session.id }),',
    'definePayload: ({ session, user }) => ({ sid: session.id, email: user.email }),',
    signingIn('puts nothing but subject, session, audience, issuer and times into a token, which lives ten minutes'),
  ),
  guard(
    'addresses are verified first',
    'somebody signs in under an address that is not theirs',
    library,
    'requireEmailVerification: true',
    'requireEmailVerification: false',
    signingIn('lets nobody in before the address is verified, with a reason for whoever knows the password (FORBIDDEN)'),
  ),
  guard(
    'links are kept as hashes',
    'whoever reads the table resets a password',
    library,
    "storeIdentifier: 'hashed'",
    "storeIdentifier: 'plain'",
    guarded('refuses a reset token that has expired, and stores none in the clear'),
  ),
  guard(
    'origins',
    'another site acts with the cookies of a browser, or is linked to from our mail',
    library,
    'disableOriginCheck: false',
    'disableOriginCheck: true',
    guarded('links lead to trusted origins only (FORBIDDEN)'),
  ),
  guard(
    'dots in a page',
    'a genuine link leads to another host',
    'server/src/issuer/endpoints.ts',
    '!leadsAway(value)',
    'leadsAway(value) || true',
    guarded('no page is one of another host once its dots are resolved: /.//evil.example (BAD_INPUT)'),
  ),
  guard(
    'cookies are SameSite',
    'another site sends the cookies of a browser',
    library,
    "sameSite: 'lax'",
    "sameSite: 'none'",
    guarded('cookies are HttpOnly and SameSite=Lax, and act for trusted origins only (FORBIDDEN)'),
  ),
  guard(
    'cookies are HttpOnly',
    'a script on the page reads the session',
    library,
    'httpOnly: true',
    'httpOnly: false',
    guarded('cookies are HttpOnly and SameSite=Lax, and act for trusted origins only (FORBIDDEN)'),
  ),
  {
    name: 'issuer: signing up answers alike',
    guards: 'the answer tells who has an account',
    remove: [
      { file: library, find: 'requireEmailVerification: true', replace: 'requireEmailVerification: false' },
      { file: library, find: 'autoSignIn: false', replace: 'autoSignIn: true' },
    ],
    test: guarded('answers signing up alike for known and unknown addresses'),
  },
  guard(
    'the second of two sign-ups',
    'the answer tells who came first',
    routes,
    "if (!(error instanceof ApiError) || error.code !== 'BAD_INPUT' || error.refusal.details !== undefined) throw error",
    'if (error !== undefined) throw error',
    guarded('answers two who sign up with one address at once alike, and makes one account'),
  ),
  guard(
    'listed endpoints alone',
    'the library serves what nobody looked at',
    'server/src/issuer/endpoints.ts',
    "{ method: 'POST', path: '/sign-out', input: nothing },",
    "{ method: 'POST', path: '/sign-out', input: nothing },\n  { method: 'GET', path: '/list-accounts', input: nothing },",
    guarded('/auth/list-accounts does not exist (NOT_FOUND)'),
  ),
  guard(
    'length of passwords',
    'a password of one character',
    'server/src/issuer/passwords.ts',
    'least: 8',
    'least: 1',
    guarded('passwords have 8 to 128 characters, and nothing unknown is taken (BAD_INPUT)'),
  ),
]

const settingGuards: readonly Guard[] = [
  guard(
    'off is off',
    'a server that trusts a provider alone believes tokens of its own',
    'server/src/issuerSettings.ts',
    "if (env.ISSUER !== undefined) return env.ISSUER === 'on'",
    'if (env.ISSUER !== undefined) return true',
    configured('switched off has no route, opens no connection and believes none of its tokens (UNAUTHENTICATED)'),
  ),
  guard(
    'old keys stay published',
    'everybody is out when a key expires',
    library,
    'gracePeriod: 7 * day',
    'gracePeriod: 0',
    configured('signs with a new key once the old one has expired, and still believes what the old one signed'),
  ),
  guard(
    'production asks for its secret',
    'a generated secret signs in production',
    'server/src/issuerSettings.ts',
    "if (options.secret === undefined) problems.push('AUTH_SECRET must be set in production with ISSUER=on: 32 random characters or more')",
    '',
    configured('production names every setting that is missing, and a short secret is refused anywhere'),
  ),
  guard(
    'links name the port',
    'a mailed link that leads nowhere',
    'server/src/main.ts',
    'const settings = await withKnownPort(given)',
    'const settings = given',
    configured('names the address at which it listens in links and tokens where PUBLIC_URL is not set, also with PORT=0'),
  ),
  guard(
    'mail is encrypted',
    'links are sent in the clear',
    'server/src/mail/smtp.ts',
    'requireTLS: !secure && !loopback.test(hostname)',
    'requireTLS: false',
    mail('is not handed in the clear to a server that is not named as this machine'),
  ),
  guard(
    'one recipient',
    'an address that is spelled as several is mailed to all of them',
    'server/src/mail/smtp.ts',
    "to: { name: '', address: to }",
    'to',
    mail('goes to one address, however it is spelled'),
  ),
  guard(
    'no address in the log',
    'the log tells who has an account',
    'server/src/mail/postman.ts',
    'onError(withoutAddresses(error))',
    'onError(error)',
    mail('is not waited for, and what is given up is told without the address'),
  ),
]

const databaseGuards: readonly Guard[] = [
  {
    name: 'issuer: its role sees its schema alone',
    guards: "the issuer's login reads the people of the product",
    remove: [{ sql: 'grant select on public.users to fleetflow_auth' }],
    test: logins('fleetflow_auth > reads, writes, locks, copies, changes and takes over nothing of public.users (42501)'),
  },
  {
    name: 'issuer: its schema is its own',
    guards: "the API's login reads hashes of passwords",
    remove: [{ sql: 'grant usage on schema issuer to fleetflow_api; grant select on issuer.accounts to fleetflow_api' }],
    test: logins('fleetflow_api > reads, writes, locks, copies, changes and takes over nothing of issuer.accounts (42501)'),
  },
  {
    name: 'issuer: auth of a platform',
    guards: 'a managed platform has a schema auth already, and nothing can be migrated there',
    remove: [{ sql: 'create schema auth' }],
    test: migrating('leaves a schema auth with users alone, as managed platforms have one'),
    says: 'schema "auth" already exists',
  },
]

export const issuerGuards: readonly Guard[] = [...sessionGuards, ...accountGuards, ...settingGuards, ...databaseGuards]
