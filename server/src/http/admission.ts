// Bounds the calls that are under way: beyond the bound the answer is OVERLOADED at once, never a place in a growing queue.
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

/** Register before anything that costs. A place is kept for as long as the call runs, whether or not its caller is still there. */
export function admitCalls(app: FastifyInstance, max: number, callsOf: CallCounter, refused: CountRefusal): Admission {
  const reserved = new WeakMap<FastifyRequest, number>()
  let inFlight = 0

  const refuseExcess = (calls: number) => {
    // A batch larger than the bound is let in alone.
    if (inFlight === 0 || inFlight + calls <= max) return
    refused('OVERLOADED')
    throw new ApiError('OVERLOADED')
  }
  const giveBack = (request: FastifyRequest) => {
    inFlight -= reserved.get(request) ?? 0
    reserved.delete(request)
  }

  app.addHook('onRequest', async (request) => {
    if (request.routeOptions.config.unlimited !== true) refuseExcess(callsOf(request))
  })
  // Taken when the body is there: a slow body holds no place.
  app.addHook('preHandler', async (request, reply) => {
    if (request.routeOptions.config.unlimited === true) return
    const calls = callsOf(request)
    refuseExcess(calls)
    inFlight += calls
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
      else inFlight += 1
      return () => {
        inFlight -= 1
      }
    },
  }
}
