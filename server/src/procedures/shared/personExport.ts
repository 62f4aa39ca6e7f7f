// Everything that is held about a person, as me.export answers it: nothing of other people, and no secrets.
import { z } from 'zod'
import { quote } from './quote.ts'
import { review } from './review.ts'
import { id } from './text.ts'
import { instant } from './timestamp.ts'
import { status, tripWithLines } from './trip.ts'

const role = z.enum(['owner', 'manager', 'driver'])
const near = z.strictObject({ lat: z.number(), lng: z.number(), metres: z.int() })

export const personExport = z
  .strictObject({
    exportedAt: instant,
    user: z.strictObject({ id, email: z.string().nullable(), name: z.string(), isAdmin: z.boolean(), createdAt: instant }),
    identities: z
      .array(z.strictObject({ issuer: z.string(), subject: z.string(), createdAt: instant }))
      .describe('Who your identity provider says that you are.'),
    account: z
      .strictObject({
        email: z.string(),
        emailVerified: z.boolean(),
        name: z.string(),
        createdAt: instant,
        sessions: z.array(z.strictObject({ createdAt: instant, expiresAt: instant, userAgent: z.string().nullable() })),
      })
      .nullable()
      .describe('Your account with the bundled issuer, if you signed in there.'),
    memberships: z.array(z.strictObject({ fleetId: id, fleet: z.string(), name: z.string(), role, createdAt: instant })),
    trips: z
      .array(tripWithLines.extend({ near: near.nullable().describe('Where a car of a class was asked for.') }).meta({ id: 'ExportedTrip' }))
      .describe('What you booked, in any state.'),
    drives: z
      .array(z.strictObject({ tripId: id, carId: id, fleetId: id, startDate: instant, endDate: instant, status }))
      .describe('Trips that name you as their driver.'),
    driverAssignments: z.array(z.strictObject({ tripId: id, startDate: instant, endDate: instant })).describe('When you are busy driving.'),
    reviews: z.array(review),
    quotes: z.array(quote.extend({ tripId: id.nullable().describe('The trip that it became.') }).meta({ id: 'ExportedQuote' })),
    invitations: z.strictObject({
      sent: z.array(z.strictObject({ id, fleetId: id, role, createdAt: instant })),
      accepted: z.array(z.strictObject({ id, fleetId: id, role, email: z.string().nullable(), acceptedAt: instant })),
    }),
    apiKeys: z
      .array(
        z.strictObject({
          id,
          fleetId: id,
          name: z.string(),
          procedures: z.array(z.string()),
          createdAt: instant,
          expiresAt: instant,
          revokedAt: instant.nullable(),
        }),
      )
      .describe('API keys that you made.'),
    idempotencyKeys: z
      .array(z.strictObject({ operation: z.string(), createdAt: instant }))
      .describe('Calls with a key, of the last 7 days.'),
    suspended: z.array(z.strictObject({ userId: id, suspendedAt: instant })).describe('Whom you suspended, as an administrator.'),
    activity: z
      .array(z.strictObject({ type: z.string(), entityId: id, carId: id, operation: z.string().nullable(), occurredAt: instant }))
      .describe('What you did to trips, cars and reviews.'),
  })
  .meta({ id: 'PersonExport' })
