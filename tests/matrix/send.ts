// Sends a procedure's input as tRPC takes it and as each of its REST routes does, and says what came back in one word.
import type { FastifyInstance, LightMyRequestResponse } from 'fastify'
import { restRoutes } from '../../server/src/restRoutes.ts'
import type { Input, Verdict } from './row.ts'

type Headers = Record<string, string>

export interface Transport {
  name: string
  send: (app: FastifyInstance, input: Input, headers: Headers) => Promise<LightMyRequestResponse>
}

const json = { 'content-type': 'application/json' }

/** Every way to call a procedure over HTTP. */
export function transportsOf(procedure: string, type: string): Transport[] {
  const url = `/trpc/${procedure}`
  const trpc: Transport = {
    name: `${type === 'query' ? 'GET' : 'POST'} ${url}`,
    send: (app, input, headers) =>
      type === 'query'
        ? app.inject({ url, query: { input: JSON.stringify(input) }, headers })
        : app.inject({ method: 'POST', url, payload: JSON.stringify(input), headers: { ...headers, ...json } }),
  }
  return [trpc, ...restRoutes.flatMap((route) => restTransports(route, procedure))]
}

function restTransports(route: (typeof restRoutes)[number], procedure: string): Transport[] {
  return route.operations
    .filter((operation) => operation.procedure === procedure)
    .map(({ when }) => ({
      name: `${route.method} ${route.url}`,
      send: (app, input, headers) => {
        const { url, rest } = fillIn(route.url, input)
        if (route.method === 'GET') return app.inject({ url, query: asQuery(rest), headers })
        const payload = JSON.stringify({ ...rest, ...when })
        return app.inject({ method: route.method, url, payload, headers: { ...headers, ...json } })
      },
    }))
}

function fillIn(template: string, input: Input): { url: string; rest: Input } {
  const named = new Set([...template.matchAll(/:(\w+)/g)].map(([, name]) => String(name)))
  return {
    url: template.replaceAll(/:(\w+)/g, (_, name: string) => encodeURIComponent(String(input[name]))),
    rest: Object.fromEntries(Object.entries(input).filter(([name]) => !named.has(name))),
  }
}

const asQuery = (input: Input) => Object.fromEntries(Object.entries(input).map(([name, value]) => [name, String(value)]))

/** The code of a refusal, `empty` for a page without items, `ok` for everything else. */
export function verdictOf(response: LightMyRequestResponse): Verdict {
  const body: { code?: Verdict; error?: { data: { code: Verdict } }; result?: { data: unknown } } = response.json()
  if (response.statusCode >= 400) return body.error?.data.code ?? body.code ?? 'INTERNAL'
  const answer = (body.result === undefined ? body : body.result.data) as { items?: unknown[] } | null
  return answer?.items?.length === 0 ? 'empty' : 'ok'
}
