// fleets.get: a fleet, and the role of the caller in it.
import { call } from '@fleetflow/db'
import { z } from 'zod'
import { answer, signedInProcedure } from '../../trpc/base.ts'
import { fleet, fleetRef } from '../shared/fleet.ts'

export const get = signedInProcedure
  .input(z.strictObject({ fleet: fleetRef }))
  .output(answer(fleet))
  .query(({ ctx, input }) =>
    call(ctx.database, 'get_fleet_rpc', {
      fleet: input.fleet,
      actor: ctx.actor,
    }),
  )
