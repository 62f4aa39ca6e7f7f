// The REST face: which path and method stand for which procedure. Everything else about them is derived.
import type { RestRoute } from './http/rest.ts'

const tripId = '5f0c1d5e-6a8e-7c3a-9b61-0d2f4e8a7c11'
const otherId = '5f0c1d5e-6a8e-7c3a-9b61-0d2f4e8a7c12'
const carId = '0a1b2c3d-4e5f-7a6b-8c9d-0e1f2a3b4c5d'
const period = { startDate: '2026-05-01T10:00:00Z', endDate: '2026-05-03T10:00:00Z' }

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
    method: 'GET',
    url: '/api/trips',
    operations: [{ procedure: 'trips.list', summary: 'List trips: your own, or those of a fleet you work for' }],
  },
  { method: 'GET', url: '/api/trips/:id', operations: [{ procedure: 'trips.get', summary: 'Read a trip and the lines of its price' }] },
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
    url: '/api/reviews',
    status: 201,
    operations: [
      { procedure: 'reviews.create', summary: 'Review a completed rental', example: { tripId, rating: 5, comment: 'Clean and on time' } },
    ],
  },
  { method: 'GET', url: '/api/reviews', operations: [{ procedure: 'reviews.list', summary: 'List the reviews of a car' }] },
  { method: 'GET', url: '/api/cars', operations: [{ procedure: 'cars.list', summary: 'List the cars you may see' }] },
  { method: 'GET', url: '/api/cars/:id', operations: [{ procedure: 'cars.get', summary: 'Read a car' }] },
  { method: 'GET', url: '/api/me', operations: [{ procedure: 'me.get', summary: 'Who is signed in, and for which fleets' }] },
]
