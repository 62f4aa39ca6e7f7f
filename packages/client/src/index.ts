// FleetFlow's client: the typed way in for programs that speak TypeScript or JavaScript, on Node 20 and newer and in browsers.
export { type AppRouter, createFleetflowClient, type FleetflowClient, type FleetflowClientOptions } from './client.ts'
export type { RetryOptions } from './links/retry.ts'
export { type ClientCode, type ProcedurePath, type Reason, type ReasonCode, reasonOf } from './reasons.ts'
export type { TokenProvider } from './tokens.ts'
export type { RouterInputs, RouterOutputs } from './types.ts'
