// `pnpm bench:types [--quick] [--json]`: what the typed client costs those who compile against it, on every compiler we promise, and whether procedures that nobody uses cost anything.
import { execFile } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { availableParallelism, loadavg, tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { parseArgs, promisify } from 'node:util'

const run = promisify(execFile)
const workspace = join(import.meta.dirname, '../..')
const require = createRequire(join(workspace, 'tests/client/packed.ts'))

const compilers = ['typescript', 'typescript-6.0', 'typescript-5.9'] as const
const sizes = [50, 100, 200] as const
const inUse = 3
const groupCount = 10

export interface TypesOptions {
  /** Each program is compiled so often; the median counts. */
  rounds: number
  /** Told of each program. */
  onProgram?: (program: TypesProgram) => void
}

export interface TypesProgram {
  /** As it names itself. */
  compiler: string
  /** `client`: a consumer of the packed client as it is; a number: of a client with so many procedures, of which it uses three. */
  program: 'client' | number
  /** Whether it checks declaration files, too: without `skipLibCheck`, which most templates set. */
  checksDeclarations: boolean
  seconds: number
  instantiations: number
}

export interface TypesResult {
  programs: TypesProgram[]
}

/** Packs the client, as it would be published, and compiles consumers of it and of the like of it with routers of growing size, each with three calls. Errors: what a compiler found. */
export async function measureTypes({ rounds, onProgram = () => {} }: TypesOptions): Promise<TypesResult> {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'fleetflow-types-')))
  try {
    await packInto(folder)
    const programs: TypesProgram[] = []
    for (const compiler of compilers) {
      for (const program of ['client', ...sizes] as const) {
        const file = program === 'client' ? writeConsumer(folder) : writeRouter(folder, program)
        for (const checksDeclarations of [false, true]) {
          const cost = await compile(folder, { compiler, file, checksDeclarations, rounds })
          const measured: TypesProgram = { compiler: await versionOf(compiler), program, checksDeclarations, ...cost }
          programs.push(measured)
          onProgram(measured)
        }
      }
    }
    return { programs }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

async function packInto(folder: string): Promise<void> {
  const pnpm = join(workspace, 'node_modules', '.bin', 'pnpm')
  await run(pnpm, ['--filter', '@fleetflow/client', 'pack', '--out', join(folder, 'client.tgz')], { cwd: workspace })
  const client = join(folder, 'node_modules', '@fleetflow', 'client')
  mkdirSync(client, { recursive: true })
  await run('tar', ['-xzf', join(folder, 'client.tgz'), '-C', client, '--strip-components', '1'])
  writeFileSync(join(folder, 'package.json'), '{ "name": "consumer", "private": true, "type": "module" }\n')
}

function writeConsumer(folder: string): string {
  writeFileSync(
    join(folder, 'client.ts'),
    `import { createFleetflowClient } from '@fleetflow/client'
const api = createFleetflowClient({ url: 'http://127.0.0.1:3000' })
export const cars: number = (await api.cars.list.query({ fleet: 'demo' })).items.length
export const me: string = (await api.me.get.query()).id
export const trips: number = (await api.trips.list.query({})).items.length
`,
  )
  return 'client.ts'
}

/**
 * The packed declarations with a router of so many procedures in place of the real one, and a consumer that calls three of them. All are of one
 * shape, with names of their own, in ten groups.
 */
function writeRouter(folder: string, procedures: number): string {
  const declarations = readFileSync(join(folder, 'node_modules/@fleetflow/client/dist/index.d.ts'), 'utf8')
  const root = '{ ctx: Context; meta: object; errorShape: ErrorShape; transformer: false }'
  const groups = Array.from({ length: groupCount }, (_, group) => {
    const members = Array.from({ length: procedures / groupCount }, (_, n) => procedure(group * (procedures / groupCount) + n))
    return `g${group}: BuiltRouter<${root}, DecorateCreateRouterOptions<{ ${members.join('\n')} }>>;`
  })
  const router = `declare const appRouter: BuiltRouter<${root}, DecorateCreateRouterOptions<{ ${groups.join('\n')} }>>;`
  const replaced = declarations.replace(/^declare const appRouter: [\s\S]*?\n\}>>;$/m, () => router)
  if (replaced === declarations) throw new Error('the declarations hold no router')
  writeFileSync(join(folder, `client${procedures}.d.ts`), replaced)
  writeFileSync(join(folder, `client${procedures}.js`), '')
  const uses = Array.from(
    { length: inUse },
    (_, n) => `export const n${n}: number = (await api.g0.p${n}.query({ id${n}: 'x' })).items.length`,
  )
  writeFileSync(
    join(folder, `uses${procedures}.ts`),
    `import { createFleetflowClient } from './client${procedures}.js'
const api = createFleetflowClient({ url: 'http://127.0.0.1:3000' })
${uses.join('\n')}
`,
  )
  return `uses${procedures}.ts`
}

