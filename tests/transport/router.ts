// A router with a procedure of every kind, and the options and transformers under which the two transports are compared.
import { initTRPC, lazy, TRPCError, tracked } from '@trpc/server'
import { z } from 'zod'

/** One that tells bigint and dates from text, and refuses what it did not write. */
export const transformer = {
  serialize: (value: unknown): unknown => ({
    json: JSON.stringify(value, (_, inner) => (typeof inner === 'bigint' ? { $big: String(inner) } : inner)) ?? null,
  }),
  deserialize: (value: unknown): unknown => {
    if (typeof value !== 'object' || value === null || !('json' in value)) throw new Error('not written by this transformer')
    const { json } = value as { json: string | null }
    return json === null ? undefined : JSON.parse(json)
  },
}

const codes = [
  'PARSE_ERROR',
  'BAD_REQUEST',
  'INTERNAL_SERVER_ERROR',
  'UNAUTHORIZED',
  'FORBIDDEN',
  'NOT_FOUND',
  'METHOD_NOT_SUPPORTED',
  'TIMEOUT',
  'CONFLICT',
  'PRECONDITION_FAILED',
  'PAYLOAD_TOO_LARGE',
  'UNSUPPORTED_MEDIA_TYPE',
  'UNPROCESSABLE_CONTENT',
  'TOO_MANY_REQUESTS',
  'CLIENT_CLOSED_REQUEST',
  'NOT_IMPLEMENTED',
  'BAD_GATEWAY',
  'SERVICE_UNAVAILABLE',
  'GATEWAY_TIMEOUT',
] as const

export function makeRouter(way: { transformed?: boolean; formatted?: boolean }) {
  const t = initTRPC.context<{ who: string }>().create({
    isDev: false,
    ...(way.transformed ? { transformer } : {}),
    ...(way.formatted
      ? {
          errorFormatter: ({ shape, error, input, path, type }) => ({
            ...shape,
            own: { code: error.code, input: input ?? null, path: path ?? null, type },
          }),
        }
      : {}),
  })
  const text = z.object({ text: z.string() })
  return t.router({
    hello: t.procedure.query(({ ctx }) => `hello ${ctx.who}`),
    echo: t.procedure.input(z.unknown()).query(({ input }) => ({ input: input === undefined ? 'undefined' : input })),
    say: t.procedure.input(text).mutation(({ input, ctx }) => ({ said: input.text, by: ctx.who })),
    save: t.procedure.input(z.unknown()).mutation(({ input }) => ({ saved: input ?? null })),
    nothing: t.procedure.query(() => undefined),
    none: t.procedure.mutation(() => null),
    zero: t.procedure.query(() => 0),
    throwsPlain: t.procedure.query(() => {
      throw new Error('plain')
    }),
    throwsText: t.procedure.mutation(() => {
      throw 'text'
    }),
    throwsCause: t.procedure.query(() => {
      throw new TRPCError({ code: 'CONFLICT', message: 'taken', cause: new Error('why') })
    }),
    throwsCode: t.procedure.input(z.enum(codes)).query(({ input }) => {
      throw new TRPCError({ code: input, message: input })
    }),
    badOutput: t.procedure.output(z.string()).query(() => 5 as never),
    unread: t.procedure.query(() => {
      throw new TRPCError({ code: 'BAD_REQUEST', message: 'input never read' })
    }),
    promised: t.procedure.query(() => ({ now: 1, later: Promise.resolve(2) })),
    generated: t.procedure.query(async function* () {
      yield 1
      yield 2
    }),
    ticks: t.procedure.input(z.object({ to: z.number() }).optional()).subscription(async function* ({ input }) {
      for (let n = 1; n <= (input?.to ?? 3); n += 1) yield tracked(String(n), { n })
    }),
    notStreaming: t.procedure.subscription(() => 5 as never),
    deep: t.router({ er: t.router({ query: t.procedure.query(() => 'deep') }) }),
    lazily: lazy(async () => ({
      default: t.router({ there: t.procedure.query(() => 'loaded'), save: t.procedure.mutation(() => 'loaded') }),
    })),
    codes: t.procedure.query(() => codes),
  })
}

export type TransportRouter = ReturnType<typeof makeRouter>
