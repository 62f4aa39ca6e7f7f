// A port for PORT=0 that is known before the server listens: the bundled issuer names it in its tokens and links.
import { once } from 'node:events'
import { createServer } from 'node:net'
import type { Settings } from './env.ts'

/** The settings with a port in place of 0, where the issuer has no other address than that of this server. */
export async function withKnownPort(settings: Settings): Promise<Settings> {
  const { issuer, host } = settings
  if (issuer === undefined || settings.port !== 0 || !issuer.publicUrl.endsWith(':0')) return settings
  const port = await freePort(host)
  return { ...settings, port, issuer: { ...issuer, publicUrl: issuer.publicUrl.replace(/0$/, String(port)) } }
}

/** Whoever takes it in between is named when the server listens (EADDRINUSE). */
async function freePort(host: string): Promise<number> {
  const server = createServer().listen({ host, port: 0 })
  await once(server, 'listening')
  const address = server.address()
  server.close()
  await once(server, 'close')
  if (address === null || typeof address === 'string') throw new Error('there is no free port')
  return address.port
}