const procedure = (n: number): string => `p${n}: QueryProcedure<{
  input: { id${n}: string; limit?: number | undefined; kind?: 'a${n}' | 'b${n}' | undefined };
  output: { items: { id${n}: string; at: string; state: 'open${n}' | 'closed${n}'; lines: { amount: number; kind: string }[] }[]; nextCursor: string | null };
  meta: object;
  errorShape: ErrorShape;
}>;`

interface Compilation {
  compiler: string
  file: string
  checksDeclarations: boolean
  rounds: number
}

async function compile(
  folder: string,
  { compiler, file, checksDeclarations, rounds }: Compilation,
): Promise<{ seconds: number; instantiations: number }> {
  const config = join(folder, `tsconfig.${file}.json`)
  const compilerOptions = {
    strict: true,
    noEmit: true,
    skipLibCheck: !checksDeclarations,
    target: 'es2022',
    lib: ['es2022'],
    module: 'nodenext',
    types: [],
  }
  writeFileSync(config, JSON.stringify({ compilerOptions, files: [file] }))
  const times: number[] = []
  let instantiations = Number.NaN
  for (let round = 0; round < rounds; round += 1) {
    const { stdout } = await run(process.execPath, [tscOf(compiler), '-p', config, '--extendedDiagnostics'], { cwd: folder }).catch(
      (error: { stdout?: string; message: string }) => {
        throw new Error(error.stdout || error.message)
      },
    )
    times.push(Number(/^Total time:\s+([\d.]+)s/m.exec(stdout)?.[1]))
    instantiations = Number(/^Instantiations:\s+(\d+)/m.exec(stdout)?.[1])
  }
  return { seconds: times.toSorted((a, b) => a - b)[Math.floor(times.length / 2)] ?? Number.NaN, instantiations }
}

async function versionOf(compiler: string): Promise<string> {
  const { stdout } = await run(process.execPath, [tscOf(compiler), '--version'])
  return stdout.trim().replace('Version ', '')
}

const tscOf = (compiler: string): string => join(dirname(require.resolve(`${compiler}/package.json`)), 'bin', 'tsc')

async function main(): Promise<void> {
  const { values } = parseArgs({ options: { quick: { type: 'boolean', default: false }, json: { type: 'boolean', default: false } } })
  console.log(
    `${'tsc'.padEnd(8)}${'procedures'.padStart(12)}${'.d.ts'.padStart(8)}${'seconds'.padStart(10)}${'instantiations'.padStart(16)}`,
  )
  const result = await measureTypes({
    rounds: values.quick ? 1 : 5,
    onProgram: ({ compiler, program, checksDeclarations, seconds, instantiations }) =>
      console.log(
        `${compiler.padEnd(8)}${String(program).padStart(12)}${(checksDeclarations ? 'too' : '').padStart(8)}${seconds.toFixed(2).padStart(10)}${String(instantiations).padStart(16)}`,
      ),
  })
  console.log(`load ${(loadavg()[0] ?? Number.NaN).toFixed(1)} on ${availableParallelism()} cores, node ${process.version}`)
  if (values.json) console.log(JSON.stringify(result))
}

if (import.meta.main) await main()
