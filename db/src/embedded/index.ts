// The embedded PostgreSQL: what other packages may use of it.
export { acquireEmbedded, type Embedded, type EmbeddedOptions } from './acquire.ts'
export { EmbeddedError } from './errors.ts'
export { proveOwnCluster } from './prove.ts'
