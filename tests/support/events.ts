// Reads the event log, and moves into it what is in the outbox.
import type postgres from 'postgres'

export interface LoggedEvent {
  pos: number
  id: string
  entity: string
  entityId: string
  carId: string
  fleetId: string
  type: string
  actorId: string | null
  actorRole: string
  operation: string | null
  version: number | null
  after: Record<string, unknown> | null
  was: Record<string, unknown> | null
}

/** Calls the relay as fleetflow_sys until nothing is left; answers how many changes it took. */
export async function relayAll(sys: postgres.Sql, batch = 1000): Promise<number> {
  for (let moved = 0; ; ) {
    const [row] = await sys<{ taken: number | null }[]>`select private.relay(${batch}) as taken`
    if (row?.taken === 0) return moved
    moved += row?.taken ?? 0
  }
}

/** The events of one trip, car or review in the order of the log; without an id, all. */
export async function eventsOf(sys: postgres.Sql, entityId: string | null = null): Promise<LoggedEvent[]> {
  return [
    ...(await sys<LoggedEvent[]>`
      select pos::integer, id, entity, entity_id as "entityId", car_id as "carId", fleet_id as "fleetId", type, actor_id as "actorId",
             actor_role as "actorRole", operation, version, after, was
        from event_log where ${entityId}::uuid is null or entity_id = ${entityId} order by pos`),
  ]
}
