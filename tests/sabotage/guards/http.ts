// What stands between the network and the procedures: sizes, kinds, time, tokens, rates, and what an error says.
import { type Guard, testsOf } from '../guard.ts'

const limits = testsOf('app', 'tests/api/limits.test.ts')
const badInput = testsOf('app', 'tests/api/badInput.test.ts')
const errors = testsOf('app', 'tests/api/errors.test.ts')
const badTokens = testsOf('app', 'tests/api/badTokens.test.ts')
const rateLimit = testsOf('app', 'tests/api/rateLimit.test.ts')
const badToken = (what: string) => badTokens(`that ${what} is refused before the database is asked (UNAUTHENTICATED)`)

export const httpGuards: readonly Guard[] = [
  {
    name: 'connections are looked at in time',
    guards: 'requestTimeout alone closes a slow connection half a minute late',
    remove: [{ file: 'server/src/app.ts', find: '      connectionsCheckingInterval: Math.min(1000, headersTimeoutMs),\n', replace: '' }],
    test: limits('whose headers never end is closed in time (REQUEST_TIMEOUT)'),
    says: 'timed out',
  },
  {
    name: 'headers end in time',
    guards: 'a connection that sends headers for ever',
    remove: [
      { file: 'server/src/app.ts', find: '      headersTimeout: headersTimeoutMs,\n', replace: '      headersTimeout: 60_000,\n' },
      { file: 'server/src/app.ts', find: '      requestTimeout: requestTimeoutMs,\n', replace: '      requestTimeout: 60_000,\n' },
      {
        file: 'server/src/app.ts',
        find: '    requestTimeout: requestTimeoutMs,\n    keep',
        replace: '    requestTimeout: 60_000,\n    keep',
      },
    ],
    test: limits('whose body never ends is closed in time (REQUEST_TIMEOUT)'),
    says: 'timed out',
  },
  {
    name: 'headers are bounded',
    guards: 'headers that fill the memory',
    remove: [{ file: 'server/src/app.ts', find: 'maxHeaderSize: 16 * 1024', replace: 'maxHeaderSize: 64 * 1024' }],
    test: limits('with headers over 16 KiB is refused (TOO_LARGE, 431)'),
    says: 'timed out',
  },
  {
    name: 'bodies are bounded',
    guards: 'a body that fills the memory',
    remove: [{ file: 'server/src/app.ts', find: 'const bodyLimit = 64 * 1024', replace: 'const bodyLimit = 10 * 1024 * 1024' }],
    test: limits('POST /api/trips > takes up to 64 KiB and no more (TOO_LARGE)'),
  },
  {
    name: 'only JSON comes in',
    guards: 'multipart and other kinds of bodies, which browsers send across origins without asking',
    remove: [
      {
        file: 'server/src/http/json.ts',
        find: "    if (type?.split(';', 1)[0]?.trim().toLowerCase() !== 'application/json') throw new ApiError('UNSUPPORTED_MEDIA_TYPE')\n",
        replace: '',
      },
      {
        file: 'server/src/http/json.ts',
        find: "app.addContentTypeParser('application/json', {",
        replace: "app.addContentTypeParser(['application/json', 'multipart/form-data', 'text/plain'], {",
      },
    ],
    test: limits('POST /trpc/trips.create > refuses the content type "multipart/form-data; boundary=x" (UNSUPPORTED_MEDIA_TYPE)'),
  },
  {
    name: 'no keys of prototypes',
    guards: 'tRPC parses __proto__ behind the guard of Fastify',
    remove: [
      {
        file: 'server/src/http/json.ts',
        find: "const poisonous = new Set(['__proto__', 'constructor', 'prototype'])",
        replace: 'const poisonous = new Set<string>()',
      },
    ],
    test: limits('is spared keys that reach into prototypes, at any depth, whatever its own schema (BAD_INPUT, UNKNOWN_KEY)'),
  },
  {
    name: 'inputs are not deep',
    guards: 'JSON of a hundred thousand levels',
    remove: [{ file: 'server/src/http/json.ts', find: 'const deepest = 32', replace: 'const deepest = 1_000_000' }],
    test: badInput('trips.create > refuses deep input (BAD_INPUT, TOO_DEEP)'),
  },
  {
    name: 'bodies are UTF-8',
    guards: 'bytes that two readers read differently',
    remove: [{ file: 'server/src/http/json.ts', find: "new TextDecoder('utf-8', { fatal: true })", replace: "new TextDecoder('utf-8')" }],
    test: limits('POST /api/trips > refuses bytes that are not UTF-8 (BAD_INPUT, NOT_UTF8)'),
  },
  {
    name: 'JSON is parsed once',
    guards: 'a string that the adapter reads as JSON behind the guards',
    remove: [
      {
        file: 'server/src/http/trpc.ts',
        find: "  if (typeof request.body === 'string') throw badInput('NOT_AN_OBJECT')\n",
        replace: '',
      },
    ],
    test: limits('is refused, because it would pass behind the guards (BAD_INPUT)'),
  },
  {
    name: 'unknown keys are refused',
    guards: 'members that a handler does not expect',
    remove: [
      { file: 'server/src/procedures/trips/create.ts', find: 'const input = z.strictObject({', replace: 'const input = z.object({' },
    ],
    test: badInput('trips.create > refuses an unknown key by its name (BAD_INPUT, UNKNOWN_KEY)'),
  },
  {
    name: 'no NUL reaches SQL',
    guards: 'text that PostgreSQL cannot store',
    remove: [{ file: 'server/src/procedures/shared/text.ts', find: " && !value.includes('\\0')", replace: '' }],
    test: badInput('trips.cancel > refuses every member with a wrong type or a value out of bounds and names the field (BAD_INPUT)'),
  },
  {
    name: 'no halves of characters reach SQL',
    guards: 'unpaired surrogates, which are no text',
    remove: [{ file: 'server/src/procedures/shared/text.ts', find: 'value.isWellFormed() && ', replace: '' }],
    test: badInput('trips.decline > refuses every member with a wrong type or a value out of bounds and names the field (BAD_INPUT)'),
  },
  {
    name: 'instants are of our time',
    guards: 'years that PostgreSQL or Date cannot say',
    remove: [
      {
        file: 'server/src/procedures/shared/timestamp.ts',
        find: 'return instant >= earliest && instant < end',
        replace: 'return Number.isFinite(instant + earliest + end)',
      },
    ],
    test: badInput('"9999-01-01T00:00:00Z" is refused (BAD_INPUT, BAD_TIMESTAMP)'),
  },
  {
    name: 'offsets are PostgreSQL’s',
    guards: 'an offset that zod takes and PostgreSQL does not',
    remove: [{ file: 'server/src/procedures/shared/timestamp.ts', find: 'offsetHour > 15', replace: 'offsetHour > 23' }],
    test: badInput('"2028-05-01T10:00:00+23:59" is refused (BAD_INPUT, BAD_TIMESTAMP)'),
  },
  {
    name: 'naive times are refused',
    guards: 'a time of which nobody knows which instant it is',
    remove: [
      {
        file: 'server/src/procedures/shared/timestamp.ts',
        find: '(?:Z|([+-])(\\d{2}):(\\d{2}))$/',
        replace: '(?:Z|([+-])(\\d{2}):(\\d{2}))?$/',
      },
    ],
    test: badInput('"2028-05-01T10:00:00" is refused (BAD_INPUT, OFFSET_REQUIRED)'),
  },
  {
    name: 'a batch is small',
    guards: 'one request that carries hundreds of calls',
    remove: [
      {
        file: 'server/src/http/trpc.ts',
        find: 'if (paths.length > largestBatch)',
        replace: 'if (paths.length > 1000)',
      },
      { file: 'server/src/http/trpc.ts', find: '    maxBatchSize: largestBatch,\n', replace: '' },
    ],
    test: limits('holds up to 10 calls (BAD_INPUT, BATCH_TOO_LARGE)'),
  },
  {
    name: 'calls are counted',
    guards: 'a batch of ten is one for the rate limit',
    remove: [{ file: 'server/src/http/trpc.ts', find: "? Math.min(path.split(',').length, largestBatch) : 1", replace: '? 1 : 1' }],
    test: rateLimit('counts calls, not requests: a batch of ten is ten (RATE_LIMITED)'),
  },
  {
    name: 'proxies are named',
    guards: 'whoever writes X-Forwarded-For has a new address each time',
    remove: [
      {
        file: 'server/src/app.ts',
        find: 'trustProxy: settings.trustProxy.length > 0 ? settings.trustProxy : false,',
        replace: 'trustProxy: true,',
      },
    ],
    test: rateLimit('believes X-Forwarded-For only from a trusted proxy'),
  },
  {
    name: 'a subscriber is one',
    guards: 'an IPv6 subscriber has more addresses than there are counts',
    remove: [{ file: 'server/src/http/limits/address.ts', find: '.slice(0, 4)', replace: '.slice(0, 8)' }],
    test: rateLimit('takes all of an IPv6 /64 for one, an IPv4 for itself, also inside IPv6'),
  },
  {
    name: 'guesses are counted',
    guards: 'bad tokens cost nothing',
    remove: [
      {
        file: 'server/src/app.ts',
        find: '  await limitCalls(app, settings.rateLimit, callsOf, metrics.refused)\n  refuseBadTokens(app)\n',
        replace: '  refuseBadTokens(app)\n  await limitCalls(app, settings.rateLimit, callsOf, metrics.refused)\n',
      },
    ],
    test: rateLimit('counts bad tokens by the address, and every person apart; health is never limited'),
  },
  {
    name: 'errors say a code',
    guards: 'text of PostgreSQL and of programs reaches callers',
    remove: [
      {
        file: 'server/src/trpc/errors.ts',
        find: '  return envelope(codeOfHttpError(error), requestId)\n',
        replace: '  return envelope(codeOfHttpError(error), requestId, { message: String(error) })\n',
      },
    ],
    test: errors('of an error is INTERNAL without its text'),
  },
  {
    name: 'the formatter names members',
    guards: 'tRPC sends the message, the cause and in development the stack',
    remove: [
      { file: 'server/src/trpc/init.ts', find: '  isDev: false,\n', replace: '  isDev: true,\n' },
      {
        file: 'server/src/trpc/init.ts',
        find: 'errorFormatter: ({ error, ctx }): ErrorShape => errorShape(toEnvelope(error, ctx?.requestId ?? crypto.randomUUID())),',
        replace:
          'errorFormatter: ({ shape, error, ctx }) => { const ours = errorShape(toEnvelope(error, ctx?.requestId ?? crypto.randomUUID())); return { ...ours, data: { ...shape.data, ...ours.data } } },',
      },
    ],
    test: errors('and fails in a way that nobody expected answers INTERNAL over both faces, with the request id and nothing else'),
  },
  {
    name: 'answers keep their shape',
    guards: 'a function that answers more than promised',
    remove: [{ file: 'server/src/procedures/shared/me.ts', find: '  .strictObject({\n    id,', replace: '  .looseObject({\n    id,' }],
    test: errors('and answers more than promised answers INTERNAL over both faces, with the request id and nothing else'),
  },
  {
    name: 'input is never repeated',
    guards: 'a password in the wrong field comes back in an error',
    remove: [
      {
        file: 'server/src/trpc/issues.ts',
        find: '  return issue.message\n',
        replace: '  return JSON.stringify([issue, "hunter2"])\n',
      },
    ],
    test: errors('of bad input never repeats the value'),
  },
  {
    name: 'production acts with few rights',
    guards: 'the API is started as a superuser',
    remove: [{ file: 'server/src/main.ts', find: 'if (settings.production)', replace: 'if (settings.production && settings.port === -1)' }],
    test: errors('production refuses to serve on a privileged connection, naming the setting and not the password'),
  },
  {
    name: 'the log holds no secret',
    guards: 'tokens and keys in a log',
    remove: [{ file: 'server/src/http/logging.ts', find: "redact: { paths: redacted, censor: '[redacted]' }, ", replace: '' }],
    test: testsOf(
      'app',
      'tests/api/http.test.ts',
    )('holds one line a request without token, cookie, key or query, and the cause of what went wrong'),
  },
  {
    name: 'algorithms are listed',
    guards: 'HMAC with the public key as its secret, and no signature at all',
    remove: [
      {
        file: 'server/src/http/auth/verifier.ts',
        find: "    if (!trusted.algorithms.includes(read.algorithm)) throw new BadToken('no algorithm of this issuer')\n",
        replace: '',
      },
    ],
    test: badToken('is signed by an algorithm that this issuer does not use (RS512)'),
  },
  {
    name: 'signatures are checked',
    guards: 'a token that anybody wrote',
    remove: [
      {
        file: 'server/src/http/auth/verifier.ts',
        find: '  } catch {\n    return false\n  }',
        replace: '  } catch {\n    return true\n  }',
      },
    ],
    test: badToken('has a changed payload'),
  },
  {
    name: 'audiences are compared',
    guards: 'a token for another service of the same issuer',
    remove: [
      {
        file: 'server/src/http/auth/claims.ts',
        find: "  if (!named.some((one) => audiences.includes(one))) throw new BadToken('another audience')\n",
        replace: '',
      },
    ],
    test: badToken('is for somebody else'),
  },
  {
    name: 'tokens end',
    guards: 'a token that has expired or never does',
    remove: [
      {
        file: 'server/src/http/auth/claims.ts',
        find: "  if (!isTime(exp) || exp <= nowS - clockToleranceS) throw new BadToken('expired')\n  if (exp",
        replace: '  if (Number(exp)',
      },
    ],
    test: badToken('has expired'),
  },
  {
    name: 'tokens do not live long',
    guards: 'a stolen token that is good for years',
    remove: [
      {
        file: 'server/src/http/auth/claims.ts',
        find: "  if (exp > nowS + longestLifetimeS + clockToleranceS) throw new BadToken('lives too long')\n",
        replace: '',
      },
    ],
    test: badToken('expires in ten years'),
  },
  {
    name: 'tokens bring no keys',
    guards: 'a token that says by which key it wants to be verified',
    remove: [
      {
        file: 'server/src/http/auth/claims.ts',
        find: "  if (refusedHeaders.some((name) => Object.hasOwn(header, name))) throw new BadToken('a header that is never followed')\n",
        replace: '',
      },
    ],
    test: badToken('brings a known key along (jwk)'),
  },
  {
    name: 'keys are for signatures',
    guards: 'a published key for encryption vouches for a token',
    remove: [
      {
        file: 'server/src/http/auth/keys.ts',
        find: "  if (given.use !== undefined && given.use !== 'sig') return undefined\n",
        replace: '',
      },
    ],
    test: badToken('is signed by a key for encryption'),
  },
  {
    name: 'subjects can be stored',
    guards: 'a subject with NUL in it',
    remove: [
      {
        file: 'server/src/http/auth/claims.ts',
        find: "value.isWellFormed() && !value.includes('\\0') ? value : undefined",
        replace: 'value',
      },
    ],
    test: badToken('names a subject with NUL'),
  },
  {
    name: 'verifications die with their key',
    guards: 'a token is remembered after its key was withdrawn',
    remove: [{ file: 'server/src/http/auth/verifier.ts', find: ' && keys?.some((key) => key.id === known.key)', replace: '' }],
    test: testsOf(
      'app',
      'tests/api/issuers.test.ts',
    )('that were withdrawn are refused once the set is old, and so is what they vouched for (UNAUTHENTICATED)'),
  },
]
