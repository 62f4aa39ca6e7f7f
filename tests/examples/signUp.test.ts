// The example that signs up, as somebody runs it who pastes the link of the mail.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { letterTo, linkIn, openIssuerApp, publicUrl } from '../support/issuer.ts'

test('signUp.ts signs up, verifies by the mailed link, calls as the new person and signs out, with exit code 0', async () => {
  const app = await openIssuerApp()
  const email = 'example@example.com'
  const child = spawn(process.execPath, [join(import.meta.dirname, '..', '..', 'examples', 'signUp.ts')], {
    env: { PATH: process.env.PATH ?? '', FLEETFLOW_HOME: app.home, FLEETFLOW_URL: app.url, FLEETFLOW_EMAIL: email },
    stdio: ['pipe', 'pipe', 'pipe'],
  })
  let output = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text
  })
  const ended = once(child, 'close')
  const letter = await Promise.race([letterTo(app, email, /^Verify/, 30_000), ended.then(() => undefined)])
  if (letter !== undefined) child.stdin.end(`${publicUrl}${linkIn(letter)}\n`)
  const [code] = await ended
  expect(output).toBe(`Signed up ${email}\nVerified the address\nSigned in as Ada Stranger\nSigned out\n`)
  expect(code).toBe(0)
})
