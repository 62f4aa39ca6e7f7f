// Cars and accounts, continued: what is booked stays as it was, and nobody comes back from an erasure, however close to it they call.
import { type Guard, testsOf } from '../guard.ts'

const race = testsOf('db', 'tests/db/erasureRace.test.ts')
const account = testsOf('db', 'tests/db/account.test.ts')
const overHttp = testsOf('app', 'tests/api/account.test.ts')

const leavesNoKey = 'leaves no key with a refusal in it, and is told that nobody called (UNAUTHENTICATED)'
const changesNothing =
  'changes nothing without a key either: a name (UNAUTHENTICATED), and an administrator finds nobody to suspend (NOT_FOUND)'

export const carsGuards: readonly Guard[] = [
  {
    name: 'what is booked is pinned',
    guards: 'a car that changes its class takes its trips along to where they may be moved',
    remove: [{ file: 'db/sql/functions/update_car.sql', find: 'set pinned = true', replace: 'set pinned = pinned' }],
    test: testsOf(
      'db',
      'tests/db/cars.test.ts',
    )('what is booked keeps its buffers, its price and its car; new bookings get what the car says now'),
  },
  {
    name: 'people write their own row',
    guards: 'an administrator renames others',
    remove: [{ sql: 'alter policy users_change on public.users using (true) with check (true)' }],
    test: account('below the API a person can write nothing of themselves but the name, and nothing of others (42501)'),
  },
  {
    name: 'the export is complete',
    guards: 'a new column tells of a person and nobody exports it',
    remove: [{ sql: 'alter table public.car_classes add column made_by uuid references public.users (id)' }],
    test: account('every column that refers to a user is in the export or has a reason not to be'),
  },
  {
    name: 'the erased are nobody',
    guards: 'a script goes on as somebody who was erased',
    remove: [{ file: 'db/sql/functions/enter.sql', find: ' or v_user.erased_at is not null', replace: '' }],
    test: account('whoever was erased is nobody (UNAUTHENTICATED, NOT_FOUND), and their subject is somebody new without a past'),
  },
  {
    name: 'no key of the erased',
    guards: 'what an erased person asked for last is kept for days',
    remove: [{ sql: 'drop trigger _110_person on public.idempotency_keys' }],
    test: race(leavesNoKey),
  },
  {
    name: 'erasing shuts the door',
    guards: 'a row that refers to a person is stored while they go',
    remove: [{ file: 'db/sql/functions/lock_person.sql', find: 'where u.id = v_person for update;', replace: 'where u.id = v_person;' }],
    test: race(leavesNoKey),
  },
  {
    name: 'no name for the erased',
    guards: 'a change of name that waited for the erasure ends as a defect',
    remove: [
      {
        file: 'db/sql/functions/update_me.sql',
        find: 'where u.id = update_me.actor and u.erased_at is null;',
        replace: 'where u.id = update_me.actor;',
      },
    ],
    test: race(changesNothing),
  },
  {
    name: 'no suspension of the erased',
    guards: 'a suspension that waited for the erasure ends as a defect',
    remove: [
      {
        file: 'db/sql/functions/put_suspension.sql',
        find: 'put_suspension.user_id and u.erased_at is null and (',
        replace: 'put_suspension.user_id and (',
      },
    ],
    test: race(changesNothing),
  },
  {
    name: 'the account goes with the person',
    guards: 'somebody who was erased signs in with their old password',
    remove: [{ file: 'db/sql/functions/erase_person.sql', find: '  delete from issuer.users as a where a.id = v_account;\n', replace: '' }],
    test: overHttp('who erases themselves is shut out of the API and of sign-in at once, on REST as on tRPC (BAD_INPUT, UNAUTHENTICATED)'),
  },
  {
    name: 'an administrator is meant',
    guards: 'one of several people with the same e-mail address becomes an administrator',
    remove: [{ file: 'db/src/people.ts', find: 'if (others.length > 0)', replace: 'if (others.length > 99)' }],
    test: testsOf('app', 'tests/cli/admin.test.ts')('refuses nobody, several with one email (and names them), and whoever is no person'),
  },
]
