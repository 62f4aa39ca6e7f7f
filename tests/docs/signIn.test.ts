// The walk of docs/sign-in.md as somebody types it, with curl, and the client of better-auth as the page says it works.
import { execFile, spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { createAuthClient } from 'better-auth/client'
import { describe, expect, test } from 'vitest'
import { bearer, letterTo, linkIn, openIssuerApp, password, tokenOf } from '../support/issuer.ts'

const page = readFileSync(join(import.meta.dirname, '..', '..', 'docs', 'sign-in.md'), 'utf8')
const address = 'http://127.0.0.1:3000'
const steps = [...page.matchAll(/^```sh\n([\s\S]*?)^```\n\n^```json\n([\s\S]*?)^```$/gm)].map(([, command = '', output = '']) => ({
  command,
  output: JSON.parse(output) as Record<string, unknown>,
}))

/** What was answered, with texts cut where the page cuts them: it shows the beginning of what differs each time. */
function cutLike(shown: unknown, answered: unknown): unknown {
  if (typeof shown === 'string' && shown.endsWith('...') && typeof answered === 'string') {
    const start = shown.slice(0, -3)
    return answered.startsWith(start) && answered.length > start.length ? shown : answered
  }
  if (typeof shown !== 'object' || shown === null || typeof answered !== 'object' || answered === null) return answered
  const of = shown as Record<string, unknown>
  return Array.isArray(answered) ? answered : Object.fromEntries(Object.entries(answered).map(([k, value]) => [k, cutLike(of[k], value)]))
}

describe('docs/sign-in.md', async () => {
  const app = await openIssuerApp({ settings: { PUBLIC_URL: '' } })

  test.skipIf(spawnSync('curl', ['--version']).status !== 0)('every command of its walk answers what the page says', async () => {
    expect(steps).toHaveLength(page.match(/^```sh$/gm)?.length ?? 0)
    expect(steps.length).toBeGreaterThanOrEqual(7)
    const known: Record<string, string> = { PATH: process.env.PATH ?? '' }
    for (const { command, output } of steps) {
      const { stdout } = await promisify(execFile)('sh', ['-c', command.replaceAll(address, app.url)], { env: known })
      const answer = JSON.parse(stdout) as Record<string, unknown>
      expect([command, cutLike(output, answer)]).toEqual([command, output])
      if (command.includes('/sign-up/')) known.LINK = `${app.url}${linkIn(await letterTo(app, 'ada@example.com', /^Verify/))}`
      if (command.includes('/sign-in/')) known.SESSION = String(answer.token)
      if (command.includes('/auth/token')) known.TOKEN = String(answer.token)
    }
  })

  test('the client of better-auth does what the page says', async () => {
    expect(page).toContain(`createAuthClient({ baseURL: '${address}/auth' })`)
    const client = createAuthClient({ baseURL: `${app.url}/auth` })
    const email = 'client@example.com'
    expect((await client.signUp.email({ email, password, name: 'Client' })).error).toBeNull()
    await app.get(linkIn(await letterTo(app, email, /^Verify/)))
    const { data, error } = await client.signIn.email({ email, password })
    expect(error).toBeNull()
    const session = data?.token ?? ''
    const fetchOptions = { headers: bearer(session) }
    expect((await client.getSession({ fetchOptions })).data).toMatchObject({ user: { email } })
    const token = await tokenOf(app, session)
    expect((await client.signOut({ fetchOptions })).data).toEqual({ success: true })
    expect((await app.get('/api/me', bearer(token))).status).toBe(401)
    expect((await client.signIn.email({ email, password: 'not the password' })).error).toMatchObject({ status: 401 })
  })
})
