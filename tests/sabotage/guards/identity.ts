// Who somebody is and what follows from it: roles, identity in the transaction, row level security, entry functions.
import { type Guard, testsOf } from '../guard.ts'

const visibility = testsOf('db', 'tests/db/visibility.test.ts')
const entries = testsOf('db', 'tests/db/wall/entries.test.ts')
const flaws = testsOf('db', 'tests/db/flaws.test.ts')
const lints = testsOf('db-managed', 'tests/db/wall/lints.test.ts')
const keys = testsOf('db', 'tests/db/apiKeys.test.ts')

export const identityGuards: readonly Guard[] = [
  {
    name: 'paths without the caller',
    guards: 'operators and functions of the caller take the place of ours in a price',
    remove: [
      {
        sql: `do $$ declare fn regprocedure; begin
          for fn in select oid from pg_proc where pronamespace in ('private'::regnamespace, 'public'::regnamespace)
                       and pg_get_userbyid(proowner) like 'fleetflow%' loop
            execute format('alter function %s reset search_path', fn);
          end loop; end $$`,
      },
    ],
    test: flaws('with impostors of functions and operators changes no price; control: without the pinned path it does'),
  },
  {
    name: 'names in full',
    guards: 'a temporary table of the caller takes the place of ours',
    remove: [
      {
        file: 'db/sql/functions/bookable_car.sql',
        find: 'set search_path = pg_catalog, public, pg_temp',
        replace: 'set search_path = pg_temp, pg_catalog, public',
      },
      { file: 'db/sql/functions/bookable_car.sql', find: 'from public.cars as c', replace: 'from cars as c' },
    ],
    test: flaws('with temporary tables named like ours changes no price and takes no row'),
    says: 'permission denied for table cars',
  },
  {
    name: 'strangers are revoked',
    guards: 'a managed platform grants every new function to a role of its own',
    remove: [
      { sql: 'grant execute on function private.uid() to anon' },
      { file: 'db/src/migrations/grantees.ts', find: 'for (const { statement } of rows) await sql.unsafe(statement)', replace: '' },
    ],
    test: lints('lints of functions > no function is executable by PUBLIC or by a role that is not ours > holds'),
  },
  {
    name: 'no identity is NULL',
    guards: "a setting that was set locally before is '' and no uuid",
    remove: [
      {
        file: 'db/sql/functions/uid.sql',
        find: "nullif(current_setting('fleetflow.uid', true), '')::uuid",
        replace: "current_setting('fleetflow.uid', true)::uuid",
      },
    ],
    test: visibility('of an unknown subject sees nothing and is not created by reading'),
    says: 'BAD_INPUT',
  },
  {
    name: 'identity ends with the transaction',
    guards: 'the next user of a pooled connection is the one before',
    remove: [
      {
        file: 'db/sql/functions/enter.sql',
        find: "set_config('fleetflow.uid', v_user.id::text, true)",
        replace: "set_config('fleetflow.uid', v_user.id::text, false)",
      },
    ],
    test: visibility('leaves nothing behind on its connection: the next one on it is itself'),
  },
  {
    name: 'unknown subjects are nobody',
    guards: 'a subject that was never seen keeps the identity that the transaction had',
    remove: [
      {
        file: 'db/sql/functions/enter.sql',
        find: 'elsif v_user.id is null then',
        replace:
          "elsif v_user.id is null and set_config('fleetflow.admin', 'on', true) = 'on' then\n      return null;\n    elsif v_user.id is null then",
      },
    ],
    test: visibility('of an unknown subject sees nothing and is not created by reading'),
  },
  {
    name: 'suspension at the next call',
    guards: 'a suspended user works on until their token ends',
    remove: [
      {
        file: 'db/sql/functions/enter.sql',
        find: ' or v_user.suspended_at is not null',
        replace: '',
      },
    ],
    test: visibility('that is suspended is refused everywhere, by id and by token (UNAUTHENTICATED), and is welcome again afterwards'),
  },
  {
    name: 'equal emails never link',
    guards: 'a token with the address of somebody else becomes them',
    remove: [
      {
        file: 'db/sql/functions/enter.sql',
        find: "where i.issuer = enter.actor ->> 'issuer' and i.subject = enter.actor ->> 'subject';",
        replace:
          "where (i.issuer = enter.actor ->> 'issuer' and i.subject = enter.actor ->> 'subject') or u.email = enter.actor ->> 'email' order by u.created_at limit 1;",
      },
    ],
    test: visibility('is never linked by an equal email: two subjects, two issuers and a user with that email stay apart'),
  },
  {
    name: 'first line first',
    guards: 'an entry function that works before it knows for whom',
    remove: [
      { file: 'db/sql/functions/get_me_rpc.sql', find: 'declare\n  v_actor', replace: 'declare\n  v_now timestamptz := now();\n  v_actor' },
    ],
    test: entries('recognises its actor first, in the name of its own procedure'),
  },
  {
    name: 'listed functions only',
    guards: 'the login of the API reaches a helper that sees across people',
    remove: [{ sql: 'grant execute on function private.expire_holds(uuid) to fleetflow_api' }],
    test: entries('has the listed signature, and nothing else can be executed by the API role'),
  },
  {
    name: 'every procedure has its function',
    guards: 'an entry function that no procedure knows',
    remove: [
      {
        sql: 'create function public.stray_rpc(actor jsonb) returns jsonb language sql stable set search_path = pg_catalog, public, pg_temp as $$ select actor $$; grant execute on function public.stray_rpc(jsonb) to fleetflow_api',
      },
    ],
    test: entries('is there for each procedure, and no other is'),
  },
  {
    name: 'a hidden car is not booked',
    guards: 'foreign keys look past row level security',
    remove: [
      {
        file: 'db/sql/functions/bookable_car.sql',
        find: 'select c.* into v_car from public.cars as c where',
        replace: "select c.* into v_car from private.car_of((input ->> 'carId')::uuid) as c where",
      },
      {
        file: 'db/sql/functions/take_car.sql',
        find: 'select c.* into v_car from public.cars as c where',
        replace: 'select c.* into v_car from private.car_of(take_car.car_id) as c where',
      },
    ],
    test: visibility('a car that is not there, retired or hidden is refused in the same words (NOT_FOUND)'),
  },
  {
    name: 'a hidden fleet hides its cars',
    guards: 'cars of a fleet for members are shown to everybody',
    remove: [
      {
        file: 'db/sql/policies/cars.sql',
        find: '(retired_at is null and exists (select from public.fleets as f where f.id = cars.fleet_id))',
        replace: 'retired_at is null',
      },
    ],
    test: visibility('shows its cars to members and administrators, and is not there for others (NOT_FOUND)'),
    says: 'Cannot read properties of null',
  },
  {
    name: 'a trip is its renter’s and its fleet’s',
    guards: 'a policy that shows every trip to everybody',
    remove: [{ sql: 'alter policy trips_read on public.trips using (true)' }],
    test: visibility(
      'is not there for anybody else: a stranger, another fleet, an unknown subject (NOT_FOUND), in the words for no trip at all',
    ),
  },
  {
    name: 'a lock under policies is checked',
    guards: 'a row that may be read and not changed is not locked, and nobody notices',
    remove: [
      {
        file: 'db/sql/functions/find_trip.sql',
        find: "    raise exception using errcode = 'FF403', message = 'FORBIDDEN';\n",
        replace: '    select t.* into v_trip from public.trips as t where t.car_id = v_car_id and t.id = find_trip.trip_id;\n',
      },
    ],
    test: testsOf(
      'db',
      'tests/db/tripChanges.test.ts',
    )(
      'cancel_trip_rpc > is for the renter, the owner and the manager; a driver and an administrator look only (FORBIDDEN), a stranger sees nothing (NOT_FOUND)',
    ),
  },
  {
    name: 'a quote is its renter’s',
    guards: 'beneath the functions somebody reads and takes the quote of another',
    remove: [{ sql: 'alter policy quotes_own on public.quotes using (true)' }],
    test: testsOf(
      'db',
      'tests/db/quotes.test.ts',
    )('beneath the functions, too, a quote shows itself to its renter and to owners and managers only'),
  },
  {
    name: 'keys do what they list',
    guards: 'an API key calls what it was not made for',
    remove: [
      {
        file: 'db/sql/functions/use_api_key.sql',
        find: 'if use_api_key.procedure <> all (v_key.procedures) then',
        replace: 'if false then',
      },
    ],
    test: keys('does nothing that it does not list (FORBIDDEN), whatever its role allows'),
  },
  {
    name: 'revoked keys are dead',
    guards: 'a key works on after it was revoked',
    remove: [{ file: 'db/sql/functions/use_api_key.sql', find: 'and k.revoked_at is null', replace: '' }],
    test: testsOf(
      'app',
      'tests/api/revoked.test.ts',
    )('is refused from the next call after it was revoked or has expired, and a made-up one always (UNAUTHENTICATED)'),
  },
  {
    name: 'keys are never administrators',
    guards: 'the service user of a key is made an administrator',
    remove: [{ file: 'db/sql/functions/enter.sql', find: 'v_user.is_admin and v_key.id is null', replace: 'v_user.is_admin' }],
    test: keys('acts as its service user, who is no administrator whatever its row says'),
  },
  {
    name: 'roles come from the tables',
    guards: 'a token that claims a role has it',
    remove: [{ file: 'db/sql/functions/my_fleets.sql', find: 'and m.role = any (my_fleets.roles)', replace: '' }],
    test: testsOf(
      'app',
      'tests/api/revoked.test.ts',
    )('has the role of the tables from the next call, never one that the token claims (FORBIDDEN)'),
  },
]
