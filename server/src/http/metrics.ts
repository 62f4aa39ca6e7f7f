// Prometheus metrics: what the process uses and how long each route takes. Each app has its own registry.
import { Registry } from '@prometheus-io/client'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import fastifyMetrics from 'fastify-metrics'

/** Names a request by a bounded set of labels. */
export type RouteLabel = (request: FastifyRequest) => string

export async function measure(app: FastifyInstance, labelOf: RouteLabel): Promise<void> {
  const registry = new Registry()
  await app.register(fastifyMetrics.default, {
    endpoint: null,
    defaultMetrics: { enabled: true, register: registry },
    routeMetrics: {
      enabled: { histogram: true, summary: false },
      overrides: {
        labels: { getRouteLabel: labelOf },
        histogram: { registers: [registry], buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10] },
        // The plugin always makes a summary; one that is not asked for is kept out of the answer.
        summary: { registers: [new Registry()] },
      },
    },
  })
  app.get(
    '/metrics',
    { config: { anonymous: true, unlimited: true, whileDraining: true, disableMetrics: true } },
    async (_request, reply) => reply.type(registry.contentType).send(await registry.metrics()),
  )
}
