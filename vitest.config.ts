// The suite: the database's tests on each PostgreSQL we promise, everything else once on the embedded one.
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { defineConfig } from 'vitest/config'
import { binaries15, plpgsqlCheck15 } from './tests/support/binaries15.ts'

const databaseTests = ['tests/db/**/*.test.ts']
const common = { hookTimeout: 120_000, testTimeout: 60_000, pool: 'forks' as const }

const on = (name: string, include: string[], setup?: string) => ({
  test: { ...common, name, include, ...(setup ? { globalSetup: [`tests/support/${setup}.ts`] } : {}) },
})

const installed15 = existsSync(join(binaries15, 'postgres'))
const testsOn15 = [...databaseTests, ...(existsSync(plpgsqlCheck15) ? ['tests/db15/**/*.test.ts'] : [])]

export default defineConfig({
  test: {
    maxWorkers: 3,
    reporters: ['default', './tests/support/countReporter.ts'],
    projects: [
      on('embedded', ['tests/embedded/**/*.test.ts']),
      on('db', databaseTests, 'setupEmbedded'),
      on('db-managed', databaseTests, 'setupManaged'),
      ...(installed15 ? [on('db-15', testsOn15, 'setupPostgres15')] : []),
      on('app', ['tests/{api,client,cli,docs,examples,house,matrix,proofs,transport}/**/*.test.ts'], 'setupEmbedded'),
    ],
  },
})
