// What people read: the OpenAPI document, the reference page that shows it without any other host, and an explanation of each error code.
import { createHash } from 'node:crypto'
import Fastify, { type FastifyInstance } from 'fastify'
import { type Code, codes } from '../trpc/codes.ts'
import { ApiError } from '../trpc/errors.ts'
import { problemType } from './errors.ts'

export async function publishDocs(app: FastifyInstance, describe: () => object): Promise<void> {
  let document: Buffer | undefined
  const explained = new Map(Object.entries(codes).map(([code, entry]) => [problemType(code as Code), { code, ...entry }]))
  app.addHook('onRoute', (route) => {
    route.config = { ...route.config, anonymous: true }
  })
  app.get('/openapi.json', async (_request, reply) => {
    document ??= Buffer.from(JSON.stringify(describe()))
    return reply.type('application/json; charset=utf-8').send(document)
  })
  app.get<{ Params: { code: string } }>('/problems/:code', async (request) => {
    const explanation = explained.get(`/problems/${request.params.code}`)
    if (explanation === undefined) throw new ApiError('NOT_FOUND')
    return explanation
  })
  await app.register(async (page) => {
    allowOwnScripts(page)
    let opened: Promise<FastifyInstance> | undefined
    for (const url of ['/docs', '/docs/', '/docs/js/scalar.js']) {
      page.get(url, async (request, reply) => {
        opened ??= openReference()
        const answer = await (await opened).inject(request.url)
        for (const name of ['content-type', 'location'] as const) {
          const value = answer.headers[name]
          if (value !== undefined) reply.header(name, value)
        }
        return reply.code(answer.statusCode).send(answer.payload)
      })
    }
  })
}

/** The reference is five megabytes, of which a server that nobody asks for it need not know: an app of its own, loaded by the first who asks. */
async function openReference(): Promise<FastifyInstance> {
  const { default: reference } = await import('@scalar/fastify-api-reference')
  const app = Fastify()
  await app.register(reference, {
    routePrefix: '/docs',
    configuration: {
      url: '/openapi.json',
      pageTitle: 'FleetFlow API',
      withDefaultFonts: false,
      telemetry: false,
      agent: { disabled: true },
      mcp: { disabled: true },
      hideClientButton: true,
      showDeveloperTools: 'never',
    },
  })
  return app
}

/** The page's policy: scripts of this server and the inline ones of this very page, by hash; it talks to this server alone. */
function allowOwnScripts(page: FastifyInstance): void {
  page.addHook('onSend', async (_request, reply, payload) => {
    if (!String(reply.getHeader('content-type')).startsWith('text/html') || typeof payload !== 'string') return payload
    const inline = [...payload.matchAll(/<script(?![^>]*\bsrc=)[^>]*>([\s\S]*?)<\/script>/g)].map(([, script]) => hashOf(script ?? ''))
    reply.header(
      'content-security-policy',
      [
        "default-src 'none'",
        "object-src 'none'",
        `script-src 'self' ${inline.join(' ')}`,
        "style-src 'self' 'unsafe-inline'",
        "img-src 'self' data: blob:",
        "font-src 'self' data:",
        "connect-src 'self'",
        "worker-src 'self' blob:",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
      ].join('; '),
    )
    return payload
  })
}

function hashOf(script: string): string {
  return `'sha256-${createHash('sha256').update(script).digest('base64')}'`
}
