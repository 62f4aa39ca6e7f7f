// What commands and tests use of the database with an administrator's connection.
export { type BootstrapOptions, bootstrap } from './bootstrap.ts'
export { adminOptions } from './connect.ts'
export { type MigrateOptions, type MigrateResult, MigrationMismatch, migrate } from './migrate.ts'
export { type Migration, migrations, newestCopies, objectFolders, type SqlObject, sqlObjects } from './migrations/files.ts'
export { splitStatements } from './migrations/statements.ts'
export { type SchemaState, schemaState } from './schemaState.ts'
export { type SeedResult, seed } from './seed.ts'
