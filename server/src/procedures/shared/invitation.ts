// Invitations as procedures answer them. A token is shown once, by invitations.create.
import { z } from 'zod'
import { role } from './fleet.ts'
import { id } from './text.ts'
import { instant } from './timestamp.ts'

export const invitation = z
  .strictObject({
    id,
    fleetId: id,
    role,
    email: z.string().nullable().describe('Only whoever has this address may accept; null: whoever brings the token.'),
    invitedById: id,
    status: z
      .enum(['open', 'accepted', 'revoked', 'expired', 'void'])
      .describe('void: whoever made it does not own the fleet any more, or is suspended.'),
    expiresAt: instant,
    acceptedById: id.nullable(),
    acceptedAt: instant.nullable(),
    revokedAt: instant.nullable(),
    createdAt: instant,
  })
  .meta({ id: 'Invitation' })

export const invitationWithToken = invitation
  .extend({
    token: z.string().nullable().describe('For invitations.accept; nobody can show it again, so a repeated idempotency key answers null.'),
  })
  .meta({ id: 'InvitationWithToken' })
