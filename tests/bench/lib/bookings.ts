// Which booking has which number: a car and a period that no other number has, so that every booking of a run is new.

export interface Slots {
  /** Cars numbered from 1; consecutive numbers are on different cars. */
  cars: number
  /** The first car's number. */
  firstCar: number
  /** When the first period begins, in milliseconds. */
  base: number
  /** Begins the idempotency keys: the same booking under another one is a new wish. */
  key?: string
}

export interface Booking {
  carId: string
  startDate: string
  endDate: string
}

/** Every second hour one of an hour: closed ranges that do not touch. */
export const hoursApart = 2
const hour = 3_600_000

/** The id of the car with this number: its decimal digits are the id's last ones. */
export const carId = (number: number): string => `00000000-0000-7000-8000-${String(number).padStart(12, '0')}`

export function bookingOf(n: number, { cars, firstCar, base }: Slots): Booking {
  const start = base + Math.floor(n / cars) * hoursApart * hour
  return {
    carId: carId(firstCar + (n % cars)),
    startDate: new Date(start).toISOString(),
    endDate: new Date(start + hour).toISOString(),
  }
}
