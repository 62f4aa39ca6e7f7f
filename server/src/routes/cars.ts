// The REST face of keeping a fleet's cars and classes.
import type { RestRoute } from '../http/rest.ts'

export const carRoutes: readonly RestRoute[] = [
  {
    method: 'POST',
    url: '/api/cars',
    status: 201,
    location: '/api/cars/{id}',
    operations: [
      {
        procedure: 'cars.create',
        summary: 'Add a car to a fleet',
        example: { fleet: 'demo', carClass: 'van', name: 'Van 12', seats: 3, lat: 38.7223, lng: -9.1393, turnaroundMinutes: 30 },
      },
    ],
  },
  {
    method: 'PATCH',
    url: '/api/cars/:id',
    operations: [{ procedure: 'cars.update', summary: 'Change what is known of a car', example: { seats: 5, instantBooking: false } }],
  },
  {
    method: 'POST',
    url: '/api/cars/:id/retire',
    operations: [{ procedure: 'cars.retire', summary: 'Take a car out of service for good', example: { reason: 'Sold' } }],
  },
  {
    method: 'POST',
    url: '/api/fleets/:fleet/car-classes',
    status: 201,
    operations: [{ procedure: 'carClasses.create', summary: 'Add a car class to a fleet', example: { slug: 'van', name: 'Vans' } }],
  },
  {
    method: 'GET',
    url: '/api/fleets/:fleet/car-classes',
    operations: [{ procedure: 'carClasses.list', summary: 'List the car classes of a fleet' }],
  },
]
