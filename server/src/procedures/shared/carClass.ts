// A car class as every procedure answers it.
import { z } from 'zod'
import { id } from './text.ts'
import { instant } from './timestamp.ts'

export const carClass = z
  .strictObject({
    id,
    fleetId: id,
    slug: z.string().describe('What `carClass` is in other calls.'),
    name: z.string(),
    createdAt: instant,
  })
  .meta({ id: 'CarClass' })
