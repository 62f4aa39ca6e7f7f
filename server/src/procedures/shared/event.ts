// An event of a trip as its history shows it.
import { z } from 'zod'
import { id } from './text.ts'
import { instant } from './timestamp.ts'

const actor = z
  .strictObject({
    role: z.enum(['renter', 'fleet', 'system']).describe('system: time passed, or it followed from what happened to another trip.'),
    name: z.string().nullable().describe("The display name; a renter sees the fleet's name in place of its people's."),
  })
  .meta({ id: 'EventActor' })

const change = z
  .strictObject({
    field: z.string().describe('A member of the trip.'),
    from: z.unknown().describe('null: there was nothing.'),
    to: z.unknown(),
  })
  .meta({ id: 'EventChange' })

export const tripEvent = z
  .strictObject({
    id,
    type: z.string().describe('`trip.created`, `trip.cancelled`, `trip.moved`, `trip.updated` ...; more may come.'),
    operation: z.string().nullable().describe('The procedure that was called, for example `trips.modify`.'),
    version: z.int().nullable().describe("The trip's version from then on."),
    occurredAt: instant,
    actor,
    changes: z.array(change),
  })
  .meta({ id: 'TripEvent' })
