// Lets minutes pass for holds and requests: their limit is moved into the past, under the lock of their car, as if they had waited.
import type postgres from 'postgres'
import { acknowledge, type Trip } from './ledger.ts'
import type { Scene } from './scene.ts'

/** How many at a time. */
const several = 3

const limitOf = ({ status, holdExpiresAt, respondBy }: Trip): string | null =>
  status === 'held' ? holdExpiresAt : status === 'requested' ? respondBy : null

/** Writes as the fleet's manager, because the role that sees everything may not move a limit. */
export async function letTimePass(admin: postgres.Sql, scene: Scene): Promise<void> {
  const { ledger, fleet } = scene
  const waiting = ledger.live.filter((trip) => Date.parse(limitOf(trip) ?? '') > scene.now()).slice(0, several)
  for (const trip of waiting) {
    await admin.begin(async (tx) => {
      await tx`set local role fleetflow_fn`
      await tx`select set_config('fleetflow.uid', ${fleet.managerId}, true), set_config('fleetflow.operation', 'prove.time', true)`
      await tx`select private.lock_cars(${[trip.carId]}::uuid[])`
      const column = tx(trip.status === 'held' ? 'hold_expires_at' : 'respond_by')
      const rows = await tx<{ version: number; totalCost: number }[]>`
        update trips set ${column} = now() - interval '1 second'
         where car_id = ${trip.carId} and id = ${trip.id} and status = ${trip.status} and ${column} > now() and version = ${trip.version}
        returning version, total_cost::float8 as "totalCost"`
      const past = new Date(0).toISOString()
      const limits = trip.status === 'held' ? { holdExpiresAt: past } : { respondBy: past }
      for (const row of rows) acknowledge(ledger, { ...trip, ...row, ...limits }, 'time')
    })
  }
}
