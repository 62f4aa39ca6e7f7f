// Runs drizzle-kit, which turns db/schema into DDL.
import { spawnSync } from 'node:child_process'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'

const repository = join(import.meta.dirname, '..', '..', '..')

/** What `drizzle-kit <command> --config drizzle.config.ts ...` prints. Errors: what it complained about. */
export function drizzleKit(command: string, ...rest: string[]): string {
  const bin = join(dirname(createRequire(join(repository, 'package.json')).resolve('drizzle-kit')), 'bin.cjs')
  const run = spawnSync(process.execPath, [bin, command, '--config', 'drizzle.config.ts', ...rest], { cwd: repository, encoding: 'utf8' })
  if (run.status !== 0) throw new Error(`drizzle-kit ${command} failed: ${run.stdout}${run.stderr}`)
  return run.stdout
}
