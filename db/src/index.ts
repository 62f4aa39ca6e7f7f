// What the API and scripts use of the database: a pool, one way to call an entry function, and typed errors.
export { call, type Outcome, perform } from './call.ts'
export { type ConnectOptions, connect, type Database } from './connect.ts'
export { type DatabaseCode, DatabaseError, raisedCodes } from './errors.ts'
export {
  type Actor,
  type Arguments,
  type FunctionName,
  functions,
  type MutationName,
  type SecretName,
  type ServiceName,
  services,
} from './functions.ts'
export { type Privileges, privileges, ready } from './health.ts'
export { type Relay, type RelayOptions, startRelay } from './relay.ts'
export { type Sweeper, type SweeperOptions, startSweeper } from './sweeper.ts'
