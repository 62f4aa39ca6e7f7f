// A TCP proxy that cuts connections: before a request reaches the server, before its answer comes back, or in the middle of the answer.
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { afterAll } from 'vitest'

export const fates = ['passes', 'request lost', 'answer lost', 'answer broken'] as const
export type Fate = (typeof fates)[number]

export interface FlakyProxy {
  url: string
  /** How many requests met which fate. */
  met: Record<Fate, number>
}

/** Stands before `url`; `nextFate` is asked for every request. Closed after the file. */
export async function openFlakyProxy(url: string, nextFate: () => Fate): Promise<FlakyProxy> {
  const { hostname, port } = new URL(url)
  const met: Record<Fate, number> = { passes: 0, 'request lost': 0, 'answer lost': 0, 'answer broken': 0 }
  const sockets = new Set<Socket>()

  const server = createServer((near) => {
    const far = connect(Number(port), hostname)
    let fate: Fate | undefined
    const cut = () => {
      near.destroy()
      far.destroy()
    }
    near.on('data', (chunk) => {
      if (fate === undefined) {
        fate = nextFate()
        met[fate] += 1
      }
      if (fate === 'request lost') cut()
      else far.write(chunk)
    })
    far.on('data', (chunk) => {
      if (fate === 'answer lost') return cut()
      if (fate === 'answer broken') {
        near.write(chunk.slice(0, chunk.length - 20), cut)
        return
      }
      fate = undefined
      near.write(chunk)
    })
    for (const socket of [near, far]) {
      sockets.add(socket.on('error', cut).on('close', cut))
    }
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  afterAll(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, met }
}
