// A port for PORT=0 that is known before anybody listens: the bundled issuer names it in its tokens and links, and workers share it.
import { once } from 'node:events'
import { createServer } from 'node:net'
import type { Settings } from './env.ts'

/** The settings with a port in place of 0: where the issuer has no other address than that of this server, or always. */
export async function withKnownPort(settings: Settings, when: 'issuer' | 'always' = 'issuer'): Promise<Settings> {
  const { issuer, host } = settings
  if (settings.port !== 0) return settings
  const named = issuer?.publicUrl.endsWith(':0') === true
  if (!named && when === 'issuer') return settings
  const port = await freePort(host)
  if (issuer === undefined || !named) return { ...settings, port }
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
