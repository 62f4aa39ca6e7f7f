// Cars, accounts and suspension, and the proofs below and through the API that nobody does what is not theirs.
import { type Guard, type Removal, testsOf } from '../guard.ts'

const cars = testsOf('db', 'tests/db/cars.test.ts')
const retireCar = testsOf('db', 'tests/db/retireCar.test.ts')
const account = testsOf('db', 'tests/db/account.test.ts')
const suspension = testsOf('db', 'tests/db/suspension.test.ts')
const rows = testsOf('db', 'tests/db/wall/rows.test.ts')
const firstLine = testsOf('db', 'tests/db/wall/firstLine.test.ts')
const lateFailures = testsOf('db', 'tests/db/wall/lateFailures.test.ts')
const matrix = testsOf('app', 'tests/matrix/matrix.test.ts')

const guard = (name: string, guards: string, remove: Removal, test: Guard['test'], says?: string): Guard => ({
  name,
  guards,
  remove: [remove],
  test,
  ...(says === undefined ? {} : { says }),
})

const sql = (statements: string): Removal => ({ sql: statements })
const text = (file: string, find: string, replace: string): Removal => ({ file, find, replace })
const fn = (name: string, find: string, replace: string): Removal => text(`db/sql/functions/${name}.sql`, find, replace)

const below = 'below the API a person can write nothing of themselves but the name, and nothing of others (42501)'
const keys = 'the same key adds one car; to clear a member is another input than not to name it (IDEMPOTENCY_KEY_REUSED)'
const logged = 'the event log is only ever added to: nothing but an erased person can be taken out of it, and by nobody more (42501)'
const gone = 'erasure keeps the trips and removes the person from every column of every table; the log loses words, not events'

