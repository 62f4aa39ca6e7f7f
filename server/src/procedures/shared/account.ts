// Somebody's account as administrators see it.
import { z } from 'zod'
import { id } from './text.ts'
import { instant } from './timestamp.ts'

export const account = z
  .strictObject({
    id,
    email: z.string().nullable(),
    name: z.string(),
    suspendedAt: instant.nullable(),
    suspendedById: id.nullable().describe('The administrator who did it.'),
    suspendReason: z.string().nullable(),
  })
  .meta({ id: 'Account' })
