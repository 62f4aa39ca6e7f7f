// A rival: tRPC on its own Fastify adapter, and a Drizzle transaction of plain queries that sets the caller first, as template projects write it.
import * as schema from '@fleetflow/db/schema'
import { initTRPC, TRPCError } from '@trpc/server'
import { type CreateFastifyContextOptions, fastifyTRPCPlugin } from '@trpc/server/adapters/fastify'
import { and, desc, eq, inArray, sql } from 'drizzle-orm'
import { drizzle } from 'drizzle-orm/postgres-js'
import Fastify from 'fastify'
import postgres from 'postgres'
import { z } from 'zod'
import { announce, bookingInput, callerOf, databaseUrl, poolSize, priceOf, withoutTriggers } from './shared.ts'

const { cars, carClasses, ratePlans, trips, users } = schema
const db = drizzle(postgres(databaseUrl, { max: poolSize, onnotice: () => {}, connection: withoutTriggers }), { schema })
const people = new Map((await db.select({ id: users.id, email: users.email }).from(users)).map(({ id, email }) => [email, id]))

interface Context {
  userId: string | undefined
}

async function createContext({ req }: CreateFastifyContextOptions): Promise<Context> {
  const email = await callerOf(req.headers.authorization).catch(() => undefined)
  return { userId: email === undefined ? undefined : people.get(email) }
}

const t = initTRPC.context<Context>().create()
const signedIn = t.procedure.use(({ ctx, next }) => {
  if (ctx.userId === undefined) throw new TRPCError({ code: 'UNAUTHORIZED' })
  return next({ ctx: { userId: ctx.userId } })
})

type Transaction = Parameters<Parameters<typeof db.transaction>[0]>[0]
const actAs = (tx: Transaction, userId: string) => tx.execute(sql`select set_config('fleetflow.uid', ${userId}, true)`)

const occupying = ['held', 'requested', 'confirmed', 'active', 'completed'] as const

const create = signedIn.input(bookingInput.extend({ idempotencyKey: z.string() })).mutation(({ ctx, input }) =>
  db.transaction(async (tx) => {
    await actAs(tx, ctx.userId)
    const [found] = await tx
      .select({ car: cars, plan: ratePlans })
      .from(cars)
      .innerJoin(carClasses, eq(carClasses.id, cars.carClassId))
      .innerJoin(ratePlans, eq(ratePlans.id, carClasses.ratePlanId))
      .where(eq(cars.id, input.carId))
    if (found === undefined) throw new TRPCError({ code: 'NOT_FOUND' })
    const blocked = sql`tstzrange(${input.startDate}, ${input.endDate}, '[]')`
    const taken = await tx
      .select({ id: trips.id })
      .from(trips)
      .where(and(eq(trips.carId, input.carId), inArray(trips.status, [...occupying]), sql`${trips.blocked} && ${blocked}`))
      .limit(1)
    if (taken.length > 0) throw new TRPCError({ code: 'CONFLICT' })
    const { car, plan } = found
    const [trip] = await tx
      .insert(trips)
      .values({
        carId: car.id,
        id: sql`gen_random_uuid()`,
        fleetId: car.fleetId,
        bookedById: ctx.userId,
        purpose: 'rental',
        status: 'confirmed',
        tripStartDate: sql`${input.startDate}`,
        tripEndDate: sql`${input.endDate}`,
        blocked,
        totalCost: sql`${priceOf(new Date(input.startDate), new Date(input.endDate), { dayRate: Number(plan.dayRate), hourRate: Number(plan.hourRate), minimumCharge: Number(plan.minimumCharge) })}`,
        currency: plan.currency,
        ratePlanId: plan.id,
      })
      .returning()
    return plain(trip)
  }),
)

const list = signedIn.input(z.object({ limit: z.int().min(1).max(100).default(20) })).query(({ ctx, input }) =>
  db.transaction(async (tx) => {
    await actAs(tx, ctx.userId)
    const rows = await tx
      .select()
      .from(trips)
      .where(eq(trips.bookedById, ctx.userId))
      .orderBy(desc(trips.tripStartDate), desc(trips.id))
      .limit(input.limit)
    return { items: rows.map(plain) }
  }),
)

/** JSON has no bigint. */
function plain<T extends { totalCost: unknown }>(row: T | undefined) {
  return row === undefined ? undefined : { ...row, totalCost: Number(row.totalCost) }
}

const router = t.router({ trips: t.router({ create, list }) })

const app = Fastify({ routerOptions: { maxParamLength: 5000 } })
await app.register(fastifyTRPCPlugin, { prefix: '/trpc', trpcOptions: { router, createContext } })
announce(await app.listen({ host: '127.0.0.1', port: 0 }))
