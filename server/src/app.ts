// Builds the whole application and never listens: the plugins below are in the order in which a request meets them.
import type { Database } from '@fleetflow/db'
import Fastify, { type FastifyInstance, type FastifyRequest, LogController } from 'fastify'
import type { DestinationStream } from 'pino'
import manifest from '../package.json' with { type: 'json' }
import type { Settings } from './env.ts'
import { admitCalls } from './http/admission.ts'
import type { Verifier } from './http/auth/verifier.ts'
import { publishDocs } from './http/docs.ts'
import { drainOnClose } from './http/drain.ts'
import { answerBrokenRequest, answerErrors, refuse, sendProblem } from './http/errors.ts'
import { reportHealth } from './http/health.ts'
import { identifyCallers, refuseBadTokens } from './http/identity.ts'
import { acceptOnlyJson } from './http/json.ts'
import { createLogger, logRequests, requestId } from './http/logging.ts'
import { refuseOtherMethods } from './http/methods.ts'
import { type GatherMetrics, measure } from './http/metrics.ts'
import { describeApi } from './http/openapi.ts'
import { limitCalls } from './http/rateLimit.ts'
import { serveRest } from './http/rest.ts'
import { bareHeaders, protectBrowsers } from './http/security.ts'
import { cutSlowReaders } from './http/slowReaders.ts'
import { callsOf, serveTrpc, trpcLabel } from './http/trpc.ts'
import type { Issuer } from './issuer/issuer.ts'
import { restRoutes } from './restRoutes.ts'
import { appRouter } from './router.ts'
import type { Context } from './trpc/context.ts'
import { reasons } from './trpc/reasons.ts'

const bodyLimit = 64 * 1024
// With the five seconds of the database's pool still within the ten that a supervisor grants.
const drainMs = 4000
const description =
  'Books vehicles. Times are ISO 8601 with an offset, money is in minor units, lists answer `items` and `nextCursor`, errors are problem details with a stable `code`.'

export interface AppOptions {
  settings: Settings
  database: Database
  verifier: Verifier
  /** The bundled issuer; without it nothing below /auth exists. */
  issuer?: Issuer | undefined
  /** Answers /metrics for more than this process. */
  gatherMetrics?: GatherMetrics | undefined
  /** Where log lines go; default standard output. */
  logDestination?: DestinationStream
}

export async function buildApp({
  settings,
  database,
  verifier,
  issuer,
  gatherMetrics,
  logDestination,
}: AppOptions): Promise<FastifyInstance> {
  const app: FastifyInstance = Fastify({
    ...limits(settings),
    loggerInstance: createLogger(settings.logLevel, logDestination),
    logController: new LogController({ disableRequestLogging: true }),
    genReqId: requestId,
    trustProxy: settings.trustProxy.length > 0 ? settings.trustProxy : false,
    return503OnClosing: false,
    forceCloseConnections: true,
    frameworkErrors: (error, request, reply) => refuse(reply.headers(bareHeaders), error, request, sendProblem),
    clientErrorHandler: answerBrokenRequest,
  })

  app.server.maxConnections = settings.maxConnections
  const answerOtherMethods = refuseOtherMethods(app)
  answerErrors(app, sendProblem)
  logRequests(app)
  const metrics = await measure(app, (request) => labelOf(request), gatherMetrics)
  await protectBrowsers(app, settings.corsOrigins)
  drainOnClose(app, drainMs)
  // A streamed batch begins to answer before its calls have ended.
  cutSlowReaders(app, settings.requestTimeoutMs + settings.database.statementTimeoutMs)
  const admission = admitCalls(app, settings.maxInFlight, callsOf, metrics.refused)
  metrics.watchCalls(admission.inFlight)
  identifyCallers(app, verifier)
  await limitCalls(app, settings.rateLimit, callsOf, metrics.refused)
  refuseBadTokens(app)
  acceptOnlyJson(app)

  const contextOf = (request: FastifyRequest): Context => ({
    database,
    actor: request.identity,
    requestId: request.id,
    onCall: () => admission.begin(request),
  })
  reportHealth(app, database)
  await app.register(async (scope) => serveTrpc(scope, contextOf), { prefix: '/trpc' })
  await app.register(async (scope) => serveRest(scope, appRouter, restRoutes, contextOf))
  if (issuer !== undefined) {
    const { serveIssuer } = await import('./issuer/routes.ts')
    await app.register(async (scope) => serveIssuer(scope, issuer))
  }
  const openapi = () => describeApi({ title: 'FleetFlow', version: manifest.version, description }, appRouter, restRoutes, reasons)
  await app.register(async (scope) => publishDocs(scope, openapi))
  answerOtherMethods()
  return app
}

/** `requestTimeout` alone does nothing: Node looks at its connections only every `connectionsCheckingInterval`. */
function limits({ requestTimeoutMs, headersTimeoutMs }: Settings) {
  return {
    bodyLimit,
    requestTimeout: requestTimeoutMs,
    keepAliveTimeout: 65_000,
    routerOptions: { maxParamLength: 5000 },
    http: {
      maxHeaderSize: 16 * 1024,
      requestTimeout: requestTimeoutMs,
      headersTimeout: headersTimeoutMs,
      connectionsCheckingInterval: Math.min(1000, headersTimeoutMs),
    },
  }
}

function labelOf(request: FastifyRequest): string {
  const { url } = request.routeOptions
  if (url !== '/trpc/:path') return url ?? '(unknown)'
  return trpcLabel((request.params as { path: string }).path)
}
