// A Fastify-native transport for tRPC.
export { type TrpcHandler, trpcHandler } from './handler.ts'
export { type TrpcFastifyOptions, trpcFastify } from './plugin.ts'
export type { ContextOptions, TrpcOptions } from './types.ts'
