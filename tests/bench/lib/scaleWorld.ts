// Fleets of any size in a database of their own, and calls of them as the API's role.
import { type Arguments, call, connect, type Database } from '@fleetflow/db'
import { adminOptions } from '@fleetflow/db/admin'
import postgres from 'postgres'
import { type ScaleCall, scaleCalls } from '../../support/scaleCalls.ts'
import { makeScale } from '../../support/scaleData.ts'
import type { Stage } from './stage.ts'

export interface ScaleWorld {
  /** Runs the call of scaleCalls with this name once. */
  ask(name: string): Promise<unknown>
}

const fleetCars = 1000

/** Makes it, and leaves closing its connections to `stack`. */
export async function scaleWorld(
  stage: Stage,
  stack: AsyncDisposableStack,
  name: string,
  size: { cars: number; trips: number },
): Promise<ScaleWorld> {
  const sql = postgres(await stage.freshDatabase(name), adminOptions('fleetflow-bench'))
  await sql.unsafe("set maintenance_work_mem = '512MB'; set synchronous_commit = off")
  const scale = await makeScale(sql, { ...size, hotTrips: 100, fleetCars, bulk: true })
  await sql.unsafe('checkpoint')
  await sql.end()
  const url = Object.assign(new URL(stage.embedded.apiUrl), { pathname: `/${name}` }).href
  const api: Database = connect({ url, max: 1, applicationName: 'fleetflow-bench' })
  stack.defer(() => api.close())
  const calls = new Map<string, ScaleCall>(scaleCalls(scale, { fleetCars }).map((each) => [each.name, each]))
  return {
    ask(what) {
      const given = calls.get(what)
      if (given === undefined) throw new Error(`there is no call '${what}'`)
      return call(api, given.fn, given.args as Arguments<typeof given.fn>)
    },
  }
}
