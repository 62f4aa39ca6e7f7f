// The walk of docs/fleets.md, as it stands: who calls what, and what is answered.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { openTestApp } from '../support/app.ts'

const page = readFileSync(join(import.meta.dirname, '..', '..', 'docs', 'fleets.md'), 'utf8')
const [, example = ''] = /```json\n([\s\S]*?)```/.exec(page) ?? []
const steps = [...page.matchAll(/^\| (Olívia|Mário) +\| `POST (\S+)` with (.+?) +\| (\d+)(.*?) +\|$/gm)].map(
  ([, who = '', path = '', body = '', status = '', answer = '']) => ({ who, path, body, status: Number(status), answer }),
)

describe('docs/fleets.md', async () => {
  const app = await openTestApp({ demo: false })
  const tokens: Record<string, string> = { Olívia: await app.token('olivia@example.com'), Mário: await app.token('mario@example.com') }
  const headers = (who: string) => ({ authorization: `Bearer ${tokens[who]}`, 'content-type': 'application/json' })
  const me = await fetch(`${app.url}/api/me`, { headers: headers('Mário') })
  const { id: userId } = (await me.json()) as { id: string }
  let token = ''

  test('has a walk of six steps', () => {
    expect(steps).toHaveLength(6)
    expect(JSON.parse(example)).toHaveProperty('slug')
  })

  test.each(steps)('$who: POST $path with $body answers $status$answer', async ({ who, path, body, status, answer }) => {
    const written = /^`(\{.*\})`$/.exec(body)?.[1]?.replace('ffi_...', token)
    const sent = written ?? (body.includes('example above') ? example : JSON.stringify({ userId }))
    const response = await fetch(`${app.url}${path}`, { method: 'POST', headers: headers(who), body: sent })
    const answered = (await response.json()) as Record<string, unknown>
    expect([response.status, answered.code]).toEqual([status, /[A-Z]{2,}_\w+/.exec(answer)?.[0]])
    const [, member = '', value = ''] = /"(\w+)": "([^"]+)"/.exec(answer) ?? []
    if (value.endsWith('...')) token = String(answered[member])
    else if (member !== '') expect(answered[member]).toBe(value)
  })
})
