// The client as it is published: what the tarball holds, that its types stand alone on every compiler we promise, and that it runs
// on the oldest Node and in a browser.
import { execFile } from 'node:child_process'
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { chromium } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openTestApp, type TestApp } from '../support/app.ts'
import { chromiumPath } from '../support/chromium.ts'
import { node20 } from '../support/node20.ts'
import { type Consumer, compile, packClient, versionOf } from './packed.ts'
import { freePeriod } from './periods.ts'

const run = promisify(execFile)
const renter = 'renter@demo.fleetflow.dev'

let consumer: Consumer
let app: TestApp
/** Of the page in the browser. */
let origin: string

beforeAll(async () => {
  consumer = await packClient()
  origin = await servePage()
  app = await openTestApp({ settings: { CORS_ORIGINS: origin } })
})

const page = `<!doctype html>
  <script type="importmap">{ "imports": { "@fleetflow/client": "/client.js" } }</script>
  <script type="module" src="/page.js"></script>`

/** A page whose script imports the client as it was unpacked. */
async function servePage(): Promise<string> {
  const scripts: Record<string, string> = {
    '/client.js': join(consumer.client, 'dist', 'index.js'),
    '/page.js': join(consumer.folder, 'page.mjs'),
  }
  const server = createServer((request, response) => {
    const script = scripts[request.url ?? '']
    if (script) response.writeHead(200, { 'content-type': 'text/javascript' }).end(readFileSync(script))
    else response.writeHead(200, { 'content-type': 'text/html' }).end(page)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  afterAll(() => {
    server.closeAllConnections()
    server.close()
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

/** The names of everything that a file imports, however it does. */
function importsOf(text: string): string[] {
  const code = text.replaceAll(/\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gm, '')
  return [...code.matchAll(/(?:\bfrom|\bimport|\brequire)\s*\(?\s*["']([^"']+)["']|<reference [^>]*>/g)].map(
    (match) => match[1] ?? match[0],
  )
}

describe('tarball', () => {
  test('it holds the built client, its licences and a README, and nothing of the sources', () => {
    const files = readdirSync(consumer.client, { recursive: true, encoding: 'utf8' }).filter((file) =>
      statSync(join(consumer.client, file)).isFile(),
    )
    expect(files.toSorted()).toEqual(
      ['LICENSE', 'README.md', 'dist/THIRD-PARTY-LICENSES.txt', 'dist/index.d.ts', 'dist/index.js', 'package.json'].toSorted(),
    )
    expect(statSync(consumer.tarball).size).toBeLessThan(60_000)
  })

  test('it depends on nothing, and its exports are the built files', () => {
    const manifest: Record<string, unknown> = JSON.parse(readFileSync(join(consumer.client, 'package.json'), 'utf8'))
    expect(Object.keys(manifest).filter((key) => /dependencies/i.test(key) || key === 'scripts')).toEqual([])
    expect(manifest).toMatchObject({
      license: 'MIT',
      type: 'module',
      exports: { '.': { types: './dist/index.d.ts', default: './dist/index.js' } },
    })
  })

  test('neither the code nor the declarations import anything', () => {
    expect(importsOf("import a from 'x'\nexport { b } from \"y\"; type C = import('z').C; require('w')")).toEqual(['x', 'y', 'z', 'w'])
    for (const file of ['index.js', 'index.d.ts']) {
      const text = readFileSync(join(consumer.client, 'dist', file), 'utf8')
      expect(importsOf(text)).toEqual([])
      expect(text).not.toMatch(/node:|postgres|\bz\.Zod|\.pnpm/)
    }
  })
})

const compilers = [
  ['typescript-5.9', 'Version 5.9.'],
  ['typescript-6.0', 'Version 6.0.'],
  ['typescript', 'Version 7.0.'],
] as const

const settings = [
  ['without any environment', { lib: ['es2022'], module: 'nodenext' }],
  ['for browsers', { lib: ['es2022', 'dom'], module: 'esnext', moduleResolution: 'bundler' }],
  ['for Node', { lib: ['es2022'], module: 'nodenext', types: ['node'] }],
] as const

describe.each(compilers)('declarations on %s', (compiler, version) => {
  test.each(settings)('a consumer compiles %s, with skipLibCheck off', async (_, options) => {
    expect(await versionOf(compiler)).toContain(version)
    expect((await compile(consumer, compiler, 'right.ts', options)).errors).toEqual([])
  })

  test('each wrong use is found, and nothing else (negative control)', async () => {
    const lines = readFileSync(join(consumer.folder, 'wrong.ts'), 'utf8').split('\n')
    const wrong = lines.flatMap((line, n) => (line.startsWith('// wrong') ? [n + 2] : []))
    const { errors } = await compile(consumer, compiler, 'wrong.ts', settings[0][1])
    const found = errors.flatMap((line) => /^(?:.*\/)?wrong\.ts\((\d+),/.exec(line)?.[1] ?? [])
    expect(wrong).toHaveLength(7)
    expect(found.map(Number)).toEqual(wrong)
  })
})

test('a declaration that needed another package would be found (negative control)', async () => {
  const broken = join(consumer.folder, 'node_modules', 'broken.d.ts')
  writeFileSync(broken, `${readFileSync(join(consumer.client, 'dist', 'index.d.ts'), 'utf8')}\nexport type Leak = import('zod').ZodType\n`)
  writeFileSync(
    join(consumer.folder, 'leak.ts'),
    "import type { FleetflowClient } from './node_modules/broken.d.ts'\nexport type A = FleetflowClient\n",
  )
  const { errors } = await compile(consumer, 'typescript', 'leak.ts', settings[0][1])
  expect(errors.join('\n')).toMatch(/broken\.d\.ts\(\d+,\d+\): error TS2307: .*'zod'/)
})

test.skipIf(node20 === undefined)('it books and is refused on Node 20 (TRIP_OVERLAP)', async () => {
  const { startDate, endDate } = freePeriod(1)
  const environment = { FLEETFLOW_URL: app.url, FLEETFLOW_TOKEN: await app.token(renter), START: startDate, END: endDate }
  const { stdout } = await run(node20 ?? '', ['run.mjs'], { cwd: consumer.folder, env: environment })
  expect(JSON.parse(stdout)).toEqual({ node: expect.stringMatching(/^v20\./), status: 'confirmed', code: 'TRIP_OVERLAP' })
})

describe.skipIf(!existsSync(chromiumPath))('in Chromium', () => {
  async function inPage(url: string, n: number) {
    const browser = await chromium.launch({ executablePath: chromiumPath, args: ['--no-sandbox'] })
    try {
      const page = await browser.newPage()
      await page.goto(url)
      await page.waitForFunction('globalThis.book')
      return await page.evaluate((booking) => Reflect.get(globalThis, 'book')(booking), {
        url: app.url,
        token: await app.token(renter),
        ...freePeriod(n),
      })
    } finally {
      await browser.close()
    }
  }

  test('a page of an allowed origin books and is refused (TRIP_OVERLAP)', async () => {
    expect(await inPage(origin, 2)).toEqual({ status: 'confirmed', code: 'TRIP_OVERLAP' })
  })

  test('a page of another origin gets no answer (UNAVAILABLE)', async () => {
    expect(await inPage(origin.replace('127.0.0.1', 'localhost'), 3)).toEqual({ status: 'failed', code: 'UNAVAILABLE' })
  })
})
