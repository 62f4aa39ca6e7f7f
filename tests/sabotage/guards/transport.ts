// What the transport answers itself and what it leaves to tRPC's adapter, and its own limits.
import { type Guard, type NamedTest, testsOf } from '../guard.ts'

const same = testsOf('app', 'tests/transport/differential.test.ts')
const limits = testsOf('app', 'tests/transport/limits.test.ts')
const plain = (request: string) => same(`a request as it comes > ${request}`)

const guard = (name: string, file: 'calls' | 'handler', find: string, replace: string, test: NamedTest): Guard => ({
  name: `transport: ${name}`,
  guards: name,
  remove: [{ file: `packages/trpc-fastify/src/${file}.ts`, find, replace }],
  test,
})

export const transportGuards: readonly Guard[] = [
  guard(
    'no mutation over GET',
    'calls',
    "method === 'GET' && type === 'query'",
    "method === 'GET'",
    plain('GET /trpc/say?input=%7B%22text%22%3A%22x%22%7D  {}'),
  ),
  guard(
    'no query over POST',
    'calls',
    "type === 'mutation' || override",
    'true',
    plain('POST /trpc/hello {} {"content-type":"application/json"}'),
  ),
  guard(
    'JSON alone is read as JSON',
    'calls',
    "(type === 'application/json' || type.startsWith('application/json;'))",
    "type !== ''",
    plain('POST /trpc/save {"text":"x"} {"content-type":"text/plain"}'),
  ),
  guard(
    'batches are as large as allowed',
    'calls',
    'paths.length > maxBatchSize',
    'paths.length > 1000',
    same('a request with small batches > GET /trpc/hello,zero,nothing?batch=1  {}'),
  ),
  guard(
    'streams are not sent whole',
    'handler',
    'const results = called.map((result) => noStream(result, plain.isBatchCall))',
    'const results = called.map((result) => (plain.type ? result : noStream(result, plain.isBatchCall)))',
    plain('GET /trpc/generated  {}'),
  ),
  guard(
    'depth',
    'calls',
    'maxDepth !== undefined && isDeeper',
    'maxDepth === -1 && isDeeper',
    limits('limits of the options > a mutation is nested as deep as maxDepth, no deeper (BAD_REQUEST)'),
  ),
  guard(
    'length of a query',
    'calls',
    'if (input.length > (options.maxInputLength',
    'if (input.length < 0 && 0 > (options.maxInputLength',
    limits('limits of the options > the input of a query is as long as maxInputLength, no longer (PAYLOAD_TOO_LARGE)'),
  ),
  guard(
    'who leaves is heard',
    'handler',
    'controller.abort()',
    'controller.signal.throwIfAborted()',
    limits('a procedure hears it when its client is gone'),
  ),
]
