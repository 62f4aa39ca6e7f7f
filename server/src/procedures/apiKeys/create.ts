// apiKeys.create: makes an API key for scripts and services of a fleet.
import { z } from 'zod'
import { answer, signedInProcedure } from '../../trpc/base.ts'
import { performWithSecret } from '../../trpc/secret.ts'
import { apiKeyFields } from '../shared/apiKey.ts'
import { fleetRef } from '../shared/fleet.ts'
import { retrySafe } from '../shared/mutation.ts'
import { text } from '../shared/text.ts'

const input = z.strictObject({
  fleet: fleetRef,
  name: text(100).describe('What the key is for; its service user is called so too.'),
  role: z.enum(['manager', 'driver']).describe('What the service user may do in the fleet.'),
  procedures: z.array(text(100)).min(1).max(200).describe('All that the key may call, of what its role may.'),
  expiresInDays: z.int().min(1).max(366).default(90),
  ...retrySafe,
})

const created = z.strictObject({
  ...apiKeyFields,
  secret: z.string().nullable().describe('The key, shown this once: a repeated idempotency key answers null.'),
})

export const create = signedInProcedure
  .input(input)
  .output(answer(created))
  .mutation(({ ctx, input }) =>
    performWithSecret(
      ctx,
      'create_api_key_rpc',
      {
        fleet: input.fleet,
        name: input.name,
        role: input.role,
        procedures: input.procedures,
        actor: ctx.actor,
        expires_in_days: input.expiresInDays,
        idempotency_key: input.idempotencyKey ?? null,
      },
      'ffk_',
    ),
  )
