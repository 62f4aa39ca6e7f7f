// What callers of the transport say, in the terms of tRPC's own adapter.
import type { AnyTRPCRouter } from '@trpc/server'
import type { FastifyHandlerOptions } from '@trpc/server/adapters/fastify'
import type { FastifyReply, FastifyRequest } from 'fastify'

/** The options of tRPC's Fastify adapter, and limits that are off unless given. */
export type TrpcOptions<TRouter extends AnyTRPCRouter> = FastifyHandlerOptions<TRouter, FastifyRequest, FastifyReply> & {
  /** Levels of arrays and objects that an input may nest; deeper ones are BAD_REQUEST. */
  maxDepth?: number
  /** UTF-16 units of the `input` of a query; longer ones are PAYLOAD_TOO_LARGE. Bodies are bounded by Fastify's `bodyLimit`. */
  maxInputLength?: number
}

/** What `createContext` is given, as by the adapter. */
export type ContextOptions<TRouter extends AnyTRPCRouter> = Parameters<NonNullable<TrpcOptions<TRouter>['createContext']>>[0]

export type RequestInfo = ContextOptions<AnyTRPCRouter>['info']
