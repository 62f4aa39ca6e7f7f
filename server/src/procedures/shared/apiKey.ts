// An API key as owners see it: everything but the key.
import { z } from 'zod'
import { id } from './text.ts'
import { instant } from './timestamp.ts'

export const apiKeyFields = {
  id,
  fleetId: id,
  userId: id.describe('The service user as which the key acts.'),
  name: z.string(),
  role: z.enum(['manager', 'driver']).nullable().describe('null once the key has been revoked.'),
  procedures: z.array(z.string()),
  hint: z.string().describe('The last four characters of the key.'),
  expiresAt: instant,
  revokedAt: instant.nullable(),
  lastUsedAt: instant.nullable().describe('To the minute.'),
  createdById: id,
  createdAt: instant,
}

export const apiKey = z.strictObject(apiKeyFields).meta({ id: 'ApiKey' })
