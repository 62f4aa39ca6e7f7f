import { mkdtemp, rm } from 'node:fs/promises'
import { acquireEmbedded } from '@fleetflow/db/embedded'
import { migrate, adminOptions } from '@fleetflow/db/admin'
import { call, connect } from '@fleetflow/db'
import { makeFleet, openSys } from './fleet.ts'
const home = await mkdtemp('/tmp/repro-')
const e = await acquireEmbedded({ home, unsafeNoSync: true })
await migrate(e.adminUrl, { apiPassword: e.apiPassword })
const sys = openSys(e.adminUrl); const db = connect({ url: e.apiUrl, max: 2 })
const f = await makeFleet(sys, { cars: 4, renters: 4 })
const R = { userId: f.renterIds[0]! }, M = { userId: f.managerId }
const at = (h: number) => new Date(Math.floor(Date.now() / 3.6e6) * 3.6e6 + h * 3.6e6).toISOString()
const show = async (what: string, id: string) => {
  const [t] = await sys`select status, version, total_cost, trip_start_date s, trip_end_date e, pricing from trips where id=${id}`
  const l = await sys`select kind, description, amount from trip_lines where trip_id=${id} order by id`
  console.log(what, t.status, t.version, t.total_cost, t.s, t.e, JSON.stringify(t.pricing)?.slice(0,200), l.map((x) => `${x.kind}:${x.amount}`).join(' '))
}
const run = async (name: string, w: () => Promise<any>) => { try { return await w() } catch (x) { console.log(name, 'refused', (x as any).code, (x as any).cause?.message ?? '', JSON.stringify((x as any).details)) } }
export { sys, db, f, R, M, at, show, run, call }
try {
  await (await import(process.argv[2]!)).default({ sys, db, f, R, M, at, show, run, call })
} finally { await db.close(); await sys.end(); await e.release(); await rm(home, { recursive: true, force: true }) }
