// The register of OWASP ASVS (docs/asvs) answers every item with a test that exists or a reason; SECURITY.md claims nothing without a test.
import { readdirSync, readFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { describe, expect, test } from 'vitest'
import { ownWords } from '../../server/src/issuer/passwords.ts'
import { asvsItems } from '../support/asvsItems.ts'

const repository = join(import.meta.dirname, '..', '..')
const read = (path: string) => readFileSync(join(repository, path), 'utf8')

const statuses = ['met', 'partly', 'accepted', 'deployment', 'not applicable'] as const

interface Row {
  page: string
  id: string
  level: number
  asks: string
  status: string
  answer: string
}

const pages = readdirSync(join(repository, 'docs/asvs')).map((file) => `docs/asvs/${file}`)

/** The rows of a page, with the tests that its notes name in their place. */
function rowsOf(page: string): Row[] {
  const text = read(page)
  const notes = new Map([...text.matchAll(/^\[\^(\w+)\]: (.+)$/gm)].map(([, key = '', note = '']) => [key, note]))
  const rows = text.split('\n').filter((line) => /^\| *\d/.test(line))
  const used = new Set(rows.flatMap((row) => [...row.matchAll(/\[\^(\w+)\]/g)].map(([, key = '']) => key)))
  expect([...used].toSorted()).toEqual([...notes.keys()].toSorted())
  return rows.map((line) => {
    const [, id = '', level = '', asks = '', status = '', answer = '', ...more] = line.split('|').map((cell) => cell.trim())
    expect([id, more]).toEqual([id, ['']])
    return {
      page,
      id,
      level: Number(level),
      asks,
      status,
      answer: answer.replaceAll(/\[\^(\w+)\]/g, (_, key: string) => notes.get(key) ?? ''),
    }
  })
}

const rows = pages.flatMap(rowsOf)

/** `tests/api/x.test.ts` > "a title" */
const namedTests = (text: string) =>
  [...text.matchAll(/`(tests\/[\w/.-]+)` > "([^"]+)"/g)].map(([, file = '', title = '']) => ({ file, title }))

/** What is wrong with the tests that a text names: no such file, or nothing in it has this title. */
function wrongTests(text: string): string[] {
  return namedTests(text).flatMap(({ file, title }) => {
    const words = title.replaceAll(/[\\^$.*+?()[\]{}|]/g, '\\$&')
    const titled = new RegExp(`(?:\\(|guarantee:)\\s*(?:'${words}'|"${words}"|\`${words}\`)`)
    return titled.test(sourceOf(file)) ? [] : [`${file} > ${title}`]
  })
}

function sourceOf(path: string): string {
  try {
    return read(path)
  } catch {
    return ''
  }
}

describe('the register', () => {
  test('has every item of level 1 and 2 once, on the page of its chapter, with its level', () => {
    expect(asvsItems).toHaveLength(253)
    const sorted = (items: { id: string; level: number }[]) => items.map(({ id, level }) => `${id} ${level}`).toSorted()
    expect(sorted(rows)).toEqual(sorted([...asvsItems]))
    for (const { page, id } of rows) expect(page).toBe(`docs/asvs/V${id.split('.')[0]}.md`)
  })

  test('gives each a known status, and says what is asked', () => {
    for (const { id, status, asks } of rows) {
      expect([id, statuses.includes(status as 'met')]).toEqual([id, true])
      expect([id, asks.length > 5]).toEqual([id, true])
    }
  })

  test('names for what is met a test that is there, and for everything else a reason', () => {
    const wrong = rows.flatMap(({ id, status, answer }) => {
      if (wrongTests(answer).length > 0) return wrongTests(answer).map((test) => `${id}: ${test}`)
      if (status === 'met') return namedTests(answer).length > 0 ? [] : [`${id}: no test`]
      return answer.split(' ').length >= 3 ? [] : [`${id}: no reason`]
    })
    expect(wrong).toEqual([])
    expect(wrongTests('`tests/api/http.test.ts` > "no such title"; `tests/no.test.ts` > "x"')).toHaveLength(2)
  })

  test('names no file that is not there', () => {
    const named = [...rows.map(({ answer }) => answer), read('docs/asvs.md'), read('SECURITY.md')].flatMap((text) =>
      [...text.matchAll(/`((?:tests|docs|server|db)\/[\w/.-]+\.(?:ts|md|sql))`/g)].map(([, file = '']) => file),
    )
    expect(named.length).toBeGreaterThan(100)
    expect(named.filter((file) => sourceOf(file) === '')).toEqual([])
  })

  test('is counted on its index', () => {
    const index = read('docs/asvs.md').replaceAll(/ +/g, ' ')
    for (const page of pages) {
      const of = rowsOf(page)
      const cells = [of.length, ...statuses.map((status) => of.filter((row) => row.status === status).length)].join(' | ')
      expect(index).toContain(`](${page.replace('docs/', '')}) | ${cells} |`)
    }
    const all = statuses.map((status) => rows.filter((row) => row.status === status).length)
    expect(index).toContain(`| all | ${rows.length} | ${all.join(' | ')} |`)
  })
})

test('SECURITY.md has its sections, and every test it names', () => {
  const text = read('SECURITY.md')
  const sections = [...text.matchAll(/^## (.+)$/gm)].map(([, title]) => title)
  expect(sections).toEqual([
    'Reporting',
    'What is protected',
    'From whom',
    'Trust boundaries',
    'The layers',
    'Who states the actor',
    'Secrets',
    'What is logged',
    'What remains',
    'What operators must do',
    'Dependencies',
  ])
  expect(namedTests(text).length).toBeGreaterThanOrEqual(30)
  expect(wrongTests(text)).toEqual([])
  const notes = [...text.matchAll(/\[\^(\w+)\](?!:)/g)].map(([, key = '']) => key)
  expect(notes.filter((key) => !text.includes(`\n[^${key}]: `))).toEqual([])
})

test('the guide to signing in lists every word that no password may be', () => {
  for (const word of ownWords) expect(read('docs/sign-in.md')).toContain(`\`${word}\``)
})

/** Source files of what runs in production. */
const sources = ['server/src', 'db/src', 'db/sql', 'packages/client/src'].flatMap((folder) =>
  readdirSync(join(repository, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && /\.(ts|sql)$/.test(entry.name))
    .map((entry) => relative(repository, join(entry.parentPath, entry.name))),
)

test('the inventory of cryptography names every file that does any', () => {
  const inventory = read('docs/cryptography.md')
  const does =
    /from '(node:crypto|jose|better-auth)|crypto\.(subtle|getRandomValues)|\b(sha(224|256|384|512)|gen_random_uuid|md5)\(|randomUUID\(/
  const files = sources.filter((path) => does.test(read(path)))
  expect(files.length).toBeGreaterThan(20)
  expect(files.filter((path) => !inventory.includes(`\`${path}\``))).toEqual([])
})

test('nothing that runs evaluates code, starts programs from input or parses anything but JSON', () => {
  // A script that is sent to Redis is fixed text.
  const dangerous =
    /(?<!redis\.)\beval\(|new Function\(|'node:vm'|\b(execSync|execFileSync|deserialize|parseFromString)\(|shell: true|new RegExp\((?!['"`/])/
  expect(sources.length).toBeGreaterThan(200)
  expect(sources.filter((path) => path.endsWith('.ts') && dangerous.test(read(path)))).toEqual([])
  // Programs are the embedded PostgreSQL's and the tools of whoever develops, never part of an answer.
  const starts = sources.filter((path) => /node:child_process/.test(read(path)))
  expect(starts.filter((path) => !/^db\/src\/(embedded|migrations|cli)\//.test(path))).toEqual([])
})

test('every dependency comes from the registry, in a version that the lock file pins by its hash', () => {
  const lock = read('pnpm-lock.yaml')
  const resolutions = [...lock.matchAll(/^ {4}resolution: (\{.*)$/gm)].map(([, text = '']) => text)
  expect(resolutions.length).toBeGreaterThan(200)
  expect(resolutions.filter((text) => !/^\{integrity: sha512-[\w+/=]+/.test(text))).toEqual([])
  const catalog = /^catalog:\n([\s\S]*)/m.exec(read('pnpm-workspace.yaml'))?.[1] ?? ''
  const versions = [...catalog.matchAll(/^ {2}\S+: (.+)$/gm)].map(([, version = '']) => version)
  expect(versions.filter((version) => !/^(npm:[\w@/-]+@)?\d+\.\d+\.\d+[\w.-]*$/.test(version))).toEqual([])
})

test('the image holds no tests, no history and no settings', () => {
  const ignored = read('.dockerignore').split('\n')
  for (const path of ['.git', '.env', 'tests', 'docs', 'examples', '.fleetflow']) expect(ignored).toContain(path)
  expect(read('Dockerfile')).toMatch(/USER node/)
  expect(read('Dockerfile')).not.toMatch(/PASSWORD|SECRET|ARG /)
})
