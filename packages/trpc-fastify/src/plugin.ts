// The transport as a Fastify plugin, for use instead of tRPC's `fastifyTRPCPlugin`.
import type { AnyTRPCRouter } from '@trpc/server'
import type { FastifyInstance } from 'fastify'
import { trpcHandler } from './handler.ts'
import type { TrpcOptions } from './types.ts'

export interface TrpcFastifyOptions<TRouter extends AnyTRPCRouter> {
  trpcOptions: TrpcOptions<TRouter>
}

/** Serves a router below the plugin's prefix: `app.register(trpcFastify, { prefix: '/trpc', trpcOptions: { router, createContext } })`. */
export async function trpcFastify<TRouter extends AnyTRPCRouter>(
  app: FastifyInstance,
  { trpcOptions }: TrpcFastifyOptions<TRouter>,
): Promise<void> {
  const handle = trpcHandler(trpcOptions)
  app.removeContentTypeParser(['application/json', 'multipart/form-data'])
  app.addContentTypeParser('application/json', { parseAs: 'string' }, (_request, body, done) => done(null, body))
  app.addContentTypeParser('multipart/form-data', {}, (_request, body, done) => done(null, body))
  app.all<{ Params: { path: string } }>('/:path', (request, reply) => handle(request, reply, request.params.path))
}
