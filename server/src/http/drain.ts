// A stop that loses nothing: work that has begun is finished, new work is sent away, and streams do not hold the process.
import type { FastifyInstance, FastifyReply } from 'fastify'
import { ApiError } from '../trpc/errors.ts'

const pollMs = 20

/** `app.close()` waits up to `graceMs` for answers that are under way; then connections are closed. */
export function drainOnClose(app: FastifyInstance, graceMs: number): void {
  const underway = new Set<FastifyReply>()
  let draining = false

  app.addHook('onRequest', async (request, reply) => {
    if (draining && request.routeOptions.config.whileDraining !== true) throw new ApiError('SHUTTING_DOWN')
    underway.add(reply)
    reply.raw.once('close', () => underway.delete(reply))
  })

  app.addHook('preClose', async () => {
    draining = true
    const deadline = Date.now() + graceMs
    while (Date.now() < deadline && [...underway].some(isAnswer)) await new Promise((resolve) => setTimeout(resolve, pollMs))
  })
}

/** A stream has no end to wait for: its reader connects again elsewhere. */
function isAnswer(reply: FastifyReply): boolean {
  return !String(reply.getHeader('content-type') ?? reply.raw.getHeader('content-type') ?? '').startsWith('text/event-stream')
}
