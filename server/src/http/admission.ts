// Bounds the calls that are under way, of everybody and of one caller: beyond the bound the answer is OVERLOADED at once, never a place in a growing queue.
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { ApiError } from '../trpc/errors.ts'
import type { CountRefusal } from './metrics.ts'
import type { CallCounter } from './rateLimit.ts'

export interface Admission {
  /** Calls under way: those that run, and those that have been let in and have not begun. */
  inFlight(): number
  /** Told when a call of this request begins; answers what to call when it has ended. */
  begin(request: FastifyRequest): () => void
}

/** So many calls one caller may always have under way, if there is room. */
const smallestShare = 64

/** Register before anything that costs. A place is kept for as long as the call runs, whether or not its caller is still there. */
export function admitCalls(app: FastifyInstance, max: number, callsOf: CallCounter, refused: CountRefusal): Admission {
  const reserved = new WeakMap<FastifyRequest, number>()
  /** What each caller has under way. */
  const callers = new Map<string, number>()
  /** Half of all places are for the others. */
  const share = Math.max(smallestShare, Math.ceil(max / 2))
  let inFlight = 0

  // A batch larger than the bound is let in alone.
  const refuseExcess = (under: number, calls: number, bound: number) => {
    if (under === 0 || under + calls <= bound) return
    refused('OVERLOADED')
    throw new ApiError('OVERLOADED')
  }
  const add = (request: FastifyRequest, calls: number) => {
    inFlight += calls
    const caller = callerOf(request)
    const own = (callers.get(caller) ?? 0) + calls
    if (own === 0) callers.delete(caller)
    else callers.set(caller, own)
  }
  const giveBack = (request: FastifyRequest) => {
    add(request, -(reserved.get(request) ?? 0))
    reserved.delete(request)
  }

  app.addHook('onRequest', async (request) => {
    if (request.routeOptions.config.unlimited !== true) refuseExcess(inFlight, callsOf(request), max)
  })
  // Taken when the body is there: a slow body holds no place.
  app.addHook('preHandler', async (request, reply) => {
    if (request.routeOptions.config.unlimited === true) return
    const calls = callsOf(request)
    refuseExcess(inFlight, calls, max)
    if (request.identity !== null) refuseExcess(callers.get(callerOf(request)) ?? 0, calls, share)
    add(request, calls)
    reserved.set(request, calls)
    reply.raw.once('close', () => giveBack(request))
  })
  // Nor does a slow reader: what has not begun by now never will.
  app.addHook('onSend', async (request) => giveBack(request))

  return {
    inFlight: () => inFlight,
    begin(request) {
      const left = reserved.get(request) ?? 0
      if (left > 0) reserved.set(request, left - 1)
      else add(request, 1)
      return () => add(request, -1)
    },
  }
}

/** Who calls; nobody in particular is one caller, too. */
const callerOf = ({ identity }: FastifyRequest): string => JSON.stringify(identity)
