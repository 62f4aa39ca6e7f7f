// The router: every procedure under the name that clients call it by. Its type is all that a client needs.
import { get as carsGet } from './procedures/cars/get.ts'
import { list as carsList } from './procedures/cars/list.ts'
import { get as meGet } from './procedures/me/get.ts'
import { create as reviewsCreate } from './procedures/reviews/create.ts'
import { list as reviewsList } from './procedures/reviews/list.ts'
import { block as tripsBlock } from './procedures/trips/block.ts'
import { cancel as tripsCancel } from './procedures/trips/cancel.ts'
import { create as tripsCreate } from './procedures/trips/create.ts'
import { get as tripsGet } from './procedures/trips/get.ts'
import { list as tripsList } from './procedures/trips/list.ts'
import { modify as tripsModify } from './procedures/trips/modify.ts'
import { quote as tripsQuote } from './procedures/trips/quote.ts'
import { swap as tripsSwap } from './procedures/trips/swap.ts'
import { router } from './trpc/init.ts'

export const appRouter = router({
  trips: router({
    create: tripsCreate,
    list: tripsList,
    get: tripsGet,
    modify: tripsModify,
    cancel: tripsCancel,
    quote: tripsQuote,
    swap: tripsSwap,
    block: tripsBlock,
  }),
  reviews: router({ create: reviewsCreate, list: reviewsList }),
  cars: router({ list: carsList, get: carsGet }),
  me: router({ get: meGet }),
})

export type AppRouter = typeof appRouter