export const accessGuards: readonly Guard[] = [
  guard(
    'a car stays in its fleet',
    'a manager moves a car to a fleet of their own',
    sql('grant update (fleet_id) on public.cars to fleetflow_fn'),
    cars('a manager cannot write cars.fleet_id (42501)'),
  ),
  guard(
    'ratings are not written by hand',
    'a manager who rates their own cars',
    sql('grant update (rating_sum) on public.cars to fleetflow_fn'),
    cars('a manager cannot write cars.rating_sum (42501)'),
  ),
  guard(
    'cars are changed by their fleet',
    'a manager of one fleet changes the cars of another',
    sql('alter policy cars_change on public.cars using (true) with check (true)'),
    cars("others' cars are not there to be changed, and none can be added to another's fleet (42501)"),
  ),
  guard(
    'cars are added by their fleet',
    'a car in a fleet that knows nothing of it',
    sql('alter policy cars_add on public.cars with check (true)'),
    cars("others' cars are not there to be changed, and none can be added to another's fleet (42501)"),
  ),
  guard(
    'no trip on a retired car',
    'a booking that looked at the car before it was retired',
    sql('drop trigger _100_in_service on public.trips'),
    retireCar('a trip that is stored while the car is being retired waits and is not stored (40001), whoever stores it'),
  ),
  guard(
    'retiring waits for bookings',
    'a trip that is stored just before the retirement looks',
    fn('close_car', ' for update;', ';'),
    retireCar('a trip stored first makes the retirement wait for it and then refuse (INVALID_STATE)'),
    'Timed out in waitUntil',
  ),
  guard(
    'a class is made once',
    'two who add the same class at once: a broken answer for one',
    fn('create_class', '  on conflict on constraint car_classes_fleet_id_slug_key do nothing\n', ''),
    cars('a slug belongs to one class of a fleet, also for two who ask at once (BAD_INPUT, TAKEN); other fleets may have it'),
  ),
  guard('clearing is a wish', 'null and absent are one input to a retry', fn('update_car_rpc', "'cleared'", "'secretHash'"), cars(keys)),
  guard(
    'readings do not go back',
    'an odometer that is set lower',
    fn(
      'update_car',
      '  perform private.record_odometer(v_car.id',
      "  update public.cars as o set odometer = coalesce((v_new ->> 'odometer')::integer, o.odometer) where o.id = v_car.id;\n  perform (v_car.id",
    ),
    cars('an odometer never goes below its last reading (ODOMETER_LOW); after it was cleared any reading will do'),
  ),
  guard(
    'people write their name alone',
    'a person makes themselves an administrator',
    sql('grant update (is_admin) on public.users to fleetflow_fn'),
    account(below),
  ),
  guard('the log is added to alone', 'an event is rewritten', fn('guard_log', 'begin\n', 'begin\n  return new;\n'), account(logged)),
  guard(
    'words leave the log',
    'what an erased person wrote stays in events',
    fn('erase_person', 'where l.entity_id = any (v_told)', 'where false and l.entity_id = any (v_told)'),
    account(gone),
  ),
  guard(
    'words leave what is on its way to the log',
    'the relay publishes what was erased',
    fn('erase_person', 'set before = private.redacted(o.before), after = private.redacted(o.after)', 'set before = o.before'),
    account(gone),
  ),
  guard(
    'identities go',
    'an erased subject finds its old user again',
    fn('erase_person', '  delete from public.user_identities as i where i.user_id = v_person;\n', ''),
    account(gone),
  ),
  guard(
    'an erasure is waited for',
    'a booking of somebody who is being erased',
    sql('drop trigger _110_person on public.trips'),
    account('a booking that races the erasure is either first (INVALID_STATE) or refused (UNAUTHENTICATED), never both'),
  ),
  guard(
    'the erased stay nobody',
    'an erased row is given a name again',
    sql('alter table public.users drop constraint users_erased_nobody'),
    account('an erased person stays nobody, whoever writes the row (23514)'),
  ),
  guard(
    'keys have no account',
    'a script exports or erases its service user',
    fn('update_me', '  perform private.refuse_key();\n', ''),
    account('a person names themselves (BAD_INPUT); an API key has no account (FORBIDDEN)'),
  ),
  guard(
    'administrators suspend',
    'anybody suspends anybody',
    fn('suspend_user', 'if not private.is_admin() then', 'if false then'),
    suspension('is for administrators alone, whoever is meant (FORBIDDEN, UNAUTHENTICATED)'),
  ),
  guard(
    'nobody suspends themselves',
    'the last administrator locks the door from inside',
    fn('suspend_user', "if (input ->> 'id')::uuid = suspend_user.actor then", 'if false then'),
    suspension('nobody suspends themselves (BAD_INPUT), nobody who is not there (NOT_FOUND), or with an endless reason (BAD_INPUT)'),
  ),
  guard(
    'rows are those of the model',
    'a policy that shows one row more than the words say',
    sql('alter policy fleet_members_read on public.fleet_members using (true)'),
    rows('an unknown subject > reads the rows of the model, in every table'),
  ),
  guard(
    'a new table has a policy and a model',
    'a table that nobody thought about',
    sql('create table public.forgotten (id uuid primary key)'),
    rows('the model knows every table, and the world has rows in each'),
  ),
  guard(
    'erasing believes no argument',
    'a function that forgot its first line erases whom it is told to',
    fn(
      'erase_person',
      'v_person uuid := private.uid();',
      "v_person uuid := (select u.id from public.users as u where u.name <> 'Erased user' order by u.id limit 1);",
    ),
    firstLine('erase_me_rpc > shows nothing and changes nothing when it takes the caller at its word'),
  ),
  guard(
    'exporting believes no argument',
    'a function that forgot its first line shows whom it is told to',
    fn(
      'person_json',
      'where u.id = private.uid()',
      'where u.id = coalesce(private.uid(), (select min(o.id::text)::uuid from public.users as o))',
    ),
    firstLine('export_me_rpc > shows nothing and changes nothing when it forgets it'),
  ),
  guard(
    'answers after a late failure',
    'the driver puts the next answer where nobody looks',
    text('db/src/row.ts', 'rows.at(-1)', 'rows[0]'),
    lateFailures('the next read answers its row'),
  ),
  guard(
    'who may cancel',
    'a driver cancels for the fleet',
    sql(
      'alter policy trips_change on public.trips using (fleet_id = any (array(select private.my_fleets())) or booked_by_id = (select private.uid())) with check (true)',
    ),
    matrix('trips.cancel > POST /trpc/trips.cancel answers everybody as its row says'),
  ),
]
