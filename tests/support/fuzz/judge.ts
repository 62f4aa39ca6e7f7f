// What every refusal must look like, and what none may tell.
import { codes } from '@fleetflow/server'
import type { LightMyRequestResponse } from 'fastify'
import type { Malformed } from './requests.ts'

interface Envelope {
  code: string
  message?: string
  detail?: string
  retryable: boolean
  requestId: string
  status?: number
  httpStatus?: number
}

const leaks: readonly [string, RegExp][] = [
  ['SQL', /\b(select|insert into|delete from|update) [\w".,* ]{1,80}\b(from|values|set|where)\b/i],
  ['a function of the database', /_rpc\b|\bprivate\.|plpgsql|pg_catalog|search_path/i],
  [
    'a message of PostgreSQL',
    /violates|invalid input syntax|does not exist|permission denied|null value in column|out of range for type|relation "|SQLSTATE|row-level/i,
  ],
  ['a stack', /\n\s+at |node_modules|node:internal|\.ts:\d|\.js:\d/],
  ['a file', /\/(work|home|root|usr|tmp|etc)\/[\w.]/],
  ['an error of JavaScript', /Cannot read|is not a function|undefined \(|Unexpected token|TypeError|\[object /],
]

/** What is wrong with an answer; undefined: nothing. `refused`: it was a refusal, as it should be. */
export function judge(asked: Malformed, response: LightMyRequestResponse, canary: string): { wrong?: string; refused: boolean } {
  const { statusCode: status, body } = response
  const streams = asked.options.headers['trpc-accept'] === 'application/jsonl' && status === 200
  if (body.includes(canary)) return { wrong: 'it shows what is somebody else’s', refused: false }
  if (status >= 500) return { wrong: `status ${status}`, refused: false }
  if (asked.options.method === 'HEAD') return { refused: status >= 400 }
  const reads = asked.mayRead || asked.options.method === 'GET' || asked.options.method === 'OPTIONS'
  if (status < 400 && !reads && !streams && status !== 207) return { wrong: `status ${status}`, refused: false }
  if (status < 400 && status !== 207 && reads && !streams) return { refused: false }
  const leak = leaks.find(([, pattern]) => pattern.test(withoutEchoes(body)))
  if (leak !== undefined) return { wrong: `it shows ${leak[0]}`, refused: false }
  const wrong = judgeForm(asked, response)
  return wrong === undefined ? { refused: true } : { wrong, refused: false }
}

/** Where the answer repeats the path or a key that was asked for, the words are the caller's. */
const withoutEchoes = (body: string): string => body.replace(/"(instance|field)":"(?:[^"\\]|\\.)*"/g, '')

function judgeForm(asked: Malformed, response: LightMyRequestResponse): string | undefined {
  const { statusCode: status, body, headers } = response
  const type = String(headers['content-type'])
  if (status === 200) return asked.mayRead ? undefined : streamed(body)
  let answer: unknown
  try {
    answer = JSON.parse(body)
  } catch {
    return 'it is no JSON'
  }
  if (Array.isArray(answer)) {
    const inner = answer.map((one: { error?: { data: Envelope } }) => (one.error === undefined ? undefined : judgeEnvelope(one.error.data)))
    const free = answer.some((one: { error?: unknown }) => one.error === undefined)
    if (free && !asked.mayRead) return 'a call of the batch succeeded'
    return inner.find((wrong) => wrong !== undefined)
  }
  const below = /^\/trpc([/?]|$)/.test(asked.options.url)
  const { error, ...problem } = answer as { error?: { data: Envelope } } & Envelope
  if (below && error === undefined) return /problem\+json/.test(type) ? judgeEnvelope(problem as Envelope) : 'it has no error'
  if (!below && !/^application\/problem\+json/.test(type)) return `its type is ${type}`
  const envelope = error?.data ?? (problem as Envelope)
  if ((envelope.httpStatus ?? envelope.status) !== status) return 'its status is another one'
  if (envelope.requestId !== headers['x-request-id']) return 'its request id is another one'
  return judgeEnvelope(envelope)
}

function judgeEnvelope({ code, message, detail, retryable, requestId, status, httpStatus }: Envelope): string | undefined {
  const entry = codes[code as keyof typeof codes]
  if (entry === undefined) return `the code ${code} is not documented`
  const given = httpStatus ?? status ?? 0
  if (given >= 500) return `${code}, ${given}`
  if (given !== entry.status && !(code === 'TOO_LARGE' && given === 431)) return `${code} with status ${given}`
  if (retryable !== entry.retryable || typeof (message ?? detail) !== 'string' || typeof requestId !== 'string')
    return 'the envelope is not whole'
  return undefined
}

/** Lines of a streamed batch: each call’s error is in one of them. */
function streamed(body: string): string | undefined {
  const statuses = [...body.matchAll(/"httpStatus":(\d+)/g)].map(([, status]) => Number(status))
  if (statuses.length === 0) return 'a stream without an error'
  return statuses.every((status) => status >= 400 && status < 500) ? undefined : 'a stream with a status of ours'
}
