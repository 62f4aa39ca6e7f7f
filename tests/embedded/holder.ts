// A process of its own that holds an embedded server: prints what it got, then answers the lines `query SQL` and `release`.
import { createInterface } from 'node:readline'
import { acquireEmbedded, type EmbeddedOptions } from '@fleetflow/db/embedded'
import postgres from 'postgres'

const say = (message: unknown): void => void process.stdout.write(`${JSON.stringify(message)}\n`)

// As a server does that drains its requests first: Ctrl-C alone does not end it.
process.on('SIGINT', () => undefined)
try {
  const { release, urlFor, ...embedded } = await acquireEmbedded(JSON.parse(process.argv[2] ?? '') as EmbeddedOptions)
  const sql = postgres(embedded.adminUrl, { max: 1, onnotice: () => undefined, backoff: () => 0.05 })
  say(embedded)
  for await (const line of createInterface({ input: process.stdin })) {
    if (line === 'release') {
      await sql.end()
      await release()
      say('released')
      break
    }
    say(await sql.unsafe(line.replace(/^query /, '')).catch((error: unknown) => ({ error: String(error) })))
  }
  process.exit(0)
} catch (error) {
  say({ failed: String(error) })
  process.exit(1)
}
