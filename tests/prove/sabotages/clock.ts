// A client that decides by its own clock, three hours fast, that holds have expired, and clears them away before it books.
import type { Sabotage } from './sabotage.ts'

const hoursFast = 3

export const clock: Sabotage = {
  name: 'clock',
  what: 'a client with a fast clock decides which holds have expired',
  breaks: 'expiry',
  favours: { hold: 4 },
  before: async ({ fn, args }, { fleet, now }, admin) => {
    if (fn !== 'create_trip_rpc') return
    const clientsNow = new Date(now() + hoursFast * 3_600_000).toISOString()
    await admin.begin(async (tx) => {
      await tx`set local role fleetflow_fn`
      await tx`select set_config('fleetflow.uid', ${fleet.managerId}, true)`
      await tx`select private.lock_cars(array[${String(args.car_id)}]::uuid[])`
      await tx`update trips set status = 'expired'
                where car_id = ${String(args.car_id)} and status = 'held' and hold_expires_at < ${clientsNow}`
    })
  },
}
