// What an API key may do, see and outlive.
import { type Guard, testsOf } from '../guard.ts'

const dbApiKeys = testsOf('db', 'tests/db/apiKeys.test.ts')
const dbKeyFleet = testsOf('db', 'tests/db/keyFleet.test.ts')
const dbCreateApiKey = testsOf('db', 'tests/db/createApiKey.test.ts')
const apiApiKeys = testsOf('app', 'tests/api/apiKeys.test.ts')

const guard = (name: string, file: string, find: string, replace: string, test: Guard['test']): Guard => ({
  name: `keys: ${name}`,
  guards: name,
  remove: [{ file, find, replace }],
  test,
})

export const keysGuards: readonly Guard[] = [
  guard(
    'last use never noted',
    'db/sql/functions/use_api_key.sql',
    'set last_used_at = now()',
    'set last_used_at = k.last_used_at',
    dbApiKeys('notes its use once a minute, and its next use after that'),
  ),
  guard(
    'last use noted always',
    'db/sql/functions/use_api_key.sql',
    'v_key.last_used_at is null or v_key.last_used_at < now() - c_noted',
    'true',
    dbApiKeys('notes its use once a minute, and its next use after that'),
  ),
  guard(
    'last use waits for a lock',
    'db/sql/functions/use_api_key.sql',
    ' skip locked',
    '',
    dbApiKeys('never waits for another call by the same key, whatever that call waits for'),
  ),
  guard(
    "the key's fleet outlives it in the transaction (known)",
    'db/sql/functions/enter.sql',
    "set_config('fleetflow.fleet', coalesce(v_key.fleet_id::text, ''), true)",
    "set_config('fleetflow.fleet', coalesce(v_key.fleet_id::text, current_setting('fleetflow.fleet', true), ''), true)",
    dbKeyFleet('is forgotten by whoever comes next in the same transaction, known or unknown'),
  ),
  guard(
    "the key's fleet outlives it in the transaction (unknown)",
    'db/sql/functions/enter.sql',
    "set_config('fleetflow.fleet', '', true),\n",
    '\n',
    dbKeyFleet('is forgotten by whoever comes next in the same transaction, known or unknown'),
  ),
  guard(
    "trips_read without the key's fleet",
    'db/sql/policies/trips.sql',
    'using ((booked_by_id = (select private.uid()) and fleet_id = coalesce((select private.key_fleet()), fleet_id))\n',
    'using ((booked_by_id = (select private.uid()))\n',
    dbKeyFleet('row level security hides its trips, quotes and reviews there from the key and not from the user'),
  ),
  guard(
    "quotes without the key's fleet",
    'db/sql/policies/quotes.sql',
    'using ((user_id = (select private.uid()) and fleet_id = coalesce((select private.key_fleet()), fleet_id))',
    'using ((user_id = (select private.uid()))',
    dbKeyFleet('row level security hides its trips, quotes and reviews there from the key and not from the user'),
  ),
  guard(
    'reviews: own ones without asking for the key',
    'db/sql/policies/reviews.sql',
    ' and (select private.key_fleet()) is null',
    '',
    dbKeyFleet('row level security hides its trips, quotes and reviews there from the key and not from the user'),
  ),
  guard(
    "my_fleets without the key's fleet",
    'db/sql/functions/my_fleets.sql',
    'm.fleet_id = coalesce(private.key_fleet(), m.fleet_id) and ',
    '',
    dbKeyFleet('it does not work in, even if somebody made it a member there below the guards'),
  ),
  guard(
    'search helper sees other fleets',
    'db/sql/functions/class_fits.sql',
    ' and f.id = coalesce(private.key_fleet(), f.id)',
    '',
    dbKeyFleet('the helper that looks for cars across fleets finds it only those of its own'),
  ),
  guard(
    "secret's hash counts as input",
    'db/sql/functions/claim_key.sql',
    "(claim_key.input - '{secretHash,secretHint}'::text[])",
    '(claim_key.input)',
    dbCreateApiKey('are made once for an idempotency key, whatever secret each attempt brought; another wish is IDEMPOTENCY_KEY_REUSED'),
  ),
  guard(
    'a key with an owner behind it makes keys',
    'db/sql/functions/owned_fleet.sql',
    'private.key_fleet() is null\n     and ',
    'true\n     and ',
    dbCreateApiKey('make no key, list none and end none, even one that says it may and has an owner behind it (FORBIDDEN)'),
  ),
  guard(
    'managers make keys',
    'db/sql/functions/owned_fleet.sql',
    "my_fleets('{owner}')",
    "my_fleets('{owner,manager}')",
    dbCreateApiKey('are made by owners alone: members and administrators FORBIDDEN, others NOT_FOUND'),
  ),
  guard(
    'admins write',
    'db/sql/functions/owned_fleet.sql',
    '(owned_fleet.reads and private.is_admin())',
    'private.is_admin()',
    dbCreateApiKey('are made by owners alone: members and administrators FORBIDDEN, others NOT_FOUND'),
  ),
  guard(
    'no quota',
    'db/sql/functions/create_api_key.sql',
    '>= c_most',
    '>= 100000',
    dbCreateApiKey('are at most 100 alive in a fleet (QUOTA_EXCEEDED), ended ones do not count'),
  ),
  guard(
    'revoke leaves the membership',
    'db/sql/functions/end_api_key.sql',
    '  delete from public.fleet_members as m where m.fleet_id = v_key.fleet_id and m.user_id = v_key.user_id;\n',
    '',
    dbCreateApiKey('end at once and with their membership, and a second revoke answers the same'),
  ),
  guard(
    'second revoke moves the instant',
    'db/sql/functions/end_api_key.sql',
    'coalesce(k.revoked_at, now())',
    'now()',
    dbCreateApiKey('end at once and with their membership, and a second revoke answers the same'),
  ),
  guard(
    'strangers revoke: no role asked',
    'db/sql/functions/revoke_api_key.sql',
    '  perform private.owned_fleet(v_fleet::text);\n',
    '',
    dbCreateApiKey('are ended by owners alone: members and administrators FORBIDDEN, others NOT_FOUND'),
  ),
  guard(
    'service user becomes owner',
    'db/sql/functions/guard_service_user.sql',
    "new.role = 'owner' or ",
    '',
    dbCreateApiKey('a service user is never made an owner nor a member of another fleet, whoever writes'),
  ),
  guard(
    'service user in another fleet',
    'db/sql/functions/guard_service_user.sql',
    ' or k.fleet_id <> new.fleet_id',
    '',
    dbCreateApiKey('a service user is never made an owner nor a member of another fleet, whoever writes'),
  ),
  guard(
    'replay shows a secret',
    'server/src/trpc/secret.ts',
    'replayed ? null : secret',
    'secret',
    apiApiKeys('show their secret once: no list, no revocation, and null where an idempotency key answers again'),
  ),
  guard(
    'the key is stored instead of a hash of it',
    'server/src/trpc/secret.ts',
    "createHash('sha256').update(secret).digest('hex')",
    "Buffer.from(secret).toString('hex').slice(0, 64)",
    apiApiKeys('are made by POST (201) with a secret that signs in over REST, tRPC and the client'),
  ),
]
