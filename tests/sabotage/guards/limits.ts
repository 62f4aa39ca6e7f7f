// Rates and places: how much one caller may have of the server.
import { type Guard, testsOf } from '../guard.ts'

const apiRateLimit = testsOf('app', 'tests/api/rateLimit.test.ts')
const apiAdmission = testsOf('app', 'tests/api/admission.test.ts')
const apiHostile = testsOf('app', 'tests/api/hostile.test.ts')
const dbTurns = testsOf('db', 'tests/db/turns.test.ts')

const cutOff = (who: string) => apiHostile(`${who} are cut off; bookings are made meanwhile, on a connection that stays`)

const guard = (name: string, file: string, find: string, replace: string, test: Guard['test'], says?: string): Guard => ({
  name: `limits: ${name}`,
  guards: name,
  remove: [{ file, find, replace }],
  test,
  ...(says === undefined ? {} : { says }),
})

export const limitsGuards: readonly Guard[] = [
  guard(
    'a batch is all or nothing',
    'server/src/http/limits/counter.ts',
    'if (allowed) window.taken += calls',
    'window.taken += calls',
    apiRateLimit('refuses a batch that does not fit as a whole, and takes nothing for it (RATE_LIMITED)'),
  ),
  guard(
    'commas encoded',
    'server/src/http/trpc.ts',
    "path.split(',').length",
    '(request.url.match(/,/g)?.length ?? 0) + 1',
    apiRateLimit('counts a batch by its commas however they are written'),
  ),
  guard(
    'windows bounded',
    'server/src/http/limits/counter.ts',
    'windows.size > mostKeys',
    'windows.size > Infinity',
    apiRateLimit('has a bounded number of neighbours: the one that ends first makes room'),
  ),
  guard(
    'sign-in per address',
    'server/src/http/rateLimit.ts',
    'if (request.routeOptions.config.signIn === true) await limitSignIn',
    'if (false) await limitSignIn',
    apiRateLimit('is limited per address, more strictly than calls, whatever account it names (RATE_LIMITED)'),
  ),
  guard(
    'sign-in per account',
    'server/src/http/rateLimit.ts',
    'if (account !== undefined) await limitAccount',
    'if (false) await limitAccount',
    apiRateLimit('is limited per account from all addresses together, however the account is spelled (RATE_LIMITED)'),
  ),
  guard(
    'admission',
    'server/src/http/admission.ts',
    'if (inFlight === 0 || inFlight + calls <= max) return',
    'return',
    apiAdmission('refuses the fifth at once, with Retry-After, over REST and tRPC (OVERLOADED); those inside finish; health answers'),
  ),
  guard(
    'a batch takes its calls',
    'server/src/http/admission.ts',
    'inFlight += calls\n',
    'inFlight += 1\n',
    apiAdmission('counts the calls of a batch, and refuses one that does not fit as a whole (OVERLOADED)'),
  ),
  guard(
    'places outlive their callers',
    'server/src/trpc/init.ts',
    'const ended = ctx.onCall?.()',
    'const ended = undefined as (() => void) | undefined',
    apiAdmission('keeps the place of a call whose caller has gone until the database is done with it'),
  ),
  guard(
    'half of the pool per car',
    'db/src/call.ts',
    "typeof car === 'string' ? await db.turns(car) : undefined",
    'undefined',
    apiAdmission('lets the bookings of one locked car take half of the pool and no more: another car is booked meanwhile'),
  ),
  guard(
    'slow readers cut off',
    'server/src/http/slowReaders.ts',
    'request.raw.socket.destroy()',
    'undefined',
    cutOff('slow readers, 5 of them,'),
  ),
  guard(
    'kept connections outlive their answers',
    'server/src/http/slowReaders.ts',
    '() => clearTimeout(timer)',
    '() => undefined',
    cutOff('slow readers, 5 of them,'),
  ),
  guard(
    'refused connections do not linger',
    'server/src/http/errors.ts',
    'setTimeout(() => socket.destroy(), lingerMs)',
    'setTimeout(() => undefined, lingerMs)',
    cutOff('idle sockets, 1000 of them,'),
  ),
  guard(
    'connections bounded',
    'server/src/app.ts',
    'app.server.maxConnections = settings.maxConnections',
    '',
    apiHostile('connections beyond MAX_CONNECTIONS are closed unheard, and there is room again when one ends'),
  ),
  guard(
    'turns end',
    'db/src/turns.ts',
    '}, patienceMs)',
    '}, 2 ** 30)',
    dbTurns('do not come for ever: who waited long enough is refused and stands in nobody’s way (CAR_BUSY)'),
    'timed out',
  ),
]
