// The REST face: which path and method stand for which procedure. Everything else about them is derived.
import type { RestRoute } from './http/rest.ts'
import { accountRoutes } from './routes/account.ts'
import { carRoutes } from './routes/cars.ts'
import { fleetRoutes } from './routes/fleets.ts'

const tripId = '5f0c1d5e-6a8e-7c3a-9b61-0d2f4e8a7c11'
const otherId = '5f0c1d5e-6a8e-7c3a-9b61-0d2f4e8a7c12'
const carId = '0a1b2c3d-4e5f-7a6b-8c9d-0e1f2a3b4c5d'
const period = { startDate: '2026-05-01T10:00:00Z', endDate: '2026-05-03T10:00:00Z' }

const ratePlanId = '7a6b5c4d-3e2f-7a1b-8c0d-1e2f3a4b5c6d'
const tariff = { dayRate: 5000, hourRate: 800, minimumCharge: 1000, tiers: [{ days: 7, ppm: 900_000 }] }

export const restRoutes: readonly RestRoute[] = [
  {
    method: 'POST',
    url: '/api/trips',
    status: 201,
    location: '/api/trips/{id}',
    operations: [{ procedure: 'trips.create', summary: 'Book a car for a period', example: { carId, ...period } }],
  },
  {
    method: 'POST',
    url: '/api/quotes',
    status: 201,
    operations: [
      { procedure: 'trips.quote', summary: 'Promise the price of a rental for 15 minutes', example: { carId, ...period, extras: [] } },
    ],
  },
  {
    method: 'POST',
    url: '/api/trips/series',
    status: 201,
    operations: [
      {
        procedure: 'trips.createSeries',
        summary: 'Book a car for every occurrence of a recurrence',
        example: {
          carId,
          rrule: 'FREQ=WEEKLY;BYDAY=MO;COUNT=10',
          localStart: '2027-05-03T09:00',
          localEnd: '2027-05-03T17:00',
          onConflict: 'skip',
        },
      },
    ],
  },
  {
    method: 'GET',
    url: '/api/trips',
    operations: [{ procedure: 'trips.list', summary: 'List trips: your own, or those of a fleet you work for' }],
  },
  {
    method: 'POST',
    url: '/api/trips/in-class',
    status: 201,
    location: '/api/trips/{id}',
    operations: [
      { procedure: 'trips.createInClass', summary: 'Book any car of a class', example: { fleet: 'demo', carClass: 'van', ...period } },
    ],
  },
  {
    method: 'POST',
    url: '/api/holds',
    status: 201,
    location: '/api/trips/{id}',
    operations: [
      {
        procedure: 'trips.hold',
        summary: 'Keep a car for some minutes while you make up your mind',
        example: { carId, ...period, minutes: 10 },
      },
    ],
  },
  {
    method: 'GET',
    url: '/api/trips/:id/cancel-preview',
    operations: [{ procedure: 'trips.cancelPreview', summary: 'What cancelling now would give back' }],
  },
  {
    method: 'POST',
    url: '/api/trips/:id/approve',
    operations: [{ procedure: 'trips.approve', summary: 'Make a request a booking', example: { version: 1 } }],
  },
  {
    method: 'POST',
    url: '/api/trips/:id/decline',
    operations: [
      { procedure: 'trips.decline', summary: 'Say no to a request', example: { reason: 'The car is being repaired', version: 1 } },
    ],
  },
  {
    method: 'POST',
    url: '/api/trips/:id/start',
    operations: [{ procedure: 'trips.start', summary: 'Hand the car over', example: { odometer: 48_210, fuel: 100, version: 1 } }],
  },
  {
    method: 'POST',
    url: '/api/trips/:id/complete',
    operations: [{ procedure: 'trips.complete', summary: 'Take the car back', example: { odometer: 48_655, fuel: 80, version: 2 } }],
  },
  {
    method: 'POST',
    url: '/api/trips/:id/no-show',
    operations: [{ procedure: 'trips.noShow', summary: 'Say that the renter never came', example: { version: 1 } }],
  },
  { method: 'GET', url: '/api/trips/:id', operations: [{ procedure: 'trips.get', summary: 'Read a trip and the lines of its price' }] },
  {
    method: 'GET',
    url: '/api/trips/:id/history',
    operations: [{ procedure: 'trips.history', summary: 'Read who changed what of a trip' }],
  },
  {
    method: 'PATCH',
    url: '/api/trips/:id',
    operations: [
      {
        procedure: 'trips.cancel',
        when: { status: 'cancelled' },
        summary: 'cancel',
        example: { status: 'cancelled', reason: 'The car is in the workshop', version: 1 },
      },
      {
        procedure: 'trips.modify',
        summary: 'change its times, car, extras or driver',
        example: { endDate: '2026-05-04T10:00:00Z', version: 1 },
      },
    ],
  },
  {
    method: 'POST',
    url: '/api/trips/swap',
    operations: [
      {
        procedure: 'trips.swap',
        summary: 'Let two trips of a fleet change cars',
        example: { id: tripId, otherId, version: 1, otherVersion: 1 },
      },
    ],
  },
  {
    method: 'POST',
    url: '/api/blocks',
    status: 201,
    operations: [
      {
        procedure: 'trips.block',
        summary: 'Take a car out of service, and move the trips in the way by a plan',
        example: { carId, ...period, purpose: 'maintenance', note: 'Brakes', dryRun: true },
      },
    ],
  },
  {
    method: 'POST',
    url: '/api/rate-plans',
    status: 201,
    location: '/api/rate-plans/{id}',
    operations: [
      {
        procedure: 'ratePlans.create',
        summary: 'Store a rate plan, or its next version',
        example: { fleet: 'demo', name: 'Summer', tariff, assignTo: { carClass: 'van' } },
      },
    ],
  },
  {
    method: 'GET',
    url: '/api/rate-plans',
    operations: [{ procedure: 'ratePlans.list', summary: "List a fleet's rate plans in their newest versions" }],
  },
  { method: 'GET', url: '/api/rate-plans/:id', operations: [{ procedure: 'ratePlans.get', summary: 'Read a version of a rate plan' }] },
  {
    method: 'POST',
    url: '/api/rate-plans/assign',
    operations: [
      {
        procedure: 'ratePlans.assign',
        summary: 'Say which plan prices a car, a class or the rest of a fleet',
        example: { fleet: 'demo', ratePlanId, carClass: 'van' },
      },
    ],
  },
  {
    method: 'POST',
    url: '/api/rate-plans/preview',
    operations: [
      {
        procedure: 'ratePlans.preview',
        summary: 'See what a rental would cost by a tariff that is not stored',
        example: { fleet: 'demo', tariff, ...period },
      },
    ],
  },
  {
    method: 'POST',
    url: '/api/reviews',
    status: 201,
    operations: [
      { procedure: 'reviews.create', summary: 'Review a completed rental', example: { tripId, rating: 5, comment: 'Clean and on time' } },
    ],
  },
  { method: 'GET', url: '/api/reviews', operations: [{ procedure: 'reviews.list', summary: 'List the reviews of a car' }] },
  ...carRoutes,
  ...accountRoutes,
  { method: 'GET', url: '/api/cars', operations: [{ procedure: 'cars.list', summary: 'List the cars you may see' }] },
  {
    method: 'GET',
    url: '/api/cars/search',
    operations: [{ procedure: 'cars.search', summary: 'Find cars that are free for a period, near a place' }],
  },
  {
    method: 'GET',
    url: '/api/cars/windows',
    operations: [{ procedure: 'cars.windows', summary: 'When a car, or each car of a fleet, is free' }],
  },
  {
    method: 'GET',
    url: '/api/cars/:id/next-free',
    operations: [{ procedure: 'cars.nextFree', summary: 'When a trip of some length fits next' }],
  },
  { method: 'GET', url: '/api/cars/:id', operations: [{ procedure: 'cars.get', summary: 'Read a car' }] },
  ...fleetRoutes,
  { method: 'GET', url: '/api/me', operations: [{ procedure: 'me.get', summary: 'Who is signed in, and for which fleets' }] },
]
