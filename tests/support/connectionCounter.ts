// Stands before a database and counts the connections that are opened to it.
import { connect, createServer, type Socket } from 'node:net'
import { afterAll } from 'vitest'

export interface ConnectionCounter {
  /** The database's URL through the counter. */
  url: string
  readonly opened: number
}

/** Listens on the loopback until the end of the file. */
export async function openConnectionCounter(url: string): Promise<ConnectionCounter> {
  const target = new URL(url)
  const sockets = new Set<Socket>()
  let opened = 0
  const server = createServer((client) => {
    opened += 1
    const upstream = connect(Number(target.port), target.hostname)
    for (const socket of [client, upstream]) {
      sockets.add(socket)
      socket.on('error', () => socket.destroy())
      socket.on('close', () => {
        sockets.delete(socket)
        client.destroy()
        upstream.destroy()
      })
    }
    client.pipe(upstream).pipe(client)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  afterAll(() => {
    for (const socket of sockets) socket.destroy()
    return new Promise<void>((resolve) => server.close(() => resolve()))
  })
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('the counter listens on no port')
  return {
    url: Object.assign(new URL(url), { hostname: '127.0.0.1', port: String(address.port) }).href,
    get opened() {
      return opened
    },
  }
}
