// The signed-in user and the fleets this user works for.
import { z } from 'zod'
import { id } from './text.ts'

const membership = z.strictObject({ id, slug: z.string(), name: z.string(), role: z.enum(['owner', 'manager', 'driver']) })

export const me = z
  .strictObject({
    id,
    email: z.string().nullable(),
    name: z.string(),
    isAdmin: z.boolean(),
    fleets: z.array(membership),
  })
  .meta({ id: 'Me' })
