// Prints `vitest: N passed, N failed` as the last line of a run, for people and machines that read only that.
import { existsSync } from 'node:fs'
import type { Reporter, TestModule } from 'vitest/node'
import { binaries15, plpgsqlCheck15 } from './binaries15.ts'
import { chromiumPath } from './chromium.ts'
import { node20 } from './node20.ts'
import { testDataFolder } from './testData.ts'

/** What this run could not prove here. */
function notices(): string[] {
  return [
    ...(existsSync(binaries15) ? [] : [`SKIPPED: PostgreSQL 15 is not installed (${binaries15}); database tests run on 18 only.`]),
    ...(existsSync(plpgsqlCheck15)
      ? []
      : [`SKIPPED: plpgsql_check is not installed (${plpgsqlCheck15}); the bodies of functions are not linted.`]),
    ...(node20 ? [] : ['SKIPPED: no Node 20 on the PATH; the packed client runs on newer ones only.']),
    ...(existsSync(chromiumPath) ? [] : [`SKIPPED: Chromium is not installed (${chromiumPath}); the packed client runs in no browser.`]),
    ...(existsSync(testDataFolder)
      ? []
      : [`SKIPPED: no real trips in ${testDataFolder} (FLEETFLOW_TEST_DATA); the import is proved on a generated file only.`]),
  ]
}

export default class CountReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], errors: readonly unknown[]): void {
    const states = modules.flatMap((module) => [...module.children.allTests()].map((test) => test.result().state))
    const broken = modules.filter((module) => module.errors().length > 0).length
    const count = (state: string) => states.filter((s) => s === state).length
    const skipped = count('skipped')
    const line = `vitest: ${count('passed')} passed, ${count('failed') + broken + errors.length} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`
    process.on('exit', () => process.stdout.write(`${[...notices(), line].join('\n')}\n`))
  }
}
