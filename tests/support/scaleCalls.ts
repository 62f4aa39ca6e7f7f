// Every read and every booking as it is asked of many cars and trips, with the most rows of cars and trips that it may read.
import type { FunctionName } from '@fleetflow/db'
import type { Scale } from './scaleData.ts'

export interface ScaleCall {
  name: string
  fn: FunctionName
  args: Record<string, unknown>
  /** The most rows of each table; 100 where nothing is said. */
  cars?: number
  trips?: number
  /** It is to be refused with this code. */
  refused?: string
}

const hour = 3_600_000

export function scaleCalls(scale: Scale, options: { fleetCars: number }): ScaleCall[] {
  const at = (hours: number) => new Date(Math.ceil(Date.now() / hour) * hour + hours * hour).toISOString()
  const renter = { actor: { userId: scale.renterId } }
  const manager = { actor: { userId: scale.fleet.managerId } }
  const [carId, hotCarId, { slug }] = [scale.carId, scale.hotCarId, scale.fleet]
  const soon = { start_date: at(48), end_date: at(54) }
  const far = { start_date: at(24 * 500), end_date: at(24 * 500 + 6) }
  const month = { start_date: at(24), end_date: at(24 * 31) }
  const near = { ...scale.place, radius: 20_000 }
  return [
    { name: 'search within 20 km', fn: 'search_cars_rpc', args: { ...renter, ...soon, ...near }, cars: 2000, trips: 1000 },
    { name: 'search by price', fn: 'search_cars_rpc', args: { ...renter, ...soon, ...near, sort: 'price' }, cars: 8000, trips: 8000 },
    { name: 'search of a fleet', fn: 'search_cars_rpc', args: { ...renter, ...soon, ...near, fleet: slug }, cars: 2000, trips: 1000 },
    {
      name: 'search of a class',
      fn: 'search_cars_rpc',
      args: { ...renter, ...soon, ...near, fleet: slug, car_class: 'van' },
      cars: 2000,
      trips: 1000,
    },
    {
      name: 'search without a place',
      fn: 'search_cars_rpc',
      args: { ...renter, ...soon, fleet: slug, sort: 'rating' },
      cars: 8000,
      trips: 8000,
    },
    {
      name: "a month of a fleet's windows",
      fn: 'list_windows_rpc',
      args: { ...renter, ...month, fleet: slug, page_limit: 1000 },
      cars: 3 * options.fleetCars + 100,
      trips: 60 * options.fleetCars,
    },
    { name: "a month of a car's windows", fn: 'list_windows_rpc', args: { ...renter, ...month, car_id: hotCarId }, trips: 200 },
    { name: 'next free start', fn: 'next_free_rpc', args: { ...renter, car_id: carId, minutes: 300 }, trips: 200 },
    { name: "a page of a fleet's trips", fn: 'list_trips_rpc', args: { ...manager, fleet: slug } },
    { name: 'a page of own trips', fn: 'list_trips_rpc', args: renter },
    { name: "a page of a car's trips", fn: 'list_trips_rpc', args: { ...manager, fleet: slug, car_id: hotCarId } },
    { name: "a page of a fleet's cars", fn: 'list_cars_rpc', args: { ...renter, fleet: slug } },
    { name: 'a page of cars', fn: 'list_cars_rpc', args: renter },
    { name: 'a car', fn: 'get_car_rpc', args: { ...renter, car_id: carId } },
    { name: 'reviews of a car', fn: 'list_reviews_rpc', args: { ...renter, car_id: carId } },
    { name: 'a quote', fn: 'quote_trip_rpc', args: { ...renter, ...far, car_id: carId } },
    { name: 'a hold', fn: 'hold_trip_rpc', args: { ...renter, ...far, car_id: carId } },
    { name: 'a booking', fn: 'create_trip_rpc', args: { ...renter, ...far, car_id: carId } },
    { name: 'a booking of a car with many past trips', fn: 'create_trip_rpc', args: { ...renter, ...far, car_id: hotCarId } },
    {
      name: 'a refused booking with five offers',
      fn: 'create_trip_rpc',
      args: { ...renter, car_id: carId, start_date: at(24), end_date: at(48), alternatives: 5 },
      cars: 2000,
      trips: 2000,
      refused: 'TRIP_OVERLAP',
    },
  ]
}
