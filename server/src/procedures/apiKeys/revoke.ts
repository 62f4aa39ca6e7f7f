// apiKeys.revoke: ends an API key at once.
import { z } from 'zod'
import { answer, signedInProcedure } from '../../trpc/base.ts'
import { perform } from '../../trpc/perform.ts'
import { apiKey } from '../shared/apiKey.ts'
import { retrySafe } from '../shared/mutation.ts'
import { id } from '../shared/text.ts'

export const revoke = signedInProcedure
  .input(z.strictObject({ id, ...retrySafe }))
  .output(answer(apiKey))
  .mutation(({ ctx, input }) =>
    perform(ctx, 'revoke_api_key_rpc', { key_id: input.id, actor: ctx.actor, idempotency_key: input.idempotencyKey ?? null }),
  )
