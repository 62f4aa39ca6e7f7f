// A graceful stop: what has begun is finished, what comes is sent away, and neither a stream nor a signal leaves a process behind.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp } from 'node:fs/promises'
import { type AddressInfo, connect as connectSocket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, vi } from 'vitest'
import { nowhere, type OfflineApp, offlineApp } from './harness.ts'

const main = join(import.meta.dirname, '../../server/src/main.ts')

/** An app with a route that answers when it is told to, and one that streams for ever. */
async function slowApp() {
  const offline = await offlineApp()
  const { promise: finished, resolve: finish } = Promise.withResolvers<void>()
  const { promise: begun, resolve: begin } = Promise.withResolvers<void>()
  offline.app.get('/slow', { config: { anonymous: true } }, async () => {
    begin()
    await finished
    return { done: true }
  })
  offline.app.get('/stream', { config: { anonymous: true } }, (_request, reply) => {
    reply.hijack()
    reply.raw.writeHead(200, { 'content-type': 'text/event-stream' })
    reply.raw.write('data: 1\n\n')
  })
  await offline.app.listen({ port: 0, host: '127.0.0.1' })
  const { port } = offline.app.server.address() as AddressInfo
  return { offline, begun, finish, port, url: `http://127.0.0.1:${port}` }
}

/** A connection that stays open; `ask` writes a request and waits until the answer holds `until`. */
function keepAlive(port: number) {
  const socket = connectSocket(port, '127.0.0.1').setEncoding('utf8')
  let received = ''
  socket.on('data', (text: string) => {
    received += text
  })
  return {
    socket,
    received: () => received,
    ask: (path: string) => socket.write(`GET ${path} HTTP/1.1\r\nHost: x\r\n\r\n`),
    until: (text: string | RegExp) => vi.waitFor(() => expect(received).toMatch(text), { timeout: 5000, interval: 10 }),
  }
}

const closing = (offline: OfflineApp): Promise<unknown> => offline.app.close()

describe('closing', () => {
  it('finishes what is under way, and meanwhile refuses new work on old and new connections (SHUTTING_DOWN)', async () => {
    const { offline, begun, finish, port, url } = await slowApp()
    const slow = fetch(`${url}/slow`)
    await begun
    const idle = keepAlive(port)
    idle.ask('/health/live')
    await idle.until('"live"')
    const closed = closing(offline)

    idle.ask('/api/me')
    await idle.until(/HTTP\/1\.1 503 [\s\S]*"SHUTTING_DOWN"/)
    expect(idle.received()).toMatch(/retry-after: 1\r\n/i)
    const fresh = await fetch(`${url}/health/ready`)
    expect([fresh.status, await fresh.json()]).toMatchObject([503, { code: 'SHUTTING_DOWN' }])
    expect((await fetch(`${url}/health/live`)).status).toBe(200)

    finish()
    expect(await (await slow).json()).toEqual({ done: true })
    await closed
    await expect(fetch(`${url}/health/live`)).rejects.toThrow()
  })

  it('does not wait for an open stream', async () => {
    const { offline, port } = await slowApp()
    const reader = keepAlive(port)
    reader.ask('/stream')
    await reader.until('data: 1')
    const started = performance.now()
    await Promise.all([once(reader.socket, 'close'), closing(offline)])
    expect(performance.now() - started).toBeLessThan(1500)
  })

  it('gives up on an answer that never comes', async () => {
    const { offline, begun, port } = await slowApp()
    const reader = keepAlive(port)
    reader.ask('/slow')
    await begun
    const started = performance.now()
    await Promise.all([once(reader.socket, 'close'), closing(offline)])
    expect(performance.now() - started).toBeLessThan(6000)
  })
})

describe('the process', () => {
  const start = async (environment: Record<string, string>) => {
    const home = await mkdtemp(join(tmpdir(), 'fleetflow-main-'))
    const env = { PATH: process.env.PATH ?? '', PORT: '0', FLEETFLOW_HOME: home, ...environment }
    const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', main], { env, stdio: ['ignore', 'pipe', 'pipe'] })
    let output = ''
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding('utf8').on('data', (text) => {
        output += text
      })
    return { child, output: () => output, ended: once(child, 'exit') }
  }

  it.each(['SIGTERM', 'SIGINT'] as const)(
    'stops on %s with exit code 0 within 10 seconds, also with an open connection',
    async (signal) => {
      const { child, output, ended } = await start({ DATABASE_URL: nowhere })
      await vi.waitFor(() => expect(output()).toMatch(/Server listening at http:\/\/127\.0\.0\.1:\d+/), { timeout: 10_000 })
      const client = keepAlive(Number(/127\.0\.0\.1:(\d+)/.exec(output())?.[1]))
      client.ask('/health/live')
      await client.until('"live"')
      const started = performance.now()
      child.kill(signal)
      const [code] = await ended
      expect([code, performance.now() - started < 10_000]).toEqual([0, true])
    },
  )

  it('says what to set when it is told to be in production, and exits with 1', async () => {
    const { output, ended } = await start({ NODE_ENV: 'production' })
    const [code] = await ended
    expect(code).toBe(1)
    expect(output()).toMatch(/DATABASE_URL[\s\S]*JWT_ISSUER/)
    expect(output()).not.toContain('    at ')
  })
})
