// Slow and hostile clients: cut off, while everybody else is answered, and nothing of them stays.
import { Agent, request } from 'node:http'
import { type AddressInfo, connect as connectSocket, type Socket } from 'node:net'
import { describe, expect, test, vi } from 'vitest'
import { openTestApp, type TestApp } from '../support/app.ts'
import { makeFleet } from '../support/fixtures.ts'
import { drip, type HostileKind, openHostile } from '../support/hostileClients.ts'
import { offlineApp } from './harness.ts'

const poll = { timeout: 20_000, interval: 20 }

const connectionsOf = ({ server }: TestApp['app']) =>
  new Promise<number>((resolve, reject) => server.getConnections((error, count) => (error ? reject(error) : resolve(count))))

describe('clients that are slow on purpose', async () => {
  const app = await openTestApp({
    demo: false,
    settings: { HEADERS_TIMEOUT_MS: '1500', REQUEST_TIMEOUT_MS: '2000', STATEMENT_TIMEOUT_MS: '3000' },
  })
  const fleet = await makeFleet(app.database.sys, { cars: 1 })
  const headers = { authorization: `Bearer ${await app.token('renter@example.com')}`, 'content-type': 'application/json' }
  let day = 0

  /** Books a day of the car over one connection, which is kept. */
  async function book(agent: Agent): Promise<unknown> {
    day += 1
    const [startDate, endDate] = [10, 12].map((hour) => new Date(Date.UTC(2031, 0, day, hour)).toISOString())
    const body = JSON.stringify({ carId: fleet.carIds[0], startDate, endDate })
    return new Promise((resolve, reject) => {
      const sent = request(`${app.url}/api/trips`, { method: 'POST', headers, agent }, async (answer) => {
        const text = (await answer.setEncoding('utf8').toArray()).join('')
        resolve([answer.statusCode, new Date((JSON.parse(text) as { startDate: string }).startDate).toISOString() === startDate])
      })
      sent.on('error', reject).end(body)
    })
  }

  test.each([
    ['idle sockets', 1000],
    ['slow headers', 100],
    ['slow body', 100],
    ['slow readers', 5],
  ] as const)('%s, %i of them, are cut off; bookings are made meanwhile, on a connection that stays', async (kind: HostileKind, many) => {
    using agent = { it: new Agent({ keepAlive: true, maxSockets: 1 }), [Symbol.dispose]: () => agent.it.destroy() }
    const used = new Set<Socket>()
    agent.it.on('free', (socket: Socket) => used.add(socket))
    expect(await book(agent.it)).toEqual([201, true])

    const sockets: Socket[] = []
    for (let i = 0; i < many; i += 1) {
      sockets.push(await openHostile(kind, app.port))
      for (const socket of sockets.slice(-50)) drip(kind, socket)
      if (i % 100 === 0) expect(await book(agent.it)).toEqual([201, true])
    }
    expect(await book(agent.it)).toEqual([201, true])
    await vi.waitFor(async () => expect(await connectionsOf(app.app)).toBe(1), poll)
    expect(await book(agent.it)).toEqual([201, true])
    expect(used.size).toBe(1)
    for (const socket of sockets) socket.destroy()
  })
})

test('connections beyond MAX_CONNECTIONS are closed unheard, and there is room again when one ends', async () => {
  await using small = await offlineApp({ MAX_CONNECTIONS: '2' })
  await small.app.listen({ port: 0, host: '127.0.0.1' })
  const { port } = small.app.server.address() as AddressInfo
  const held = [await openHostile('idle sockets', port), await openHostile('idle sockets', port)]
  const ask = async () => {
    const socket = connectSocket(port, '127.0.0.1').on('error', () => {})
    socket.write('GET /health/live HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n')
    return (
      await socket
        .setEncoding('utf8')
        .toArray()
        .catch(() => [])
    )
      .join('')
      .split('\r\n', 1)[0]
  }
  expect(await ask()).toBe('')
  held[0]?.destroy()
  await vi.waitFor(async () => expect(await ask()).toBe('HTTP/1.1 200 OK'), poll)
  held[1]?.destroy()
})
