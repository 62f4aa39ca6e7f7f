// One small router behind tRPC's own Fastify adapter, behind ours, or written out by hand; which, is the argument.
import { trpcFastify } from '@fleetflow/trpc-fastify'
import { initTRPC } from '@trpc/server'
import { fastifyTRPCPlugin } from '@trpc/server/adapters/fastify'
import Fastify from 'fastify'
import { z } from 'zod'

const input = z.object({ name: z.string().max(100), times: z.int().min(1).max(10) })
const greet = ({ name, times }: z.infer<typeof input>) => ({ text: `Hello ${name}`.repeat(times), name, times })

const t = initTRPC.create()
const router = t.router({
  hello: t.procedure.input(input).query(({ input: given }) => greet(given)),
  greet: t.procedure.input(input).mutation(({ input: given }) => greet(given)),
})
const answer = (given: unknown) => ({ result: { data: greet(input.parse(given)) } })

const app = Fastify({ routerOptions: { maxParamLength: 5000 } })
const [way] = process.argv.slice(2)
if (way === 'adapter') await app.register(fastifyTRPCPlugin, { prefix: '/trpc', trpcOptions: { router } })
else if (way === 'ours') await app.register(trpcFastify, { prefix: '/trpc', trpcOptions: { router } })
else {
  app.get<{ Querystring: { input: string } }>('/trpc/hello', async ({ query }) => answer(JSON.parse(query.input)))
  app.post('/trpc/greet', async ({ body }) => answer(body))
  app.get<{ Querystring: { input: string } }>('/trpc/:paths', async ({ query }) =>
    Object.values(JSON.parse(query.input) as object).map((given) => answer(given)),
  )
}
const url = await app.listen({ host: '127.0.0.1', port: 0 })
process.stdout.write(`${JSON.stringify({ url })}\n`)
