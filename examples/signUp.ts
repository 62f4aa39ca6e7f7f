// From nothing to a call: signs up with the bundled issuer, opens the mailed link, signs in, and gives the typed client a token function.
import { createInterface } from 'node:readline/promises'
import { createFleetflowClient } from '@fleetflow/client'
import { main, url } from './settings.ts'

const email = process.env.FLEETFLOW_EMAIL || `stranger-${Date.now()}@example.com`
const password = process.env.FLEETFLOW_PASSWORD || 'correct horse battery staple'

async function ask(path: string, body?: object, session?: string): Promise<Record<string, unknown>> {
  const response = await fetch(`${url}/auth${path}`, {
    method: body === undefined ? 'GET' : 'POST',
    headers: {
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...(session === undefined ? {} : { authorization: `Bearer ${session}` }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })
  const answer = (await response.json()) as Record<string, unknown>
  if (!response.ok) throw new Error(String(answer.detail ?? answer.code ?? response.status))
  return answer
}

await main(async () => {
  await ask('/sign-up/email', { email, password, name: 'Ada Stranger' })
  console.log(`Signed up ${email}`)

  // `pnpm dev` prints the mail; whoever uses SMTP finds it in the mailbox.
  const terminal = createInterface({ input: process.stdin, output: process.stderr })
  const link = await terminal.question('Paste the link of the mail: ')
  terminal.close()
  await ask(`/verify-email${new URL(link.trim()).search}`)
  console.log('Verified the address')

  const { token: session } = await ask('/sign-in/email', { email, password })
  const client = createFleetflowClient({ url, token: async () => String((await ask('/token', undefined, String(session))).token) })
  const me = await client.me.get.query()
  console.log(`Signed in as ${me.name}`)

  await ask('/sign-out', {}, String(session))
  console.log('Signed out')
})
