// Whether the process lives, and whether it should be sent work.
import { type Database, ready } from '@fleetflow/db'
import type { FastifyInstance } from 'fastify'
import { ApiError } from '../trpc/errors.ts'

const answer = { anonymous: true, unlimited: true, whileDraining: true }

export function reportHealth(app: FastifyInstance, database: Database): void {
  app.get('/health/live', { config: answer }, async (_request, reply) => reply.header('cache-control', 'no-store').send({ status: 'live' }))

  app.get('/health/ready', { config: { ...answer, whileDraining: false } }, async (_request, reply) => {
    await ready(database).catch((cause: unknown) => {
      throw new ApiError('UNAVAILABLE', { message: 'The database does not answer.', cause })
    })
    return reply.header('cache-control', 'no-store').send({ status: 'ready' })
  })
}
