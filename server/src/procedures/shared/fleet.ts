// A fleet and its members as procedures take and answer them.
import { z } from 'zod'
import { currency } from './money.ts'
import { id, text } from './text.ts'
import { instant } from './timestamp.ts'

export const role = z.enum(['owner', 'manager', 'driver'])

export const fleetRef = text(100).describe('Id or slug.')

/** What people say about a fleet of theirs; a fleet that exists keeps what is absent. */
export const slug = z
  .string()
  .regex(/^[a-z0-9][a-z0-9-]{0,62}$/, 'Lower case letters, digits and hyphens, at most 63')
  .describe('The name of the fleet in addresses. A slug that another fleet has is BAD_INPUT with the reason TAKEN.')
export const fleetName = text(200).describe('What people read.')
export const timeZone = text(100).describe('UTC or Area/Place.').meta({ example: 'Europe/Lisbon' })
export const visibility = z.enum(['public', 'members']).describe('public: every signed-in user sees the fleet and its cars.')

export const fleet = z
  .strictObject({
    id,
    slug: z.string(),
    name: z.string(),
    currency,
    timeZone: z.string(),
    visibility,
    role: role.nullable().describe("The caller's; null for who is no member."),
    createdAt: instant,
  })
  .meta({ id: 'Fleet' })

export const member = z
  .strictObject({
    fleetId: id,
    userId: id,
    name: z.string(),
    email: z.string().nullable().describe('Only for owners of the fleet and administrators.'),
    role,
    service: z.boolean().describe('The user of an API key, who is no person.'),
    createdAt: instant,
  })
  .meta({ id: 'Member' })

export const formerMember = z.strictObject({ fleetId: id, userId: id }).meta({ id: 'FormerMember' })
