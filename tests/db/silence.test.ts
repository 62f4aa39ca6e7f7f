// A database that neither answers nor closes must not hold its callers.
import { type AddressInfo, connect as connectSocket, createServer, type Socket } from 'node:net'
import { call, connect, type Database, ready } from '@fleetflow/db'
import { afterAll, describe, expect, test } from 'vitest'
import { openTestDatabase } from '../support/database.ts'
import { as, makeUser, refusal } from '../support/fixtures.ts'

describe('a database that falls silent', async () => {
  const db = await openTestDatabase()
  const userId = await makeUser(db.sys)
  const { hostname, port } = new URL(db.apiUrl)
  const sockets = new Set<Socket>()
  const line = createServer((near) => {
    const far = connectSocket(Number(port), hostname)
    near.pipe(far).pipe(near)
    for (const socket of [near, far]) sockets.add(socket.on('error', () => socket.destroy()))
  })
  await new Promise<void>((resolve) => line.listen(0, '127.0.0.1', resolve))
  const url = Object.assign(new URL(db.apiUrl), { port: String((line.address() as AddressInfo).port) }).href
  const api = connect({ url, max: 1, deadlineMs: 300 })
  /** The same connections, asked by somebody with time: how fast an answer comes is the machine's matter. */
  const patient = { ...api, deadlineMs: 20_000 }
  afterAll(async () => {
    for (const socket of sockets) socket.destroy()
    line.close()
    await api.close()
  })

  test('answers UNAVAILABLE at the deadline, to calls and to the health check, and works again when it speaks', async () => {
    const me = (db: Database) => call(db, 'get_me_rpc', { actor: as(userId) })
    expect(await me(patient)).toMatchObject({ id: userId })
    await ready(patient)
    for (const socket of sockets) socket.pause()
    await refusal(me(api), 'UNAVAILABLE')
    await refusal(ready(api), 'UNAVAILABLE')
    for (const socket of sockets) socket.resume()
    expect(await me(patient)).toMatchObject({ id: userId })
    await ready(patient)
  })

  test('is asked by the health check on a connection of its own, once for all who ask at once', async () => {
    const busy = connect({ url: db.apiUrl, max: 1, applicationName: 'busy' })
    const asleep = busy.sql`select pg_sleep(3)`.execute().catch(() => undefined)
    await Promise.all(Array.from({ length: 50 }, () => ready(busy)))
    const [row] = await db.admin`
      select count(*)::integer as connections from pg_stat_activity where datname = current_database() and usename = 'fleetflow_api'
         and application_name = 'busy'`
    expect(row?.connections).toBe(2)
    await asleep
    await busy.close()
  })
})
