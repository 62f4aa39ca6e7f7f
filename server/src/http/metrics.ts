// Prometheus metrics: what the process uses, how long each route takes, and what was refused. Each app has its own registry.
import { Counter, Gauge, Registry } from '@prometheus-io/client'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import fastifyMetrics from 'fastify-metrics'

/** Names a request by a bounded set of labels. */
export type RouteLabel = (request: FastifyRequest) => string

/** Counts a request that was refused before it was looked at. */
export type CountRefusal = (code: 'RATE_LIMITED' | 'OVERLOADED') => void

/** Given the app's own registry, answers the text of /metrics. */
export type GatherMetrics = (own: Registry) => () => Promise<string>

const ownMetrics: GatherMetrics = (own) => () => own.metrics()

export interface Metrics {
  refused: CountRefusal
  /** Reports how many calls are under way, asked whenever somebody reads the metrics. */
  watchCalls(inFlight: () => number): void
}

export async function measure(app: FastifyInstance, labelOf: RouteLabel, gather: GatherMetrics = ownMetrics): Promise<Metrics> {
  const registry = new Registry()
  const metrics = gather(registry)
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
    async (_request, reply) => reply.type(registry.contentType).send(await metrics()),
  )
  return metricsOf(registry)
}

function metricsOf(registry: Registry): Metrics {
  const refusals = new Counter({
    name: 'fleetflow_requests_refused_total',
    help: 'Requests refused by a limit, by code',
    labelNames: ['code'],
    registers: [registry],
  })
  return {
    refused: (code) => refusals.inc({ code }),
    watchCalls(inFlight) {
      new Gauge({
        name: 'fleetflow_calls_in_flight',
        help: 'Calls under way',
        registers: [registry],
        collect() {
          this.set(inFlight())
        },
      })
    },
  }
}
