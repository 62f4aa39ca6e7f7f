// The REST face: which path and method stand for which procedure. Everything else about them is derived.
import type { RestRoute } from './http/rest.ts'

const tripId = '5f0c1d5e-6a8e-7c3a-9b61-0d2f4e8a7c11'
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
    method: 'GET',
    url: '/api/trips',
    operations: [{ procedure: 'trips.list', summary: 'List trips: your own, or those of a fleet you work for' }],
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
      { procedure: 'trips.modify', summary: 'change the times', example: { endDate: '2026-05-04T10:00:00Z', version: 1 } },
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
