// What the API and scripts use of the database: a pool, one way to call an entry function, and typed errors.

export type { AuthStore, AuthStoreOptions } from './authStore.ts'
export { call, type Outcome, perform } from './call.ts'
export { type ConnectOptions, connect, type Database } from './connect.ts'
export { type DatabaseCode, DatabaseError, raisedCodes } from './errors.ts'
export {
  type Actor,
  type Arguments,
  type BatchName,
  batches,
  type FunctionName,
  functions,
  type MutationName,
  type SecretName,
  type ServiceName,
  services,
} from './functions.ts'
export { connectionLimit, type Privileges, privileges, ready } from './health.ts'
export { type Relay, type RelayOptions, startRelay } from './relay.ts'
export { type Sweeper, type SweeperOptions, startSweeper } from './sweeper.ts'
/** See db/src/authStore.ts. Loaded when it is called: Drizzle takes half a second, which a server without the issuer need not pay. */
export const openAuthStore = async (options: import('./authStore.ts').AuthStoreOptions): Promise<import('./authStore.ts').AuthStore> =>
  (await import('./authStore.ts')).openAuthStore(options)
