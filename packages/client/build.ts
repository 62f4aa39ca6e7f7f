// Builds dist: one JavaScript file and one declaration file that hold everything they need, so that the package has no dependencies.
import { execFileSync } from 'node:child_process'
import { appendFileSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { build } from 'tsdown'

const root = import.meta.dirname
const workspace = join(root, '..', '..')
const dist = join(root, 'dist')
mkdirSync(join(root, '.types'), { recursive: true })
const work = mkdtempSync(join(root, '.types', 'build-'))

/** What the server's procedures run with is none of a client's business, and its types would bring a database driver along. */
const contextStub = 'export type Context = object\n'

/** The one global type that the declarations name. Merged with the real one where there is one, so that neither `lib: dom` nor @types/node is needed. */
const globals = 'declare global {\n  interface AbortSignal {}\n}\n'

/** The declarations of the server lie beside ours: they are imported from there and not by the name of a package that nobody can install. */
function importFromNeighbour(folder: string): void {
  const manifest = JSON.parse(readFileSync(join(workspace, 'server', 'package.json'), 'utf8'))
  for (const name of readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.d.ts'))) {
    const path = join(folder, name)
    const text = readFileSync(path, 'utf8').replaceAll(/'@fleetflow\/server(\/\w+)'/g, (_, part: string) => {
      return `'${relative(dirname(path), join(work, 'server', manifest.exports[`.${part}`]))}'`
    })
    writeFileSync(path, text)
  }
}

/** What is bundled keeps its licence. */
function thirdParties(): string {
  return ['@trpc/client', '@trpc/server']
    .map((name) => {
      const folder = join(root, 'node_modules', name)
      const { version } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))
      return `${name} ${version}\n\n${readFileSync(join(folder, 'LICENSE'), 'utf8')}`
    })
    .join('\n')
}

/** In one step each way, so that whoever packs meanwhile, or builds too, finds it whole. */
function replaceDist(): void {
  for (let attempt = 1; ; attempt += 1) {
    try {
      if (existsSync(dist)) renameSync(dist, join(work, `before-${attempt}`))
      renameSync(join(work, 'dist'), dist)
      return
    } catch (error) {
      if (attempt === 5) throw error
    }
  }
}

const shared = {
  cwd: root,
  config: false as const,
  format: 'esm' as const,
  platform: 'neutral' as const,
  logLevel: 'warn' as const,
  clean: false,
  deps: { alwaysBundle: [/^@trpc\//, /^@fleetflow\//], onlyBundle: false as const },
  outDir: join(work, 'dist'),
}

try {
  execFileSync(join(root, 'node_modules', '.bin', 'tsc'), ['-p', 'tsconfig.build.json', '--outDir', work], { cwd: root, stdio: 'inherit' })
  writeFileSync(join(work, 'server', 'src', 'trpc', 'context.d.ts'), contextStub)
  importFromNeighbour(join(work, 'packages', 'client', 'src'))
  await build({
    ...shared,
    entry: { index: join(root, 'src', 'index.ts') },
    target: ['node20', 'es2022'],
    dts: false,
    treeshake: { moduleSideEffects: false, unknownGlobalSideEffects: false },
    inputOptions: { experimental: { attachDebugInfo: 'none' } },
  })
  await build({
    ...shared,
    entry: { index: join(work, 'packages', 'client', 'src', 'index.d.ts') },
    dts: { dtsInput: true, emitDtsOnly: true, tsconfig: false, generator: 'oxc' },
  })
  appendFileSync(join(work, 'dist', 'index.d.ts'), globals)
  writeFileSync(join(work, 'dist', 'THIRD-PARTY-LICENSES.txt'), thirdParties())
  replaceDist()
} finally {
  rmSync(work, { recursive: true, force: true })
}
