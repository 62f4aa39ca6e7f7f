// The examples of docs/guide.md: they compile, run in their order against the demo fleet, and print what the page says.
import { execFile } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openTestApp } from '../support/app.ts'

const root = join(import.meta.dirname, '..', '..')

const page = readFileSync(join(root, 'docs', 'guide.md'), 'utf8')

/** Every example of the page with the output that follows it, in order, and the heading it stands under. */
const examples: { heading: string; code: string; output: string }[] = []
let under = 'Start'
for (const [, heading, code, output] of page.matchAll(/^## (.+)$|^```ts\n([\s\S]*?)^```\n\n^```text\n([\s\S]*?)^```$/gm)) {
  if (heading !== undefined) under = heading
  else examples.push({ heading: under, code: code ?? '', output: output ?? '' })
}

const divider = '---- next example'

describe('docs/guide.md', async () => {
  const app = await openTestApp({ settings: { EVENT_RELAY: 'on' } })
  // Beside the tests, so that the imports of the page are found.
  const folder = mkdtempSync(join(import.meta.dirname, 'guide-'))
  const file = join(folder, 'guide.ts')
  let printed: string[] = []
  let failed = ''

  const run = (args: string[], env: Record<string, string> = {}) =>
    new Promise<{ output: string; errors: string }>((resolve) => {
      execFile(process.execPath, args, { env: { PATH: process.env.PATH ?? '', ...env } }, (_error, output, errors) =>
        resolve({ output, errors }),
      )
    })

  beforeAll(async () => {
    writeFileSync(file, examples.map(({ code }) => code).join(`\nconsole.log(${JSON.stringify(divider)})\n\n`))
    const { output, errors } = await run(['--disable-warning=ExperimentalWarning', file], {
      FLEETFLOW_URL: app.url,
      RENTER_TOKEN: await app.token('renter@demo.fleetflow.dev'),
      MANAGER_TOKEN: await app.token('manager@demo.fleetflow.dev'),
    })
    printed = output.split(`${divider}\n`)
    failed = errors
  })
  afterAll(() => rmSync(folder, { recursive: true, force: true }))

  test('has an output for each of its examples, and ends well', () => {
    const fences = page.match(/^```ts$/gm) ?? []
    expect(examples.length).toBeGreaterThan(10)
    expect(examples).toHaveLength(fences.length)
    expect(failed).toBe('')
    expect(printed).toHaveLength(examples.length)
  })

  test.each(examples.map((example, i) => ({ ...example, i })))('example $i ($heading) prints what the page says', ({ i, output }) => {
    expect(printed[i]).toBe(output)
  })

  test('compiles strictly', async () => {
    const config = join(folder, 'tsconfig.json')
    writeFileSync(config, JSON.stringify({ extends: join(root, 'tsconfig.base.json'), files: [file] }))
    const tsc = join(dirname(createRequire(import.meta.url).resolve('typescript/package.json')), 'bin', 'tsc')
    expect((await run([tsc, '-p', config, '--noEmit'])).output).toBe('')
  }, 240_000)
})
