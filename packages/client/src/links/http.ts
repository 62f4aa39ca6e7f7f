// Sends calls over HTTP with the current token, many at once as one request, and names what goes wrong on the way.
import type { AppRouter } from '@fleetflow/server/router'
import { type HTTPHeaders, httpBatchLink, httpLink, type Operation, type TRPCLink } from '@trpc/client'
import { CallFailure, causeText } from '../failures.ts'
import type { TokenSource } from '../tokens.ts'
import { rememberToken } from './renewal.ts'

/** The most calls that the server takes in one request. */
const largestBatch = 10
/** Longer addresses are refused by some proxies; a batch that would need one is split. */
const longestUrl = 4000

export interface HttpLinkOptions {
  url: string
  tokens: TokenSource
  batch: boolean
}

export function fleetflowHttpLink({ url, tokens, batch }: HttpLinkOptions): TRPCLink<AppRouter> {
  const headersFor = async (calls: readonly Operation[]): Promise<HTTPHeaders> => {
    const use = await tokens.current()
    rememberToken(calls, use)
    return use.used === undefined ? {} : { authorization: `Bearer ${use.used}` }
  }
  return batch
    ? httpBatchLink({ url, fetch: send, maxItems: largestBatch, maxURLLength: longestUrl, headers: ({ opList }) => headersFor(opList) })
    : httpLink({ url, fetch: send, headers: ({ op }) => headersFor([op]) })
}

/** `fetch` that either answers what FleetFlow sent or says why there is no such answer. */
async function send(url: Parameters<typeof fetch>[0], init?: unknown) {
  const response = await exchange(() => fetch(url, init as RequestInit))
  const text = await exchange(() => response.text())
  const answer = parse(text)
  if (!isAnswer(answer)) throw strangerOf(response.status)
  return { ok: response.ok, status: response.status, json: async () => answer }
}

async function exchange<T>(step: () => Promise<T>): Promise<T> {
  try {
    return await step()
  } catch (cause) {
    throw new CallFailure('UNAVAILABLE', `FleetFlow cannot be reached: ${causeText(cause)}`, { retryable: true, cause })
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** One answer or one for each call of a batch; refusals of a whole batch are one. */
function isAnswer(value: unknown): boolean {
  if (Array.isArray(value)) return value.every(isAnswer)
  if (typeof value !== 'object' || value === null) return false
  return 'result' in value || ('error' in value && typeof value.error === 'object' && value.error !== null && 'data' in value.error)
}

/** A proxy's page, or another server altogether. */
function strangerOf(httpStatus: number): CallFailure {
  const retryable = httpStatus >= 500 || httpStatus === 429
  return new CallFailure('UNAVAILABLE', `The answer (HTTP ${httpStatus}) is not FleetFlow's; check the url and what is in between.`, {
    retryable,
    httpStatus,
  })
}
