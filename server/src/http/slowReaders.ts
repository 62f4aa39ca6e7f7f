// Closes connections whose other end does not read: an answer that nobody takes would stay in memory.
import type { FastifyInstance } from 'fastify'

/** An answer has `patienceMs` from its beginning to be handed over. Event streams have no end and bound themselves. */
export function cutSlowReaders(app: FastifyInstance, patienceMs: number): void {
  app.addHook('onSend', async (request, reply) => {
    if (String(reply.getHeader('content-type')).startsWith('text/event-stream')) return
    // The request's socket: an answer that waits behind another one of its connection has none of its own yet.
    const timer = setTimeout(() => request.raw.socket.destroy(), patienceMs).unref()
    reply.raw.once('close', () => clearTimeout(timer))
  })
}
