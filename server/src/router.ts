// The router: every procedure under the name that clients call it by. Its type is all that a client needs.
import { get as carsGet } from './procedures/cars/get.ts'
import { list as carsList } from './procedures/cars/list.ts'
import { getRules as fleetsGetRules } from './procedures/fleets/getRules.ts'
import { setRules as fleetsSetRules } from './procedures/fleets/setRules.ts'
import { get as meGet } from './procedures/me/get.ts'
import { create as reviewsCreate } from './procedures/reviews/create.ts'
import { list as reviewsList } from './procedures/reviews/list.ts'
import { approve as tripsApprove } from './procedures/trips/approve.ts'
import { cancel as tripsCancel } from './procedures/trips/cancel.ts'
import { cancelPreview as tripsCancelPreview } from './procedures/trips/cancelPreview.ts'
import { complete as tripsComplete } from './procedures/trips/complete.ts'
import { create as tripsCreate } from './procedures/trips/create.ts'
import { createSeries as tripsCreateSeries } from './procedures/trips/createSeries.ts'
import { decline as tripsDecline } from './procedures/trips/decline.ts'
import { get as tripsGet } from './procedures/trips/get.ts'
import { hold as tripsHold } from './procedures/trips/hold.ts'
import { list as tripsList } from './procedures/trips/list.ts'
import { modify as tripsModify } from './procedures/trips/modify.ts'
import { noShow as tripsNoShow } from './procedures/trips/noShow.ts'
import { quote as tripsQuote } from './procedures/trips/quote.ts'
import { start as tripsStart } from './procedures/trips/start.ts'
import { router } from './trpc/init.ts'

export const appRouter = router({
  trips: router({
    quote: tripsQuote,
    hold: tripsHold,
    create: tripsCreate,
    createSeries: tripsCreateSeries,
    list: tripsList,
    get: tripsGet,
    approve: tripsApprove,
    decline: tripsDecline,
    modify: tripsModify,
    start: tripsStart,
    complete: tripsComplete,
    noShow: tripsNoShow,
    cancelPreview: tripsCancelPreview,
    cancel: tripsCancel,
  }),
  reviews: router({ create: reviewsCreate, list: reviewsList }),
  cars: router({ list: carsList, get: carsGet }),
  fleets: router({ getRules: fleetsGetRules, setRules: fleetsSetRules }),
  me: router({ get: meGet }),
})

export type AppRouter = typeof appRouter
