// A Redis (or Valkey) server of a test's own on a free port of the loopback, with a password, that can die, freeze and come back.
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Redis } from 'ioredis'
import { afterAll, vi } from 'vitest'

const programs = ['redis-server', 'valkey-server']

/** The installed server, or undefined. */
export const redisProgram = programs.find((name) => spawnSync(name, ['--version']).status === 0)

export interface TestRedis {
  url: string
  password: string
  client: Redis
  /** Ends it as a power cut would. */
  kill(): Promise<void>
  start(): Promise<void>
  signal(name: 'SIGSTOP' | 'SIGCONT'): void
}

/** Starts a server that keeps nothing; ended after the file. */
export async function openTestRedis(program: string): Promise<TestRedis> {
  const directory = mkdtempSync(join(tmpdir(), 'fleetflow-redis-'))
  const password = 'canary-of-redis'
  const port = await freePort()
  const url = `redis://:${password}@127.0.0.1:${port}`
  const client = new Redis(url, { lazyConnect: true, retryStrategy: () => 20 })
  client.on('error', () => {})
  let server: ChildProcess | undefined

  const start = async () => {
    const given = ['--port', String(port), '--bind', '127.0.0.1', '--dir', directory, '--requirepass', password]
    server = spawn(program, [...given, '--save', '', '--appendonly', 'no', '--daemonize', 'no'], { stdio: 'ignore' })
    if (client.status === 'wait') client.connect().catch(() => {})
    await vi.waitFor(() => client.ping(), { timeout: 20_000, interval: 20 })
  }
  const kill = async () => {
    if (server === undefined || server.exitCode !== null || server.signalCode !== null) return
    const gone = once(server, 'exit')
    server.kill('SIGKILL')
    await gone
  }
  afterAll(async () => {
    client.disconnect()
    await kill()
    rmSync(directory, { recursive: true, force: true })
  })
  await start()
  return { url, password, client, kill, start, signal: (name) => void server?.kill(name) }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  if (address === null || typeof address === 'string') throw new Error('no port')
  return address.port
}
