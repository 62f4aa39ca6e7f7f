// The router: every procedure under the name that clients call it by. Its type is all that a client needs.
import { create as apiKeysCreate } from './procedures/apiKeys/create.ts'
import { list as apiKeysList } from './procedures/apiKeys/list.ts'
import { revoke as apiKeysRevoke } from './procedures/apiKeys/revoke.ts'
import { create as carClassesCreate } from './procedures/carClasses/create.ts'
import { list as carClassesList } from './procedures/carClasses/list.ts'
import { create as carsCreate } from './procedures/cars/create.ts'
import { get as carsGet } from './procedures/cars/get.ts'
import { list as carsList } from './procedures/cars/list.ts'
import { nextFree as carsNextFree } from './procedures/cars/nextFree.ts'
import { retire as carsRetire } from './procedures/cars/retire.ts'
import { search as carsSearch } from './procedures/cars/search.ts'
import { update as carsUpdate } from './procedures/cars/update.ts'
import { windows as carsWindows } from './procedures/cars/windows.ts'
import { create as fleetsCreate } from './procedures/fleets/create.ts'
import { get as fleetsGet } from './procedures/fleets/get.ts'
import { getRules as fleetsGetRules } from './procedures/fleets/getRules.ts'
import { setRules as fleetsSetRules } from './procedures/fleets/setRules.ts'
import { transfer as fleetsTransfer } from './procedures/fleets/transfer.ts'
import { update as fleetsUpdate } from './procedures/fleets/update.ts'
import { accept as invitationsAccept } from './procedures/invitations/accept.ts'
import { create as invitationsCreate } from './procedures/invitations/create.ts'
import { list as invitationsList } from './procedures/invitations/list.ts'
import { revoke as invitationsRevoke } from './procedures/invitations/revoke.ts'
import { erase as meErase } from './procedures/me/erase.ts'
import { exportMe as meExport } from './procedures/me/export.ts'
import { get as meGet } from './procedures/me/get.ts'
import { update as meUpdate } from './procedures/me/update.ts'
import { leave as membersLeave } from './procedures/members/leave.ts'
import { list as membersList } from './procedures/members/list.ts'
import { remove as membersRemove } from './procedures/members/remove.ts'
import { setRole as membersSetRole } from './procedures/members/setRole.ts'
import { assign as ratePlansAssign } from './procedures/ratePlans/assign.ts'
import { create as ratePlansCreate } from './procedures/ratePlans/create.ts'
import { get as ratePlansGet } from './procedures/ratePlans/get.ts'
import { list as ratePlansList } from './procedures/ratePlans/list.ts'
import { preview as ratePlansPreview } from './procedures/ratePlans/preview.ts'
import { create as reviewsCreate } from './procedures/reviews/create.ts'
import { list as reviewsList } from './procedures/reviews/list.ts'
import { approve as tripsApprove } from './procedures/trips/approve.ts'
import { block as tripsBlock } from './procedures/trips/block.ts'
import { cancel as tripsCancel } from './procedures/trips/cancel.ts'
import { cancelPreview as tripsCancelPreview } from './procedures/trips/cancelPreview.ts'
import { complete as tripsComplete } from './procedures/trips/complete.ts'
import { create as tripsCreate } from './procedures/trips/create.ts'
import { createInClass as tripsCreateInClass } from './procedures/trips/createInClass.ts'
import { createSeries as tripsCreateSeries } from './procedures/trips/createSeries.ts'
import { decline as tripsDecline } from './procedures/trips/decline.ts'
import { get as tripsGet } from './procedures/trips/get.ts'
import { history as tripsHistory } from './procedures/trips/history.ts'
import { hold as tripsHold } from './procedures/trips/hold.ts'
import { list as tripsList } from './procedures/trips/list.ts'
import { modify as tripsModify } from './procedures/trips/modify.ts'
import { noShow as tripsNoShow } from './procedures/trips/noShow.ts'
import { quote as tripsQuote } from './procedures/trips/quote.ts'
import { start as tripsStart } from './procedures/trips/start.ts'
import { swap as tripsSwap } from './procedures/trips/swap.ts'
import { reinstate as usersReinstate } from './procedures/users/reinstate.ts'
import { suspend as usersSuspend } from './procedures/users/suspend.ts'
import { router } from './trpc/init.ts'

export const appRouter = router({
  trips: router({
    quote: tripsQuote,
    hold: tripsHold,
    create: tripsCreate,
    createInClass: tripsCreateInClass,
    createSeries: tripsCreateSeries,
    list: tripsList,
    get: tripsGet,
    history: tripsHistory,
    approve: tripsApprove,
    decline: tripsDecline,
    modify: tripsModify,
    swap: tripsSwap,
    block: tripsBlock,
    start: tripsStart,
    complete: tripsComplete,
    noShow: tripsNoShow,
    cancelPreview: tripsCancelPreview,
    cancel: tripsCancel,
  }),
  ratePlans: router({
    create: ratePlansCreate,
    list: ratePlansList,
    get: ratePlansGet,
    assign: ratePlansAssign,
    preview: ratePlansPreview,
  }),
  reviews: router({ create: reviewsCreate, list: reviewsList }),
  cars: router({
    create: carsCreate,
    update: carsUpdate,
    retire: carsRetire,
    list: carsList,
    get: carsGet,
    search: carsSearch,
    windows: carsWindows,
    nextFree: carsNextFree,
  }),
  carClasses: router({ create: carClassesCreate, list: carClassesList }),
  fleets: router({
    create: fleetsCreate,
    get: fleetsGet,
    update: fleetsUpdate,
    transfer: fleetsTransfer,
    getRules: fleetsGetRules,
    setRules: fleetsSetRules,
  }),
  members: router({ list: membersList, setRole: membersSetRole, remove: membersRemove, leave: membersLeave }),
  invitations: router({ create: invitationsCreate, list: invitationsList, revoke: invitationsRevoke, accept: invitationsAccept }),
  apiKeys: router({ create: apiKeysCreate, list: apiKeysList, revoke: apiKeysRevoke }),
  me: router({ get: meGet, update: meUpdate, export: meExport, erase: meErase }),
  users: router({ suspend: usersSuspend, reinstate: usersReinstate }),
})

export type AppRouter = typeof appRouter
