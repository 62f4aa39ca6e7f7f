// Who may do what to trips.
import { type ForeignId, foreign, type Row } from '../row.ts'
import type { Scene } from '../scene.ts'

const hour = 3_600_000
const at = (hours: number) => new Date(Date.now() + hours * hour).toISOString()
const free = { startDate: at(480), endDate: at(482) }
const freeCar = ({ fleet }: Scene) => fleet.carIds[0] ?? ''
const about = (trip: keyof Scene['trips'], more: Record<string, unknown> = {}): Row['input'] => {
  return ({ trips }) => ({ id: trips[trip], ...more })
}

/** Rentals of public cars are for everybody; administrators book for nobody, and neither do keys of somebody else's fleet. */
const anybodyBooks = { ok: 'renter stranger driver manager owner rival admin keyIn' }
const renterOrFleet = { ok: 'renter manager owner keyIn', FORBIDDEN: 'driver admin', NOT_FOUND: 'stranger rival' }
const fleetOnly = { ok: 'manager owner keyIn', FORBIDDEN: 'renter driver admin', NOT_FOUND: 'stranger rival' }
const whoSeesIt = { ok: 'renter driver manager owner admin keyIn', NOT_FOUND: 'stranger rival' }

/** For somebody else books who may: owners and managers, for anybody who is not suspended. */
const renterFor: ForeignId = {
  foreign: ({ users }) => users.suspended,
  told: { FORBIDDEN: 'renter stranger driver rival admin' },
}

/** People of other fleets drive for this one no more than people who do not exist. */
const driverOf: ForeignId = { foreign: ({ rival }) => rival.driverId }

export const trips: Record<string, Row> = {
  'trips.create': {
    input: (scene) => ({ carId: freeCar(scene), ...free }),
    who: anybodyBooks,
    ids: { carId: foreign.car, quoteId: { foreign: ({ trips: { hidden } }) => hidden }, userId: renterFor, driverId: driverOf },
  },
  'trips.hold': {
    input: (scene) => ({ carId: freeCar(scene), ...free }),
    who: anybodyBooks,
    ids: { carId: foreign.car, quoteId: { foreign: ({ trips: { hidden } }) => hidden }, userId: renterFor, driverId: driverOf },
  },
  'trips.quote': {
    input: (scene) => ({ carId: freeCar(scene), ...free }),
    who: anybodyBooks,
    ids: { carId: foreign.car, userId: renterFor },
  },
  'trips.createInClass': {
    input: ({ fleet }) => ({ fleet: fleet.slug, carClass: 'van', ...free }),
    who: anybodyBooks,
    ids: { fleet: foreign.fleet, userId: renterFor, driverId: driverOf },
  },
  'trips.createSeries': {
    input: (scene) => ({
      carId: freeCar(scene),
      rrule: 'FREQ=DAILY;COUNT=2',
      localStart: `${free.startDate.slice(0, 10)}T10:00`,
      localEnd: `${free.startDate.slice(0, 10)}T11:00`,
    }),
    who: anybodyBooks,
    ids: { carId: foreign.car, userId: renterFor },
  },
  'trips.list': {
    input: ({ fleet }) => ({ fleet: fleet.slug }),
    who: { ok: 'driver manager owner admin keyIn', NOT_FOUND: 'renter stranger rival' },
    ids: { fleet: foreign.fleet, carId: { ...foreign.car, told: { empty: 'driver manager owner admin keyIn' } } },
  },
  'trips.get': { input: about('coming'), who: whoSeesIt, ids: { id: foreign.trip } },
  'trips.history': { input: about('coming'), who: whoSeesIt, ids: { id: foreign.trip } },
  'trips.cancelPreview': {
    input: about('coming'),
    who: renterOrFleet,
    ids: { id: foreign.trip },
  },
  'trips.approve': { input: about('requested'), who: fleetOnly, ids: { id: foreign.trip } },
  'trips.decline': { input: about('requested', { reason: 'No' }), who: fleetOnly, ids: { id: foreign.trip } },
  'trips.start': {
    input: about('soon'),
    who: { ok: 'renter driver manager owner keyIn', FORBIDDEN: 'admin', NOT_FOUND: 'stranger rival' },
    ids: { id: foreign.trip },
  },
  'trips.complete': {
    input: about('active'),
    who: { ok: 'renter driver manager owner keyIn', FORBIDDEN: 'admin', NOT_FOUND: 'stranger rival' },
    ids: { id: foreign.trip },
  },
  'trips.noShow': { input: about('late'), who: fleetOnly, ids: { id: foreign.trip } },
  'trips.cancel': { input: about('coming', { reason: 'A reason' }), who: renterOrFleet, ids: { id: foreign.trip } },
  'trips.modify': {
    input: about('coming', { endDate: at(51) }),
    who: renterOrFleet,
    ids: { id: foreign.trip, carId: { ...foreign.car, told: { FORBIDDEN: 'renter' } }, driverId: driverOf },
  },
  'trips.swap': {
    input: ({ trips: { coming, otherComing } }) => ({ id: coming, otherId: otherComing }),
    who: fleetOnly,
    ids: { id: foreign.trip, otherId: foreign.trip },
  },
  'trips.block': {
    input: (scene) => ({ carId: freeCar(scene), ...free }),
    who: { ok: 'manager owner keyIn', FORBIDDEN: 'renter stranger driver rival admin' },
    ids: { carId: foreign.car },
  },
}
