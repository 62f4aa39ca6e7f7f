// Who may do what with cars, prices, reviews and fleets.
import { foreign, type Row } from '../row.ts'

const hour = 3_600_000
const period = {
  startDate: new Date(Date.now() + 480 * hour).toISOString(),
  endDate: new Date(Date.now() + 482 * hour).toISOString(),
}
const everybody = { ok: 'renter stranger driver manager owner rival admin keyIn' }
const managersWrite = { ok: 'manager owner keyIn', FORBIDDEN: 'driver admin', NOT_FOUND: 'renter stranger rival' }
const managersRead = { ok: 'manager owner admin keyIn', FORBIDDEN: 'driver', NOT_FOUND: 'renter stranger rival' }
const tariff = { dayRate: 5000, hourRate: 800, minimumCharge: 1000 }

export const fleets: Record<string, Row> = {
  'cars.list': { input: ({ fleet }) => ({ fleet: fleet.slug }), who: everybody, ids: { fleet: foreign.fleet } },
  'cars.get': { input: ({ fleet }) => ({ id: fleet.carIds[0] }), who: everybody, ids: { id: foreign.car } },
  'cars.search': {
    input: ({ fleet }) => ({ ...period, lat: 38.7, lng: -9.1, fleet: fleet.slug }),
    who: { empty: 'renter stranger driver manager owner rival admin keyIn' },
    ids: { fleet: foreign.fleet },
  },
  'cars.windows': {
    input: ({ fleet }) => ({ ...period, fleet: fleet.slug }),
    who: everybody,
    ids: { fleet: foreign.fleet, carId: { ...foreign.car, input: (_, carId) => ({ ...period, carId }) } },
  },
  'cars.nextFree': { input: ({ fleet }) => ({ id: fleet.carIds[0], minutes: 60 }), who: everybody, ids: { id: foreign.car } },
  'ratePlans.create': {
    input: ({ fleet }) => ({ fleet: fleet.slug, name: 'Summer', tariff }),
    who: managersWrite,
    ids: { fleet: foreign.fleet },
  },
  'ratePlans.preview': {
    input: ({ fleet }) => ({ fleet: fleet.slug, tariff, ...period }),
    who: { ok: 'manager owner admin keyIn', FORBIDDEN: 'driver', NOT_FOUND: 'renter stranger rival' },
    ids: { fleet: foreign.fleet },
  },
  'ratePlans.list': { input: ({ fleet }) => ({ fleet: fleet.slug }), who: managersRead, ids: { fleet: foreign.fleet } },
  'ratePlans.get': { input: ({ fleet }) => ({ id: fleet.planId }), who: managersRead, ids: { id: foreign.ratePlan } },
  'ratePlans.assign': {
    input: ({ fleet }) => ({ fleet: fleet.slug, ratePlanId: fleet.planId, carClass: 'van' }),
    who: managersWrite,
    ids: {
      fleet: foreign.fleet,
      ratePlanId: foreign.ratePlan,
      carId: { ...foreign.car, input: ({ fleet }, carId) => ({ fleet: fleet.slug, ratePlanId: fleet.planId, carId }) },
    },
  },
  'reviews.create': {
    input: ({ trips }) => ({ tripId: trips.completed, rating: 5 }),
    who: { ok: 'renter', FORBIDDEN: 'driver manager owner admin keyIn', NOT_FOUND: 'stranger rival' },
    ids: { tripId: foreign.trip },
  },
  'reviews.list': { input: ({ fleet }) => ({ carId: fleet.carIds[0] }), who: { empty: everybody.ok }, ids: { carId: foreign.car } },
  'fleets.getRules': { input: ({ fleet }) => ({ fleet: fleet.slug }), who: everybody, ids: { fleet: foreign.fleet } },
  'fleets.setRules': {
    input: ({ fleet }) => ({ fleet: fleet.slug, noticeMinutes: 5 }),
    who: { ok: 'manager owner keyIn', FORBIDDEN: 'renter stranger driver rival admin' },
    ids: { fleet: foreign.fleet },
  },
  'me.get': { input: () => ({}), who: everybody },
}
