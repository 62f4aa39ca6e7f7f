// Starts the rivals, each a process of its own, and believes none before it has booked, refused an overlap and stored its row.
import { join } from 'node:path'
import { bookingOf } from './bookings.ts'
import { type Program, startProgram } from './programs.ts'
import { type Made, type RequestName, requests } from './requests.ts'
import type { Stage } from './stage.ts'

export type RivalName = 'drizzle' | 'express' | 'postgraphile' | 'select'

export function startRival(stage: Stage, name: RivalName): Promise<Program> {
  return startProgram(join(import.meta.dirname, `../rivals/${name}.ts`), [], {
    BENCH_DATABASE_URL: stage.adminUrl,
    BENCH_API_URL: stage.apiUrl,
    FLEETFLOW_HOME: stage.home,
    NODE_ENV: 'production',
  })
}

async function send(url: string, { method, path, headers, body }: Made): Promise<{ status: number; text: string }> {
  const response = await fetch(`${url}${path}`, { method, headers, ...(body === undefined ? {} : { body }) })
  return { status: response.status, text: await response.text() }
}

/** GraphQL says 200 to everything: there a refusal is in the answer, as the function stored it. */
const refuses = ({ status, text }: { status: number; text: string }) => status === 409 || (status === 200 && text.includes('TRIP_OVERLAP'))

let trials = 0

/** @throws Error when a program does not book as it should. */
export async function proveBooks(stage: Stage, program: Program, request: RequestName): Promise<void> {
  const { sql, slots, trialCar } = stage
  const [caller] = stage.callers
  if (caller === undefined) throw new Error('there are no callers')
  const own = { ...slots, cars: 1, firstCar: trialCar }
  const n = trials
  trials += 2
  const first = await send(program.url, requests[request](n, caller, own))
  // The same slot under another idempotency key.
  const again = await send(program.url, requests[request](n, caller, { ...own, key: 'again' }))
  const { carId, startDate } = bookingOf(n, own)
  const [row] = await sql<{ n: number }[]>`
    select count(*)::integer as n from trips where car_id = ${carId} and trip_start_date = ${startDate} and status = 'confirmed'`
  if (first.status === 200 && refuses(again) && row?.n === 1) return
  throw new Error(`a contestant does not book: ${JSON.stringify({ first, again, rows: row?.n })}`)
}

/** @throws Error when a program does not answer a page of twenty. */
export async function proveLists(stage: Stage, program: Program, request: RequestName): Promise<void> {
  const [caller] = stage.callers
  if (caller === undefined) throw new Error('there are no callers')
  const { status, text } = await send(program.url, requests[request](0, caller, stage.slots))
  const found = text.match(/"bookedById":/g)?.length
  if (status !== 200 || found !== 20) throw new Error(`a contestant does not list: ${status}, ${found} trips: ${text.slice(0, 300)}`)
}
