// Packs the client as it would be published and unpacks it into a project that knows nothing of the workspace.
import { execFile } from 'node:child_process'
import { copyFileSync, mkdirSync, mkdtempSync, readdirSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll } from 'vitest'

const run = promisify(execFile)
const workspace = join(import.meta.dirname, '..', '..')
const consumers = join(import.meta.dirname, 'consumer')
const require = createRequire(import.meta.url)

export interface Consumer {
  /** The project's folder. */
  folder: string
  tarball: string
  /** Where the client was unpacked. */
  client: string
}

/** Builds, packs and unpacks; nothing is fetched. Removed after the file. */
export async function packClient(): Promise<Consumer> {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'fleetflow-consumer-')))
  afterAll(() => rmSync(folder, { recursive: true, force: true }))
  const pnpm = join(workspace, 'node_modules', '.bin', 'pnpm')
  await run(pnpm, ['--filter', '@fleetflow/client', 'pack', '--pack-destination', folder], { cwd: workspace })
  const [name] = readdirSync(folder).filter((file) => file.endsWith('.tgz'))
  if (name === undefined) throw new Error('nothing was packed')
  const tarball = join(folder, name)
  const client = join(folder, 'node_modules', '@fleetflow', 'client')
  mkdirSync(client, { recursive: true })
  await run('tar', ['-xzf', tarball, '-C', client, '--strip-components', '1'])
  writeFileSync(join(folder, 'package.json'), '{ "name": "consumer", "private": true, "type": "module" }\n')
  mkdirSync(join(folder, 'node_modules', '@types'))
  symlinkSync(dirname(require.resolve('@types/node/package.json')), join(folder, 'node_modules', '@types', 'node'))
  for (const file of readdirSync(consumers)) copyFileSync(join(consumers, file), join(folder, file.replace(/\.txt$/, '')))
  return { folder, tarball, client }
}

export interface Compilation {
  /** Lines such as `wrong.ts(4,12): error TS2345: ...`; empty when all is well. */
  errors: string[]
  seconds: number
}

/** Runs a compiler of the workspace in the project, as strictly as it can be and without skipping declaration files. */
export async function compile(consumer: Consumer, compiler: string, file: string, options: Record<string, unknown>): Promise<Compilation> {
  const config = join(consumer.folder, `tsconfig.${crypto.randomUUID()}.json`)
  const compilerOptions = {
    strict: true,
    exactOptionalPropertyTypes: true,
    noUncheckedIndexedAccess: true,
    skipLibCheck: false,
    noEmit: true,
    target: 'es2022',
    types: [],
    ...options,
  }
  writeFileSync(config, JSON.stringify({ compilerOptions, files: [file] }))
  const started = performance.now()
  const output = await run(process.execPath, [tscOf(compiler), '-p', config], { cwd: consumer.folder }).then(
    ({ stdout }) => stdout,
    (error: { stdout?: string; message: string }) => error.stdout || error.message,
  )
  return { errors: output.split('\n').filter((line) => line !== ''), seconds: (performance.now() - started) / 1000 }
}

export async function versionOf(compiler: string): Promise<string> {
  const { stdout } = await run(process.execPath, [tscOf(compiler), '--version'])
  return stdout.trim()
}

function tscOf(compiler: string): string {
  return join(dirname(require.resolve(`${compiler}/package.json`)), 'bin', 'tsc')
}
