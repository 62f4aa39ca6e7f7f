// Runs named tests of a copy in a process of their own and says what became of each.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { NamedTest } from './guard.ts'

export interface Verdict {
  status: 'passed' | 'failed' | 'not run'
  /** Of a red test what it said, of one that did not run the reason. */
  message: string
}

interface Report {
  testResults: {
    name: string
    message: string
    assertionResults: { title: string; ancestorTitles: string[]; status: string; failureMessages: string[] }[]
  }[]
}

export interface Bench {
  /** The copy. */
  tree: string
  /** Where its tests put what they throw away. */
  temporary: string
}

const literally = (text: string): string => text.replaceAll(/[\\^$.*+?()[\]{}|]/g, '\\$&')

async function spawnVitest(bench: Bench, args: string[], limitMs: number, signal: AbortSignal): Promise<string> {
  const program = join(bench.tree, 'node_modules/vitest/vitest.mjs')
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', program, 'run', ...args], {
    cwd: bench.tree,
    env: { ...process.env, TMPDIR: bench.temporary, DATABASE_URL: '', DATABASE_ADMIN_URL: '', NO_COLOR: '1', CI: '1' },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text: string) => (output += text))
  const end = (how: NodeJS.Signals) => {
    try {
      if (child.pid !== undefined) process.kill(-child.pid, how)
    } catch {
      // Gone already.
    }
  }
  const onAbort = () => end('SIGKILL')
  const timer = setTimeout(onAbort, limitMs)
  signal.addEventListener('abort', onAbort)
  try {
    await once(child, 'close')
  } finally {
    clearTimeout(timer)
    signal.removeEventListener('abort', onAbort)
    end('SIGKILL')
  }
  return output.slice(-2000)
}

/** What became of the one test with this title; of none or several nothing can be said. */
function verdictOf(report: Report | undefined, tree: string, test: NamedTest, output: string): Verdict {
  const file = report?.testResults.find(({ name }) => name === join(tree, test.file))
  if (file === undefined) return { status: 'not run', message: `the run ended without a report: ${output.trim()}` }
  const results = file.assertionResults.filter(
    ({ title, ancestorTitles }) => test.title === title || test.title === [...ancestorTitles, title].join(' > '),
  )
  if (results.length !== 1) return { status: 'not run', message: file.message || `${results.length} tests of ${test.file} have this title` }
  const [{ status = '', failureMessages = [] } = {}] = results
  const message = failureMessages.join('\n')
  if (status === 'passed' || status === 'failed') return { status, message }
  return { status: 'not run', message: file.message || `it was ${status}` }
}

const patternOf = (tests: readonly NamedTest[]): string =>
  [...new Set(tests.map(({ title }) => literally(title).replaceAll(' > ', ' (> )?')))].join('|')

/** Runs these tests, all of one project and alike in whether the others of their files run too, and answers in their order. */
export async function runTests(
  bench: Bench,
  tests: readonly NamedTest[],
  options: { limitMs: number; signal: AbortSignal },
): Promise<Verdict[]> {
  const [first] = tests
  if (first === undefined) return []
  const reportFile = join(bench.temporary, 'report.json')
  await mkdir(bench.temporary, { recursive: true, mode: 0o755 })
  await rm(reportFile, { force: true })
  const output = await spawnVitest(
    bench,
    [
      ...new Set(tests.map(({ file }) => file)),
      `--project=${first.project}`,
      ...(first.afterOthers ? [] : [`--testNamePattern=(^| )(${patternOf(tests)})$`]),
      '--reporter=json',
      `--outputFile=${reportFile}`,
      '--maxWorkers=2',
    ],
    options.limitMs,
    options.signal,
  )
  const report = await readFile(reportFile, 'utf8').then(
    (text) => JSON.parse(text) as Report,
    () => undefined,
  )
  return tests.map((test) => verdictOf(report, bench.tree, test, output))
}
