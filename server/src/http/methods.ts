// A path that exists answers METHOD_NOT_ALLOWED to the methods it does not take, and says which it does.
import type { FastifyInstance } from 'fastify'
import { ApiError } from '../trpc/errors.ts'

const known = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'TRACE'] as const

/** Call once at the top before any route: remembers what each path takes, per scope. */
export function refuseOtherMethods(app: FastifyInstance): () => void {
  const taken = new Map<string, { methods: Set<string>; scope: FastifyInstance; prefix: string }>()
  app.addHook('onRoute', function (route) {
    if (route.url.includes('*')) return
    const entry = taken.get(route.url) ?? { methods: new Set<string>(), scope: this, prefix: route.prefix }
    for (const method of [route.method].flat()) entry.methods.add(method)
    taken.set(route.url, entry)
  })
  return () => {
    for (const [url, { methods, scope, prefix }] of [...taken]) {
      const others = known.filter((method) => !methods.has(method))
      const allow = known.filter((method) => methods.has(method)).join(', ')
      scope.route({
        method: others,
        url: url.slice(prefix.length),
        config: { wrongMethod: true },
        onRequest: (_request, reply, done) => {
          reply.header('allow', allow)
          done(new ApiError('METHOD_NOT_ALLOWED'))
        },
        handler: () => undefined,
      })
    }
  }
}
