// A program outside the workspace that uses everything the packed client exports.
import {
  type ClientCode,
  createFleetflowClient,
  type FleetflowClient,
  type FleetflowClientOptions,
  type ProcedurePath,
  type Reason,
  type ReasonCode,
  type RouterInputs,
  type RouterOutputs,
  reasonOf,
  type TokenProvider,
} from '@fleetflow/client'

type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false
const same = <A, B>(equal: Equal<A, B>): boolean => equal

const token: TokenProvider = async () => null
const options: FleetflowClientOptions = { url: 'http://127.0.0.1:3000', token, refreshToken: token, timeoutMs: 1000 }
const client: FleetflowClient = createFleetflowClient(options)
const path: ProcedurePath = 'trips.create'

const words: Record<Exclude<ReasonCode<'trips.get'>, ReasonCode<'me.get'>>, string> = { NOT_FOUND: `no ${path}` }

export async function book(input: RouterInputs['trips']['create']): Promise<RouterOutputs['trips']['create'] | string> {
  try {
    const { items, nextCursor } = await client.cars.list.query({ fleet: 'demo', limit: 5 })
    same<typeof nextCursor, string | null>(true)
    same<(typeof items)[number]['backToBack'], boolean>(true)
    const trip = await client.trips.create.mutate({ ...input, maxTotal: 12_500 })
    same<typeof trip.totalCost, number>(true)
    return trip
  } catch (error) {
    return explain(reasonOf<'trips.create'>(error))
  }
}

function explain(reason: Reason<'trips.create'>): string {
  if (reason.code === 'TRIP_OVERLAP') {
    same<typeof reason.details.conflicts, { startDate: string; endDate: string }[]>(true)
    same<typeof reason.details.nextFree, string | null>(true)
    return reason.details.nextFree ?? 'never'
  }
  const own: ClientCode = 'ABORTED'
  return reason.code === own ? words.NOT_FOUND : reason.message
}
