// Rates and places: how much one caller may have of the server.
import { type Guard, testsOf } from '../guard.ts'

const apiRateLimit = testsOf('app', 'tests/api/rateLimit.test.ts')
const apiAdmission = testsOf('app', 'tests/api/admission.test.ts')
const apiHostile = testsOf('app', 'tests/api/hostile.test.ts')
const apiShared = testsOf('app', 'tests/api/sharedLimits.test.ts')
const brokenHttp = testsOf('app', 'tests/proofs/brokenHttp.test.ts')
const dbSilence = testsOf('db', 'tests/db/silence.test.ts')
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
    'if (under === 0 || under + calls <= bound) return',
    'return',
    apiAdmission('refuses the fifth at once, with Retry-After, over REST and tRPC (OVERLOADED); those inside finish; health answers'),
  ),
  guard(
    'a batch takes its calls',
    'server/src/http/admission.ts',
    'add(request, calls)\n    reserved',
    'add(request, 1)\n    reserved',
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
    apiAdmission('lets holds and bookings of one locked car take half of the pool and no more: another car is booked meanwhile'),
  ),
  guard(
    'three quarters of the pool per caller',
    'db/src/call.ts',
    'await db.callerTurns(JSON.stringify(given.actor))',
    '() => {}',
    testsOf(
      'db',
      'tests/db/callers.test.ts',
    )('gives three to a caller whose calls wait: another one is answered meanwhile, and all of them in the end'),
  ),
  guard(
    'half of the places per caller',
    'server/src/http/admission.ts',
    'if (request.identity !== null) refuseExcess(callers.get(callerOf(request)) ?? 0, calls, share)\n',
    '\n',
    apiAdmission('gives one caller half of the places and no more (OVERLOADED), and others the rest'),
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
  guard(
    'IPv4 inside IPv6',
    'server/src/http/limits/address.ts',
    'if (mapped) return',
    'if (mapped && groups.length === 0) return',
    apiRateLimit('takes all of an IPv6 /64 for one, an IPv4 for itself, also inside IPv6'),
  ),
  guard(
    'an account has many spellings',
    'server/src/http/rateLimit.ts',
    ".normalize('NFKC').trim().toLowerCase()",
    '',
    apiRateLimit('is limited per account from all addresses together, however the account is spelled (RATE_LIMITED)'),
  ),
  guard(
    'counts are shared',
    'server/src/http/rateLimit.ts',
    'shared?.counter(name, allowance) ?? memoryCounter(allowance)',
    'memoryCounter(allowance)',
    apiShared('let exactly as many calls through as one would, however they arrive (RATE_LIMITED)'),
  ),
  guard(
    'shared windows end by themselves',
    'server/src/http/limits/shared.ts',
    ", 'px', ARGV[3])",
    ')',
    apiShared('keep their counts under their prefix, without anybody’s name or address, and every one ends by itself'),
  ),
  guard(
    'Redis may die',
    'server/src/http/limits/shared.ts',
    'health.failed(error)\n          return alone(key, calls)',
    'health.failed(error)\n          throw error',
    apiShared('answer under load while it dies, each by its own count, and share again when it is back; its password is in no log'),
  ),
  guard(
    'Redis may freeze',
    'server/src/http/limits/shared.ts',
    '    commandTimeout: patienceMs,\n',
    '',
    apiShared('answer while it is frozen'),
    'timed out',
  ),
  guard(
    'Redis is let go',
    'server/src/http/rateLimit.ts',
    "app.addHook('onClose', async () => shared?.close())",
    '',
    apiShared('let go of their connections when they close'),
  ),
  guard(
    'admission before the body',
    'server/src/http/admission.ts',
    'if (request.routeOptions.config.unlimited !== true) refuseExcess(inFlight, callsOf(request), max)',
    '',
    apiAdmission('refuses the fifth at once, with Retry-After, over REST and tRPC (OVERLOADED); those inside finish; health answers'),
  ),
  guard(
    'slow bodies hold no place',
    'server/src/http/admission.ts',
    "app.addHook('preHandler', async (request, reply) =>",
    "app.addHook('onRequest', async (request, reply) =>",
    apiAdmission('gives no place to bodies that never end'),
  ),
  guard(
    'readiness is asked beside the pool',
    'db/src/health.ts',
    'db.probe`select 1`',
    'db.sql`select 1`',
    dbSilence('is asked by the health check on a connection of its own, once for all who ask at once'),
    'UNAVAILABLE',
  ),
  guard(
    'what is no HTTP is a refusal',
    'server/src/http/errors.ts',
    "return badInput('NOT_HTTP')",
    "return new ApiError('INTERNAL')",
    brokenHttp('is refused or closed, 400 times, tells nothing, and takes nothing from others (BAD_INPUT and others)'),
  ),
]
