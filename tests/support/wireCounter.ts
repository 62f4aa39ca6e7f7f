// A small PostgreSQL proxy that counts round trips: how often a client asked something and had to wait for the answer.
import { connect, createServer, type Socket } from 'node:net'
import { afterAll } from 'vitest'

export interface WireCounter {
  /** The given address with this proxy in between. */
  url: string
  /** Round trips since the last call of `take`, over all connections. */
  take(): number
}

/** Messages after which a client waits: Query, Sync and Flush. */
const questions = new Set(['Q', 'S', 'H'].map((letter) => letter.charCodeAt(0)))
const encryptionRequests = new Set([80877103, 80877104])

/** Reads the messages that a client sends and calls `onQuestion` for each one after which it waits. Login is not counted. */
function readMessages(onQuestion: () => void): (chunk: Buffer) => void {
  let rest: Buffer = Buffer.alloc(0)
  let started = false
  return (chunk) => {
    rest = rest.length === 0 ? chunk : Buffer.concat([rest, chunk])
    for (;;) {
      const header = started ? 1 : 0
      if (rest.length < header + 4) return
      const length = header + rest.readUInt32BE(header)
      if (rest.length < length) return
      if (started && questions.has(rest.readUInt8(0))) onQuestion()
      if (!started) started = !encryptionRequests.has(rest.readUInt32BE(4))
      rest = rest.subarray(length)
    }
  }
}

/** Listens on the loopback in front of the database at `url`; closed after the file. */
export async function openWireCounter(url: string): Promise<WireCounter> {
  const target = new URL(url)
  const sockets = new Set<Socket>()
  let trips = 0
  const server = createServer((client) => {
    const upstream = connect(Number(target.port), target.hostname)
    let waiting = false
    const read = readMessages(() => {
      // Questions sent before the answer to the first one arrived share its round trip.
      if (!waiting) trips += 1
      waiting = true
    })
    client.on('data', (chunk: Buffer) => {
      read(chunk)
      upstream.write(chunk)
    })
    upstream.on('data', (chunk) => {
      waiting = false
      client.write(chunk)
    })
    for (const [one, other] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      sockets.add(one)
      one.setNoDelay(true)
      one.on('error', () => other.destroy())
      one.on('close', () => {
        sockets.delete(one)
        other.destroy()
      })
    }
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  afterAll(() => {
    for (const socket of sockets) socket.destroy()
    return new Promise<void>((resolve) => server.close(() => resolve()))
  })
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('the proxy listens on no port')
  return {
    url: Object.assign(new URL(url), { hostname: '127.0.0.1', port: String(address.port) }).href,
    take: () => {
      const taken = trips
      trips = 0
      return taken
    },
  }
}
