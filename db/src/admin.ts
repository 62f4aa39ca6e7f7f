// What commands and tests use of the database with an administrator's connection.
export { BootstrapError, type BootstrapOptions, bootstrap } from './bootstrap.ts'
export { type Catalog, type CatalogDifference, compareCatalogs, readCatalog } from './catalog.ts'
export { adminOptions } from './connect.ts'
export { toDatabaseError } from './errors.ts'
export { type ColumnMap, parseColumnMap } from './import/columns.ts'
export { ImportError } from './import/errors.ts'
export { type ImportOptions, type ImportProgress, type ImportResult, importTrips } from './import/importTrips.ts'
export { type MigrateOptions, type MigrateResult, MigrationMismatch, migrate } from './migrate.ts'
export { drizzleKit } from './migrations/drizzleKit.ts'
export { type Migration, migrations, newestCopies, objectFolders, type SqlObject, sqlObjects } from './migrations/files.ts'
export { splitStatements } from './migrations/statements.ts'
export { type Administrator, listAdministrators, PersonError, setAdministrator } from './people.ts'
export { type SchemaState, schemaState } from './schemaState.ts'
export type { SeedResult } from './seed.ts'
export { demoFleet } from './seedData.ts'
export { catalogFile, type VerifyCheck, type VerifyProblem, type VerifyResult, verify } from './verify.ts'

/** See db/src/seed.ts. Loaded when it is called: Drizzle takes half a second and 200 MB, which other commands need not pay. */
export const seed: typeof import('./seed.ts').seed = async (...given) => (await import('./seed.ts')).seed(...given)
